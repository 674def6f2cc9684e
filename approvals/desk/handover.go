package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"countersign/approvals"
)

// Limits of what a handover reads; it says nothing of what is beyond them.
const (
	HandoverOpen   = 1_000 // open cases, those to be decided first
	HandoverClosed = 5_000 // cases closed in the time looked at, the newest
)

// Handover is what the next shift has to know.
type Handover struct {
	Promises []Case     // of the reader, and over before the day is
	Lapsing  []Lapsing  // proposals nobody has decided on, the next to lapse first
	Bounced  []Case     // open, because a mail reached nobody
	Open     []Reasoned // open cases by reason, the most frequent first
	More     bool       // there are more than HandoverOpen open cases
	Reveals  []Revealer // who was shown what is masked, in 24 hours
	Week     Pace
	Month    Pace
}

// Sort keeps of all open cases what somebody has to know.
func (h *Handover) Sort(open []Case, person string, now time.Time) {
	counts, night := map[approvals.CaseReason]int{}, now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for _, c := range open {
		counts[c.Reason]++
		if c.Owned(person, now) && c.DecideBy.Before(night) {
			h.Promises = append(h.Promises, c)
		}
		if c.Reason == approvals.CaseNotice {
			h.Bounced = append(h.Bounced, c)
		}
	}
	for reason, n := range counts {
		h.Open = append(h.Open, Reasoned{reason, n})
	}
	slices.SortFunc(h.Open, func(a, b Reasoned) int { return cmp.Or(cmp.Compare(b.Cases, a.Cases), cmp.Compare(a.Reason, b.Reason)) })
}

// Lapsing is a proposal that waits for a second person.
type Lapsing struct {
	Case     int64
	Verb     CaseVerb
	Proposer string
	LapsesAt time.Time
}

// Reasoned is how many open cases have a reason.
type Reasoned struct {
	Reason approvals.CaseReason
	Cases  int
}

// Revealer is how often a person was shown something.
type Revealer struct {
	Person string
	Times  int
}

// Served is a case that was answered, closed, or both, in the time looked at.
type Served struct {
	OpenedAt, AnsweredAt, ClosedAt time.Time // AnsweredAt and ClosedAt are zero where it was not
	Again                          bool      // the same seller has a later case of the same reason
}

// Pace is how fast cases were answered in the time looked at.
type Pace struct {
	Days       int
	Answered   int // cases whose first decision was carried out in it
	Closed     int
	Answer     time.Duration // median, from the opening to the first decision
	Resolution time.Duration // median, from the opening to the end
	Reopened   float64       // of those closed, the part that came again: 0 to 1
}

// PaceOf is the pace of the days before now.
func PaceOf(all []Served, now time.Time, days int) Pace {
	out, since := Pace{Days: days}, now.AddDate(0, 0, -days)
	var answers, ends []time.Duration
	again := 0
	for _, s := range all {
		if !s.AnsweredAt.Before(since) {
			answers = append(answers, s.AnsweredAt.Sub(s.OpenedAt))
		}
		if !s.ClosedAt.Before(since) {
			ends = append(ends, s.ClosedAt.Sub(s.OpenedAt))
			if s.Again {
				again++
			}
		}
	}
	out.Answered, out.Closed, out.Answer, out.Resolution = len(answers), len(ends), median(answers), median(ends)
	if len(ends) > 0 {
		out.Reopened = float64(again) / float64(len(ends))
	}
	return out
}

// median is the one in the middle, or halfway between the two; zero of none.
func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	half := len(all) / 2
	if len(all)%2 == 1 {
		return all[half]
	}
	return (all[half-1] + all[half]) / 2
}

// Shift reads what a handover needs.
type Shift interface {
	// Handover is what a person has to know; people are those whose reveals are
	// counted.
	Handover(ctx context.Context, person string, people []string, now time.Time) (Handover, error)
	// Pace is how fast cases were answered in 7 and in 30 days.
	Pace(ctx context.Context, now time.Time) (week, month Pace, err error)
}
