package templates

import "time"

// DevClock offers to move a test gateway's clock.
type DevClock struct {
	Submit Post
	Now    time.Time
	Action string // whose page it goes back to; empty: the simulator
	Steps  []DevClockStep
}

// DevClockStep is one time to move to, as the form sends it.
type DevClockStep struct{ To, Text string }
