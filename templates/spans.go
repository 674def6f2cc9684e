package templates

import "time"

// unit is the largest unit a length of time is told in. Hours go up to two
// days, because waits are counted in hours; app.js uses the same limits.
func unit(d time.Duration) (name string, count int) {
	switch {
	case d >= 48*time.Hour:
		return "day", int((d + 12*time.Hour) / (24 * time.Hour))
	case d >= time.Hour:
		return "hour", int((d + 30*time.Minute) / time.Hour)
	case d >= time.Minute:
		return "minute", int((d + 30*time.Second) / time.Minute)
	default:
		return "second", int((d + 500*time.Millisecond) / time.Second)
	}
}

// waitUnit is the largest unit that tells a wait exactly: 72 hours stay hours,
// because they are not "three days" to someone who counts, and 90 minutes are
// not rounded to two hours.
func waitUnit(d time.Duration) (name string, count int) {
	switch {
	case d%time.Hour == 0:
		return "hour", int(d / time.Hour)
	case d%time.Minute == 0:
		return "minute", int(d / time.Minute)
	default:
		return "second", int((d + time.Second - 1) / time.Second)
	}
}

// span is the length of a wait in words: "24 hours".
func (w *words) span(d time.Duration) (string, error) {
	name, count := waitUnit(d)
	return w.n("span."+name, count)
}

// spanShort is span for subjects: "24 h".
func (w *words) spanShort(d time.Duration) (string, error) {
	name, count := waitUnit(d)
	return w.n("span.short."+name, count)
}

// relative says how far at is from now: "in 15 hours". It is empty once at
// has come, because a page does not know what happened since.
func (w *words) relative(now, at time.Time) (string, error) {
	d := at.Sub(now)
	if d <= 0 {
		return "", nil
	}
	if d < time.Minute {
		return w.t("relative.soon")
	}
	name, count := unit(d)
	return w.n("relative."+name, count)
}
