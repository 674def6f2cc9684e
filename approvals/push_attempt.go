package approvals

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// pushWindow is how long after its claim a push that nobody works on is looked
// at again; its attempts are over before.
const pushWindow = 4 * 24 * time.Hour

// maxAttempts is how many attempts a push gets, over about three days
// (RELIABILITY §5).
const maxAttempts = 12

// pushRetries are the times between one attempt's end and the next.
var pushRetries = [maxAttempts - 1]time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 2 * time.Hour,
	4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

const (
	minRetryAfter = time.Second
	maxRetryAfter = 6 * time.Hour
	maxPushNote   = 256 // bytes
)

// open returns the attempt that has no result yet.
func (p Pushing) open() (PushAttempt, bool) {
	if n := len(p.Attempts); n > 0 && p.Attempts[n-1].EndedAt.IsZero() {
		return p.Attempts[n-1], true
	}
	return PushAttempt{}, false
}

// maySent reports whether the upstream may have any part of the request.
func (p Pushing) maySent() bool { return p.maySentBut(0) }

// maySentBut is maySent of all attempts but this one: what one attempt was
// answered says nothing about what another one did.
func (p Pushing) maySentBut(number int) bool {
	return slices.ContainsFunc(p.Attempts, func(t PushAttempt) bool { return t.Number != number && t.Result != PushNotSent })
}

// entering is the push of an action that enters a state: due when it is
// approved, and over when it is neither approved nor being released.
func (p Pushing) entering(to State, now time.Time) Pushing {
	switch {
	case p.Route == "" || to == Releasing:
	case to == Approved:
		p.NextAt = now
	default:
		p.NextAt, p.LeasedUntil = time.Time{}, time.Time{}
	}
	return p
}

// begun is the push with one more attempt.
func (p Pushing) begun(now time.Time) Pushing {
	next := PushAttempt{Number: len(p.Attempts) + 1, At: now}
	p.Attempts = append(p.Attempts[:len(p.Attempts):len(p.Attempts)], next)
	p.LeasedUntil = now.Add(PushLease)
	return p
}

// ended is the push with its open attempt ended.
func (p Pushing) ended(o PushOutcome, now time.Time) Pushing {
	p.Attempts = slices.Clone(p.Attempts)
	last := &p.Attempts[len(p.Attempts)-1]
	last.EndedAt, last.Result, last.Status, last.Note = now, o.Result, o.Status, o.Note
	p.LeasedUntil = time.Time{}
	return p
}

// facts are what the log says of the newest attempt.
func (p Pushing) facts() map[string]string {
	last := p.Attempts[len(p.Attempts)-1]
	data := map[string]string{"route": p.Route, "attempt": strconv.Itoa(last.Number)}
	if last.Result != "" {
		data["outcome"] = string(last.Result)
	}
	if last.Status != 0 {
		data["status"] = strconv.Itoa(last.Status)
	}
	if last.Note != "" {
		data["note"] = last.Note
	}
	return data
}

// retryIn is how long after attempt n the next one is made, at the earliest.
func retryIn(n int, asked time.Duration) time.Duration {
	wait := pushRetries[min(n, len(pushRetries))-1]
	if asked > 0 {
		wait = max(wait, min(max(asked, minRetryAfter), maxRetryAfter))
	}
	return wait
}

// clean is an outcome of the closed list, with a note that can be kept.
func (o PushOutcome) clean() PushOutcome {
	switch o.Result {
	case PushNotSent, PushExecuted, PushFailed, PushUnknown:
	default:
		o.Result = PushUnknown
	}
	note := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(o.Note, " "))
	for len(note) > maxPushNote {
		runes := []rune(note)
		note = string(runes[:len(runes)-1])
	}
	o.Note = note
	return o
}
