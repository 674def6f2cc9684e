package approvals_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// marco is another person on the fixture's account whose word counts at t0.
var marco = approvals.Approver{
	ID: "01939c1e-0000-7000-8000-0000000000aa", Name: "Marco Neri", Email: "marco@neri.example",
	InvitedAt: t0.Add(-240 * time.Hour), InviteUntil: t0.Add(-72 * time.Hour), JoinedAt: t0.Add(-200 * time.Hour), UsableFrom: t0.Add(-32 * time.Hour),
}

// accompanied is the fixture's seller with these people.
func accompanied(people ...approvals.Approver) approvals.Seller {
	s := seller
	s.Approvers = people
	return s
}

// askedFor is an action of s that needs another person, with its window open.
func askedFor(tb testing.TB, s approvals.Seller) approvals.Action {
	tb.Helper()
	d := defaultDecision()
	d.Require = []approvals.Requirement{approvals.SecondApprover}
	a := must(tb)(approvals.Propose(mustDraft(tb), s, d, t0)).Action
	return forward(tb, a, s, approvals.AwaitingConfirmation)
}

// word is a good proof of p about a.
func word(a approvals.Action, p approvals.Approver, at time.Time) approvals.Proof {
	out := proof(a, approvals.StageApproval, approvals.Passkey, at)
	out.Authenticator = string(p.ID)
	return out
}

// approveLink is the newest link that was mailed to p.
func approveLink(a approvals.Action, p approvals.Approver) approvals.Link {
	return approvals.Link{
		Action: a.ID, Purpose: approvals.ApproveLink, Approver: p.ID, Serial: a.ConfirmSerial, ExpiresAt: a.MovedAt.Add(approvals.ConfirmLife),
	}
}

// TestAS04_BothOrders: neither the seller nor the other person is enough, in
// whichever order they come, and with both it is approved.
func TestAS04_BothOrders(t *testing.T) {
	t.Parallel()
	s := accompanied(marco)
	confirm := func(a approvals.Action) approvals.Change {
		return must(t)(a.Confirm(proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), link(a), s, soon(a)))
	}
	approve := func(a approvals.Action) approvals.Change {
		return must(t)(a.Approve(word(a, marco, soon(a)), approveLink(a, marco), s, soon(a)))
	}
	for name, steps := range map[string][2]func(approvals.Action) approvals.Change{"seller first": {confirm, approve}, "other first": {approve, confirm}} {
		a := askedFor(t, s)
		c := steps[0](a)
		if c.Action.State != approvals.AwaitingConfirmation || c.Proof == nil || len(c.Webhooks) != 0 || !c.Action.ClaimBy.IsZero() {
			t.Errorf("%s: after one of two: %s, %v", name, c.Action.State, c.Webhooks)
		}
		if _, err := c.Action.ClaimFor(a.Details, s, gate(c.Action), soon(c.Action)); code(err) != approvals.CodeNotApproved {
			t.Errorf("%s: claimed with one of two: %v", name, err)
		}
		b := steps[1](c.Action).Action
		if b.State != approvals.Approved || b.NeedsApprover() {
			t.Errorf("%s: after both: %s", name, b.State)
		}
		if _, err := b.ClaimFor(b.Details, s, gate(b), soon(b)); err != nil {
			t.Errorf("%s: claim: %v", name, err)
		}
		// The claim looks again: without the stored proof nothing is released.
		lost := b
		lost.Proofs = lost.Proofs[:0:0]
		for _, p := range b.Proofs {
			if p.Stage != approvals.StageApproval {
				lost.Proofs = append(lost.Proofs, p)
			}
		}
		if _, err := lost.ClaimFor(b.Details, s, gate(b), soon(b)); !errors.Is(err, approvals.ErrBroken) {
			t.Errorf("%s: claimed without the proof: %v", name, err)
		}
		if _, err := b.ClaimFor(b.Details, seller, gate(b), soon(b)); !errors.Is(err, approvals.ErrBroken) {
			t.Errorf("%s: claimed with the proof of nobody: %v", name, err)
		}
	}
}

