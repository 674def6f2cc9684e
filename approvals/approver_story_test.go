package approvals_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// asking is the fixed policy, and another person for every change of account.
type asking struct{ approvalstest.FixedWaits }

func (p asking) Decide(f approvals.Facts) approvals.Decision {
	d := p.FixedWaits.Decide(f)
	if f.Signals.HasApprover {
		d.Rules = append(d.Rules, approvals.Rule{ID: "SEEN"})
	}
	if f.Kind == approvals.PayoutAccountChange {
		d.Require = []approvals.Requirement{approvals.SecondApprover}
	}
	return d
}

// settled takes an action about a person through to its end.
func (g *gateway) settled(t *testing.T, r approvals.Request) approvals.Action {
	t.Helper()
	a, err := g.Create(t.Context(), r)
	for tries := 0; err == nil && a.State != approvals.Executed; tries++ {
		if err = g.forward(a); tries > 6 {
			t.Fatalf("stuck in %s", a.State)
		}
		a = g.reload(a)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestApprover_Life: a person is invited with the last of two proofs, by a link
// that no contact gets, and goes the same way. Both count as a change of what
// protects the seller.
func TestApprover_Life(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.create(t)
	add := g.settled(t, approverDraft(t, approvals.ApproverAdd, marco))
	s := g.store.sellers[seller.SellerKey]
	if wait := add.NotBefore.Sub(t0); wait < approvals.QuarantineAdded {
		t.Errorf("invited after %s", wait)
	}
	p, ok := s.Approver(approvals.ApproverID(add.ID))
	if !ok || p.Name != marco.Name || p.Email != marco.Email || p.State(g.now) != approvals.ApproverInvited || !s.SecurityAt.Equal(add.MovedAt) {
		t.Fatalf("the seller afterwards: %+v", s)
	}
	mail := g.mailOf(t, add, approvals.MailApproverInvited)
	if err := g.deliver(add); err != nil {
		t.Fatal(err)
	}
	for _, sent := range g.post.sent {
		mine := sent.Mail.Kind == approvals.MailApproverInvited
		if mine != (sent.ApproverToken != "") || mine && (sent.Mail.To != marco.Email || sent.StopToken+sent.ConfirmToken+sent.VerifyToken != "") {
			t.Errorf("mail %s to %s carries %+v", sent.Mail.Kind, sent.Mail.To, sent)
		}
		if mine {
			if got, err := g.Open(t.Context(), approvals.JoinLink, sent.ApproverToken); err != nil || got.Link.Approver != p.ID {
				t.Errorf("the link: %+v, %v", got.Link, err)
			}
		}
	}
	if mail.mail.Serial != add.Version {
		t.Error("the mail carries no link")
	}
	g.pass(time.Hour)
	gone := g.settled(t, approverDraft(t, approvals.ApproverRemove, p))
	s = g.store.sellers[seller.SellerKey]
	if p, _ := s.Approver(p.ID); p.State(g.now) != approvals.ApproverRemoved || !s.SecurityAt.Equal(gone.MovedAt) {
		t.Errorf("after the removal: %+v", p)
	}
}

// approve gives p's word with the newest link that was mailed.
func (g *gateway) approve(t *testing.T, a approvals.Action, p approvals.Approver) (approvals.Action, error) {
	t.Helper()
	g.pass(time.Minute)
	a = g.reload(a)
	w := word(a, p, g.now)
	w.Spent += string(p.ID)
	token := linkKey.ApproverToken(approvals.ApproveLink, a.ID, p.ID, a.ConfirmSerial)
	return g.Approve(t.Context(), a.Key(), approvals.HashToken(token), w)
}

// TestThreatA8_MalwareSwap: what malware on the seller's device asks for, proves
// and confirms does not happen without the other person, who sees what it is
// and stops it.
func TestThreatA8_MalwareSwap(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.Policy = asking{approvalstest.DefaultWaits}
	s := seller
	s.Approvers = []approvals.Approver{marco}
	g.store.sellers[seller.SellerKey] = s
	a := g.reach(t, approvals.AwaitingConfirmation)
	if err := g.forward(a); err != nil { // malware_swap: the device confirms as well
		t.Fatal(err)
	}
	if rules := a.Decision.Rules; rules[len(rules)-1].ID != "SEEN" {
		t.Error("the policy does not know that there is another person")
	}
	if a = g.reload(a); a.State != approvals.AwaitingConfirmation {
		t.Fatalf("the seller's own device alone: %s", a.State)
	}
	if err := g.deliver(a); err != nil {
		t.Fatal(err)
	}
	asked := g.post.sent[len(g.post.sent)-1]
	if asked.Mail.To != marco.Email || asked.Action.Fingerprint != a.Fingerprint {
		t.Fatalf("the other person was told: %+v", asked.Mail)
	}
	g.pass(time.Hour)
	done, err := g.Stop(t.Context(), a.Key(), approvals.HashToken(asked.ApproverToken))
	if err != nil || !done.Cancelled || !done.Locked || !g.store.sellers[seller.SellerKey].Locked {
		t.Fatalf("stopped: %+v, %v", done, err)
	}
	if last := g.store.events[len(g.store.events)-1]; last.Actor != marco.Actor() {
		t.Errorf("who stopped it: %+v", last.Actor)
	}
	if _, err := g.approve(t, a, marco); code(err) == "" {
		t.Error("agreed after the stop")
	}
}

// TestThreat_ThiefAddsHimself: at once, after the invitation's wait and after the
// quarantine of who joined. Only then does his word count, a fortnight after the
// owner was first told.
func TestThreat_ThiefAddsHimself(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.Policy = asking{approvalstest.DefaultWaits}
	g.create(t)
	r := approverDraft(t, approvals.ApproverAdd, marco)
	add, err := g.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	told := g.mailOf(t, add, approvals.MailRequested)
	if told.mail.To != "francesca@example.it" || len(g.store.sellers[seller.SellerKey].Agreeing(g.now)) != 0 {
		t.Fatal("+0: nobody was told, or he counts")
	}
	for add.State != approvals.Executed {
		if err := g.forward(add); err != nil {
			t.Fatal(err)
		}
		add = g.reload(add)
	}
	if g.now.Sub(t0) < 72*time.Hour || len(g.store.sellers[seller.SellerKey].Agreeing(g.now)) != 0 {
		t.Fatalf("+72: %s", g.now.Sub(t0))
	}
	s := g.store.sellers[seller.SellerKey] // he joins at once
	s.Approvers[0].JoinedAt, s.Approvers[0].UsableFrom = g.now, g.now.Add(168*time.Hour)
	thief := s.Approvers[0]
	g.store.sellers[seller.SellerKey] = s
	for hours, counts := range map[time.Duration]bool{0: false, 167: false, 169: true} {
		if got := len(s.Agreeing(g.now.Add(hours * time.Hour))); (got == 1) != counts {
			t.Errorf("+%d h after joining: %d", hours, got)
		}
	}
	r = request(seller)
	r.Supersede = true
	a, err := g.Create(t.Context(), r)
	if err != nil || a.Decision.Class != approvals.High || a.Decision.Wait[approvals.Passkey] != 168*time.Hour {
		t.Fatalf("after a change of people: %+v, %v", a.Decision, err)
	}
	for a.State != approvals.AwaitingConfirmation {
		if err := g.forward(a); err != nil {
			t.Fatal(err)
		}
		a = g.reload(a)
	}
	if _, err := g.approve(t, a, thief); err != nil {
		t.Errorf("when both waits are over he counts like anybody: %v", err)
	}
	if since := g.now.Sub(t0); since < 240*time.Hour {
		t.Errorf("it took him %s", since)
	}
}

// TestThreat_ThiefBesideAnother: who holds the owner's device adds and removes
// nobody without the word of the person who agrees already. Somebody who never
// answers goes when two agents have looked.
func TestThreat_ThiefBesideAnother(t *testing.T) {
	t.Parallel()
	thief := marco
	thief.ID, thief.Name, thief.Email = "", "Eve", "eve@evil.example"
	for kind, who := range map[approvals.Kind]approvals.Approver{approvals.ApproverAdd: thief, approvals.ApproverRemove: marco} {
		g := newGateway()
		g.store.sellers[seller.SellerKey] = accompanied(marco)
		a, err := g.Create(t.Context(), approverDraft(t, kind, who))
		for err == nil && a.State != approvals.AwaitingConfirmation {
			err = g.forward(a)
			a = g.reload(a)
		}
		if err != nil {
			t.Fatal(err)
		}
		if g.mailOf(t, a, approvals.MailApproverAsked).mail.To != marco.Email {
			t.Errorf("%s: who agrees was not asked", kind)
		}
		if err := g.forward(a); err != nil {
			t.Fatal(err)
		}
		if a = g.reload(a); a.State != approvals.AwaitingConfirmation {
			t.Fatalf("%s: the owner's device alone: %s", kind, a.State)
		}
		late := a.ConfirmBy.Add(time.Second)
		c, err := a.Due(g.store.sellers[seller.SellerKey], late)
		if kind == approvals.ApproverAdd {
			if err != nil || c.Action.State != approvals.Expired {
				t.Errorf("nobody agreed to an addition: %s, %v", c.Action.State, err)
			}
		} else if err != nil || c.Action.Hold != approvals.HoldReview || c.Case == nil {
			t.Errorf("nobody answered a removal: %s, %v", c.Action.State, err)
		} else if freed := must(t)(c.Action.Restart(g.store.sellers[seller.SellerKey], market, late)).Action; freed.NeedsApprover() {
			t.Error("two agents have looked, and it needs the one who is gone")
		}
		if done, err := g.approve(t, a, marco); err != nil || done.State != approvals.Executed {
			t.Errorf("%s with both: %s, %v", kind, done.State, err)
		}
	}
}

// TestContact_BecameApprover: whoever joined while an address was being changed to
// theirs is not both.
func TestContact_BecameApprover(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.contactChange(t)
	g.verify(t, a)
	s := g.store.sellers[seller.SellerKey]
	both := marco
	both.Email = newAddress
	s.Approvers = []approvals.Approver{both}
	g.store.sellers[seller.SellerKey] = s
	if err := g.forward(a); code(err) != approvals.CodeInvalid || g.reload(a).State == approvals.Executed {
		t.Errorf("an approver became a contact: %v", err)
	}
}
