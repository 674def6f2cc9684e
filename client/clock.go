package client

import "time"

// clock is the one place that reads the machine's clock. Elsewhere in this
// module a command passes its clock down; this package stands alone inside
// other people's programs, whose wall clock is the only one they have.
func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Now()
	}
	return now()
}