// TestApprove_Refused: whoever is not that person, now, with this link, about
// this action, agrees to nothing.
func TestApprove_Refused(t *testing.T) {
	t.Parallel()
	waiting, other := marco, marco
	waiting.UsableFrom = t0.Add(40 * 24 * time.Hour)
	other.ID, other.Email = "01939c1e-0000-7000-8000-0000000000bb", "luca@neri.example"
	removed, late := other, marco
	removed.RemovedAt = t0.Add(-220 * time.Hour) // less than 30 days ago, and marco joined later
	removed.JoinedAt, removed.UsableFrom = t0.Add(-600*time.Hour), t0.Add(-400*time.Hour)
	late.RemovedAt = t0.Add(time.Hour)
	s := accompanied(marco)
	for name, tt := range map[string]struct {
		seller approvals.Seller
		spoil  func(a *approvals.Action, p *approvals.Proof, l *approvals.Link, now *time.Time)
		want   approvals.Code
	}{
		"another digest":     {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) { p.Digest[0] ^= 1 }, approvals.CodeProofOther},
		"another generation": {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) { p.Generation++ }, approvals.CodeProofOther},
		"another stage": {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) {
			p.Stage = approvals.StageConfirmation
		}, approvals.CodeProofOther},
		"without verification": {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) { p.UV = false }, approvals.CodeMethod},
		"a code": {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) {
			p.Method = approvals.TOTP
		}, approvals.CodeMethod},
		"the seller's own passkey": {s, func(_ *approvals.Action, p *approvals.Proof, _ *approvals.Link, _ *time.Time) {
			p.Authenticator = "authenticator-1"
		}, approvals.CodeProofOther},
		"another's link":    {accompanied(marco, other), func(_ *approvals.Action, _ *approvals.Proof, l *approvals.Link, _ *time.Time) { l.Approver = other.ID }, approvals.CodeProofOther},
		"the seller's link": {s, func(a *approvals.Action, _ *approvals.Proof, l *approvals.Link, _ *time.Time) { *l = link(*a) }, approvals.CodeLinkUnknown},
		"an old link":       {s, func(_ *approvals.Action, _ *approvals.Proof, l *approvals.Link, _ *time.Time) { l.Serial-- }, approvals.CodeLinkReplaced},
		"an expired link":   {s, func(_ *approvals.Action, _ *approvals.Proof, l *approvals.Link, _ *time.Time) { l.ExpiresAt = t0 }, approvals.CodeLinkExpired},
		"after the window": {s, func(a *approvals.Action, p *approvals.Proof, l *approvals.Link, now *time.Time) {
			*now, p.At, l.ExpiresAt = a.ConfirmBy.Add(1), a.ConfirmBy.Add(1), a.ConfirmBy.Add(time.Hour)
		}, approvals.CodeTooLate},
		"nobody":        {seller, func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeProofOther},
		"in quarantine": {accompanied(waiting), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeMethod},
		"removed":       {accompanied(late), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeMethod},
		"in the place of one who was removed lately": {accompanied(removed, marco), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeMethod},
		"security changed":                           {func() approvals.Seller { x := s; x.SecurityAt = t0.Add(2 * time.Hour); return x }(), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeSecurityChanged},
		"locked":                                     {func() approvals.Seller { x := s; x.Locked = true; return x }(), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeSellerLocked},
		"travelling":                                 {func() approvals.Seller { x := s; x.Choices.TravelUntil = t0.Add(999 * time.Hour); return x }(), func(*approvals.Action, *approvals.Proof, *approvals.Link, *time.Time) {}, approvals.CodeTravelLock},
	} {
		a := askedFor(t, s)
		now := soon(a)
		p, l := word(a, marco, now), approveLink(a, marco)
		tt.spoil(&a, &p, &l, &now)
		if _, err := a.Approve(p, l, tt.seller, now); code(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	a := askedFor(t, s)
	once := must(t)(a.Approve(word(a, marco, soon(a)), approveLink(a, marco), s, soon(a))).Action
	again := word(once, marco, soon(once))
	again.Spent = "another"
	if _, err := once.Approve(again, approveLink(once, marco), s, soon(once)); code(err) != approvals.CodeProofSpent {
		t.Errorf("agreed twice: %v", err)
	}
	if a := reach(t, approvals.CoolingOff); code(second(a.Approve(word(a, marco, soon(a)), approveLink(a, marco), s, soon(a)))) != approvals.CodeState {
		t.Error("agreed before the window")
	}
}

func second(_ approvals.Change, err error) error { return err }

// TestApprover_Asked: when the window opens everybody who may agree gets a link
// of their own, again with each renewal, and the seller no link after having
// confirmed.
func TestApprover_Asked(t *testing.T) {
	t.Parallel()
	s := accompanied(marco)
	d := defaultDecision()
	d.Require = []approvals.Requirement{approvals.SecondApprover}
	asked := must(t)(approvals.Propose(mustDraft(t), s, d, t0)).Action
	checkTold(t, must(t)(asked.StepUp(proof(asked, approvals.StageStepUp, approvals.Passkey, soon(asked)), s, soon(asked))))
	cooling := forward(t, asked, s, approvals.CoolingOff)
	open := must(t)(cooling.Due(s, cooling.NotBefore))
	checkAsked(t, open, approvals.MailApproverAsked, 2)
	a := open.Action
	confirmed := must(t)(a.Confirm(proof(a, approvals.StageConfirmation, approvals.Passkey, soon(a)), link(a), s, soon(a))).Action
	checkAsked(t, must(t)(confirmed.Due(s, confirmed.RenewAt)), approvals.MailApproverAgain, 1)
	agreed := must(t)(a.Approve(word(a, marco, soon(a)), approveLink(a, marco), s, soon(a))).Action
	renewed := must(t)(agreed.Due(s, agreed.RenewAt))
	if len(renewed.Links) != 1 || renewed.Links[0].Purpose != approvals.ConfirmLink {
		t.Errorf("asked again although they agreed: %v", renewed.Links)
	}
	if ended := must(t)(confirmed.Due(s, confirmed.ConfirmBy)).Action; ended.State != approvals.Expired {
		t.Errorf("silence of the other person: %s", ended.State)
	}
	calm := forward(t, propose(t, s).Action, s, approvals.CoolingOff)
	if c := must(t)(calm.Due(s, calm.NotBefore)); len(c.Links) != 1 {
		t.Error("somebody is asked although the policy does not ask for them")
	}
}

// checkTold: who will have to agree hears of it with the seller, and can stop it.
func checkTold(t *testing.T, c approvals.Change) {
	t.Helper()
	last := c.Mails[len(c.Mails)-1]
	if last.Kind != approvals.MailApproverTold || last.To != marco.Email || last.Serial != c.Action.Version || len(c.Links) != 1 ||
		c.Links[0].Approver != marco.ID || c.Links[0].Purpose != approvals.ApproveLink || c.Links[0].Serial == c.Action.ConfirmSerial {
		t.Errorf("told: %+v by %+v", c.Mails, c.Links)
	}
}

func checkAsked(t *testing.T, c approvals.Change, kind approvals.MailKind, links int) {
	t.Helper()
	n := 0
	for _, l := range c.Links {
		if l.Purpose == approvals.ApproveLink && l.Approver == marco.ID && l.Serial == c.Action.ConfirmSerial && !l.ExpiresAt.After(c.Action.MovedAt.Add(approvals.ConfirmLife)) {
			n++
		}
	}
	if n != 1 || len(c.Links) != links {
		t.Errorf("links: %+v, want %d", c.Links, links)
	}
	mails := 0
	for _, m := range c.Mails {
		if m.To == marco.Email {
			mails++
			if m.Kind != kind || m.Serial != c.Action.ConfirmSerial {
				t.Errorf("mail to the other person: %+v", m)
			}
		}
	}
	if mails != 1 {
		t.Errorf("%d mails to the other person", mails)
	}
}

// approverDraft is a new action about p.
func approverDraft(t *testing.T, k approvals.Kind, p approvals.Approver) approvals.Request {
	t.Helper()
	ref := approvals.ApproverRef{Name: p.Name, Email: p.Email}
	if k == approvals.ApproverRemove {
		ref.ID = p.ID
	}
	raw, err := json.Marshal(map[string]approvals.ApproverRef{"approver": ref})
	if err != nil {
		t.Fatal(err)
	}
	r := request(seller)
	r.Kind, r.Details, r.BySeller = k, raw, true
	return r
}

// TestApprover_Limits: three people at most, with addresses of their own.
func TestApprover_Limits(t *testing.T) {
	t.Parallel()
	people := func(n int) []approvals.Approver {
		var out []approvals.Approver
		for i := range n {
			p := marco
			p.ID, p.Email = approvals.ApproverID(fmt.Sprint("p", i)), fmt.Sprintf("p%d@neri.example", i)
			out = append(out, p)
		}
		return out
	}
	expired := people(3)
	expired[2].JoinedAt, expired[2].UsableFrom = time.Time{}, time.Time{}
	invited := marco
	invited.Email = "Francesca@example.it"
	for name, tt := range map[string]struct {
		people []approvals.Approver
		kind   approvals.Kind
		who    approvals.Approver
		want   approvals.Code
	}{
		"the first":                {nil, approvals.ApproverAdd, marco, ""},
		"the third":                {people(2), approvals.ApproverAdd, marco, ""},
		"the fourth":               {people(3), approvals.ApproverAdd, marco, approvals.CodeInvalid},
		"one was never taken up":   {expired, approvals.ApproverAdd, marco, ""},
		"the same address":         {[]approvals.Approver{marco}, approvals.ApproverAdd, marco, approvals.CodeInvalid},
		"an address of the seller": {nil, approvals.ApproverAdd, invited, approvals.CodeInvalid},
		"removal":                  {[]approvals.Approver{marco}, approvals.ApproverRemove, marco, ""},
		"removal of nobody":        {nil, approvals.ApproverRemove, marco, approvals.CodeNotFound},
		"removal of another name":  {[]approvals.Approver{{ID: marco.ID, Name: "Luca", Email: marco.Email, JoinedAt: t0, UsableFrom: t0}}, approvals.ApproverRemove, marco, approvals.CodeNotFound},
	} {
		g := newGateway()
		g.store.sellers[seller.SellerKey] = accompanied(tt.people...)
		if _, err := g.Create(t.Context(), approverDraft(t, tt.kind, tt.who)); code(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	g := newGateway()
	r := approverDraft(t, approvals.ApproverAdd, marco)
	r.BySeller = false
	if _, err := g.Create(t.Context(), r); code(err) != approvals.CodeKindUnknown {
		t.Errorf("a marketplace added a person: %v", err)
	}
	g.store.sellers[seller.SellerKey] = accompanied(marco)
	swap := request(seller)
	swap.Kind, swap.Details = approvals.ContactChange, []byte(`{"from":{"email":"francesca@example.it"},"to":{"email":"Marco@neri.example"}}`)
	if _, err := g.Create(t.Context(), swap); code(err) != approvals.CodeInvalid {
		t.Errorf("the address of a person who approves became a contact: %v", err)
	}
}
