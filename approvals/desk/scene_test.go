package desk

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// stage is a locked seller with a held action, in a case with a proposal to unlock by
// p1, which p2 is about to answer.
func stage() Scene {
	key := approvals.SellerKey{Marketplace: "acme", Seller: "s-1"}
	a := approvals.Action{ID: "a", Reference: "BD-1", Marketplace: "acme", Seller: "s-1", State: approvals.Held, Hold: approvals.HoldLocked, Generation: 1, Version: 4}
	s := Scene{
		Case:    Case{Number: 10442, Seller: key, Reason: approvals.CaseLock, OpenedAt: noon},
		Seller:  approvals.Seller{SellerKey: key, Locked: true, LockEpoch: 1, LockedAt: noon, LockedBy: approvals.LockMarketplace},
		Actions: []approvals.Action{a},
		Facts:   Facts{Locked: true, LockEpoch: 1, Actions: []ActionFact{FactOf(a)}},
		Person:  Person{ID: "p2", Role: roleAgent, Active: true, JoinedAt: noon.AddDate(0, -1, 0)},
	}
	s.Proposer = Person{ID: "p1", Role: roleAgent, Active: true, JoinedAt: noon.AddDate(0, -1, 0)}
	s.Asked = &Decision{
		ID: "d", Case: 10442, Verb: Unlock, Seller: key, Reason: CalledBack, Facts: s.Facts, Proposer: "p1", ProposedAt: noon,
		LapsesAt: noon.Add(ProposalLife), State: Waiting, DeciderReason: Document,
	}
	s.Proposals = []Decision{*s.Asked}
	return s
}

// TestApprove: everything that may stand in the way of the second signature does.
func TestApprove(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(s *Scene, now *time.Time)
		want   approvals.Code // of the refusal; empty for none
		state  DecisionState  // of what is saved; empty for nothing
	}{
		"as it should be":      {func(*Scene, *time.Time) {}, "", CarriedOut},
		"their own":            {func(s *Scene, _ *time.Time) { s.Person.ID = "p1" }, approvals.CodeOwnProposal, ""},
		"an auditor":           {func(s *Scene, _ *time.Time) { s.Person.Role = "auditor" }, approvals.CodeDeskRole, ""},
		"an admin":             {func(s *Scene, _ *time.Time) { s.Person.Role = roleAdmin }, approvals.CodeDeskRole, ""},
		"removed":              {func(s *Scene, _ *time.Time) { s.Person.Active = false }, approvals.CodeDeskRole, ""},
		"new here":             {func(s *Scene, _ *time.Time) { s.Person.JoinedAt = noon.Add(-SecondAfter + 1) }, approvals.CodeTooNew, ""},
		"the proposer is new":  {func(s *Scene, _ *time.Time) { s.Proposer.JoinedAt = noon.Add(-SecondAfter + 1) }, approvals.CodeTooNew, ""},
		"a day here":           {func(s *Scene, _ *time.Time) { s.Person.JoinedAt = noon.Add(-SecondAfter) }, "", CarriedOut},
		"the sixth time":       {func(s *Scene, _ *time.Time) { s.Together = PairLimit }, approvals.CodePair, ""},
		"the sixth, by a lead": {func(s *Scene, _ *time.Time) { s.Together, s.Person.Role = PairLimit, roleLead }, "", CarriedOut},
		"answered before":      {func(s *Scene, _ *time.Time) { s.Asked.State = DecisionRejected }, approvals.CodeProposalOver, ""},
		"too late":             {func(_ *Scene, now *time.Time) { *now = noon.Add(ProposalLife) }, approvals.CodeProposalOver, DecisionLapsed},
		"the last moment":      {func(_ *Scene, now *time.Time) { *now = noon.Add(ProposalLife - 1) }, "", CarriedOut},
		"locked again":         {func(s *Scene, _ *time.Time) { s.Facts.LockEpoch = 2 }, approvals.CodeCaseMoved, DecisionVoid},
		"fresh trouble":        {func(s *Scene, _ *time.Time) { s.Facts.Joined = 1 }, approvals.CodeCaseMoved, DecisionVoid},
		"a contact changed":    {func(s *Scene, _ *time.Time) { s.Facts.SecurityAt = noon }, approvals.CodeCaseMoved, DecisionVoid},
		"another case opened":  {func(s *Scene, _ *time.Time) { s.Facts.Others = []CaseFact{{Number: 10443}} }, approvals.CodeCaseMoved, DecisionVoid},
		"an action moved":      {func(s *Scene, _ *time.Time) { s.Facts.Actions = []ActionFact{{ID: "a", Version: 5}} }, approvals.CodeCaseMoved, DecisionVoid},
		"the proposer left":    {func(s *Scene, _ *time.Time) { s.Proposer.Active = false }, approvals.CodeCaseMoved, DecisionVoid},
		"the case is over":     {func(s *Scene, _ *time.Time) { s.Case.ClosedAt = noon }, approvals.CodeCaseClosed, ""},
	} {
		s, now := stage(), noon
		tt.change(&s, &now)
		sig := approvals.Signature{Person: s.Person.ID, Role: s.Person.Role, Subject: s.Asked.Subject(Approve)}
		r, err := s.approve(Document, "", sig, now)
		if err == nil {
			err = r.Refusal
		}
		if tt.want == "" && err != nil || tt.want != "" && !errors.Is(err, approvals.Refuse(tt.want)) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if r.Decision.State != tt.state {
			t.Errorf("%s: saved as %q, want %q", name, r.Decision.State, tt.state)
		}
		if changed := r.Seller != nil; changed != (tt.state == CarriedOut) {
			t.Errorf("%s: changes the seller: %t", name, changed)
		}
	}
}

// TestSubject: whatever differs of a decision is another subject, and so is each act.
func TestSubject(t *testing.T) {
	t.Parallel()
	var seen [][32]byte
	for _, change := range []func(d *Decision){
		func(*Decision) {}, func(d *Decision) { d.ID = "e" }, func(d *Decision) { d.Case++ }, func(d *Decision) { d.Verb = Resume }, func(d *Decision) { d.Seller.Seller = "s-2" },
		func(d *Decision) { d.Action = "a" }, func(d *Decision) { d.Ring.Fingerprint = "f" }, func(d *Decision) { d.Sellers = []approvals.SellerKey{{}} },
		func(d *Decision) { d.Reason = Video }, func(d *Decision) { d.Note = "x" }, func(d *Decision) { d.Facts.Joined++ },
	} {
		d := *stage().Asked
		change(&d)
		seen = append(seen, d.Subject(Propose), d.Subject(Approve), d.Subject(Reject))
	}
	d := *stage().Asked
	d.DeciderNote = "y"
	seen = append(seen, d.Subject(Approve))
	for i, one := range seen {
		if slices.Contains(seen[:i], one) || one == [32]byte{} {
			t.Errorf("subject %d is that of another", i)
		}
	}
}

// TestMay: what can be proposed is what is possible, and nothing takes a destination,
// a timer, a code or an approval (rule 14).
func TestMay(t *testing.T) {
	t.Parallel()
	want := []CaseVerb{ExtendHold, KeepLocked, CancelAction, Unlock, DenyAction}
	if got := stage().May(); !slices.Equal(got, want) {
		t.Errorf("may %v, want %v", got, want)
	}
	free := stage()
	free.Seller.Locked, free.Facts, free.Actions = false, Facts{}, nil
	if got := free.May(); !slices.Equal(got, []CaseVerb{Lock, CloseCase}) {
		t.Errorf("of a seller with nothing stopped may %v", got)
	}
}
