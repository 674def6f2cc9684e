package desk

import (
	"context"
	"fmt"
	"slices"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/destination"
)

// Reveal shows one field for RevealLife to whoever has claimed the case. It is
// counted and audited before it is answered, and the seller is told, of the first in
// a case and RevealSpan.
func (c *Cases) Reveal(ctx context.Context, number int64, field RevealField, action approvals.ActionID, why Reason, person string) (Revealed, error) {
	r := Reveal{ID: c.NewID(), Case: number, Field: field, Action: action, Why: why, By: person, At: c.Now()}
	if !slices.Contains(RevealFields(), field) || field.OfAction() != (action != "") || !why.Known() {
		return Revealed{}, approvals.Invalid(approvals.FieldError{Field: "field", Message: "must be one there is, of an action or of the seller, for a reason there is"})
	}
	var out Revealed
	var seen Case
	err := c.Store.Reveal(ctx, number, r, func(s RevealScene) (RevealWork, error) {
		seen = s.Case
		w, err := s.reveal(r)
		out = Revealed{Reveal: r, Value: s.value(field), Count: s.Count + 1}
		return w, err
	})
	if err != nil {
		c.broken(ctx, fmt.Sprintf("reveal in C-%d", number), err)
		c.refusedIn(ctx, seen, "reveal", person, err)
		return Revealed{}, fmt.Errorf("reveal in case C-%d: %w", number, err)
	}
	return out, nil
}

// Revealed shows the same again, to the same person, while it lasts.
func (c *Cases) Revealed(ctx context.Context, id, person string) (Revealed, error) {
	r, s, err := c.Read.Revealed(ctx, id)
	if err != nil {
		return Revealed{}, fmt.Errorf("reveal again: %w", err)
	}
	if r.By != person || !c.Now().Before(r.Until()) || !s.Person.decides() {
		return Revealed{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return Revealed{Reveal: r, Value: s.value(r.Field), Count: s.Count}, nil
}

func (s RevealScene) reveal(r Reveal) (RevealWork, error) {
	switch {
	case !s.Person.decides():
		return RevealWork{}, approvals.Refuse(approvals.CodeDeskRole)
	case !s.Case.Open():
		return RevealWork{}, approvals.Refuse(approvals.CodeCaseClosed)
	case !s.Case.Owned(r.By, r.At):
		return RevealWork{}, approvals.Refuse(approvals.CodeNotClaimed)
	case s.Count >= RevealLimit:
		return RevealWork{}, approvals.Refuse(approvals.CodeRevealLimit)
	}
	e := CaseEvent(s.Case, "reveal", audit.Actor{Type: audit.Agent, ID: r.By}, r.At)
	e.Data["reveal"], e.Data["field"], e.Data["why"] = r.ID, string(r.Field), string(r.Why)
	if r.Action != "" {
		e.Data["action"] = string(r.Action)
	}
	w := RevealWork{Case: s.Case.renewed(r.By, r.At), Event: e}
	if !s.Told {
		w.Notice = &approvals.SecurityNotice{What: approvals.SecuritySupportRevealed, At: r.At}
	}
	return w, nil
}

// value is what a reveal shows, empty where there is nothing.
func (s RevealScene) value(f RevealField) string {
	switch f {
	case RevealName:
		return s.Seller.Name
	case RevealContact:
		return s.contact()
	case RevealAccount, RevealBefore, RevealIP:
	}
	if s.Action == nil {
		return ""
	}
	if f == RevealIP {
		return s.Action.Context.IP
	}
	d, err := s.Action.Destination()
	if f == RevealBefore && s.Action.Kind.SetsAccount() {
		var c approvals.PayoutChange
		c, err = s.Action.Change()
		d = c.From
	}
	if err != nil || d == nil {
		return ""
	}
	return number(*d)
}

func (s RevealScene) contact() string {
	newest := ""
	for _, c := range s.Seller.Contacts {
		if c.RetiredAt.IsZero() {
			newest = c.Email
		}
	}
	return newest
}

// number is the account's number as it was given.
func number(d destination.Destination) string {
	switch {
	case d.IBAN != "":
		return d.IBAN
	case d.SortCode != "":
		return d.SortCode + " " + d.AccountNumber
	}
	return d.RoutingNumber + " " + d.AccountNumber
}
