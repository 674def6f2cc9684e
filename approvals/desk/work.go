package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Claim says who works on the case. Another's claim is CodeCaseClaimed, unless it is
// over or taken over.
func (c *Cases) Claim(ctx context.Context, number int64, person string, takeOver bool) error {
	return c.work(ctx, number, person, "claim_case", func(k Case, p Person, now time.Time) (CaseWork, error) {
		verb := "claim_case"
		if k.Owned("", now) && k.Owner != person {
			if !takeOver {
				return CaseWork{}, approvals.Refuse(approvals.CodeCaseClaimed)
			}
			verb = "take_over_case"
		}
		again := k.Owned(person, now)
		e := CaseEvent(k, verb, audit.Actor{Type: audit.Agent, ID: person}, now)
		if again {
			e.Verb = "" // renewed
		} else if k.Owner != "" {
			e.Data["from"] = k.Owner
		}
		k.Owner, k.OwnedUntil = person, now.Add(ClaimLife)
		return CaseWork{Case: k, Event: e}, nil
	})
}

// Leave gives a claim up. Of another's it does nothing.
func (c *Cases) Leave(ctx context.Context, number int64, person string) error {
	return c.work(ctx, number, person, "leave_case", func(k Case, _ Person, now time.Time) (CaseWork, error) {
		if !k.Owned(person, now) {
			return CaseWork{Case: k}, nil
		}
		k.Owner, k.OwnedUntil = "", time.Time{}
		return CaseWork{Case: k, Event: CaseEvent(k, "leave_case", audit.Actor{Type: audit.Agent, ID: person}, now)}, nil
	})
}

// Note adds a note, and renews a claim of whoever writes it.
func (c *Cases) Note(ctx context.Context, number int64, person, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || !noteFits(text) {
		return approvals.Invalid(approvals.FieldError{Field: "note", Message: "must be text of 1 to 4000 bytes"})
	}
	id := c.NewID()
	return c.work(ctx, number, person, "note_case", func(k Case, _ Person, now time.Time) (CaseWork, error) {
		e := CaseEvent(k, "note_case", audit.Actor{Type: audit.Agent, ID: person}, now)
		e.Data["note"], e.Data["note_sha256"] = id, hashed(text)
		return CaseWork{Case: k.renewed(person, now), Note: &Note{ID: id, Case: number, By: person, Text: text, At: now}, Event: e}, nil
	})
}

// renewed is the case with a claim of this person, if there is one, as new.
func (c Case) renewed(person string, now time.Time) Case {
	if c.Owned(person, now) {
		c.OwnedUntil = now.Add(ClaimLife)
	}
	return c
}

// work takes a step of somebody who decides in cases, in one that is open.
func (c *Cases) work(ctx context.Context, number int64, person, verb string, step func(Case, Person, time.Time) (CaseWork, error)) error {
	var seen Case
	_, err := c.Store.Work(ctx, number, person, func(k Case, p Person) (CaseWork, error) {
		seen = k
		switch {
		case !p.decides():
			return CaseWork{}, approvals.Refuse(approvals.CodeDeskRole)
		case !k.Open():
			return CaseWork{}, approvals.Refuse(approvals.CodeCaseClosed)
		}
		return step(k, p, c.Now())
	})
	if err != nil {
		c.broken(ctx, fmt.Sprintf("%s of C-%d", verb, number), err)
		c.refusedIn(ctx, seen, verb, person, err)
		return fmt.Errorf("work on case C-%d: %w", number, err)
	}
	return nil
}

// refusedIn records that something was refused in a case (DESIGN rule 15).
func (c *Cases) refusedIn(ctx context.Context, k Case, verb, person string, err error) {
	e, ok := errors.AsType[*approvals.Error](err)
	if !ok || k.Number == 0 || person == "" {
		return
	}
	line := CaseEvent(k, verb, audit.Actor{Type: audit.Agent, ID: person}, c.Now())
	line.Data["refused"] = string(e.Code)
	_ = c.Store.Refuse(ctx, line)
}
