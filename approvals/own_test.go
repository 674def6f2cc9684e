package approvals_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

const newAddress = "francesca@post.example"

// contactChange is a change of the fixture seller's address that waits for its
// confirmation.
func (g *gateway) contactChange(t *testing.T) approvals.Action {
	t.Helper()
	first := g.create(t)
	if _, err := g.Cancel(context.Background(), first.Key(), approvals.ChangedMind, market); err != nil {
		t.Fatal(err)
	}
	r := request(seller)
	r.Kind = approvals.ContactChange
	r.Details = []byte(`{"from":{"email":"francesca@example.it"},"to":{"email":"` + newAddress + `"}}`)
	a, err := g.Create(context.Background(), r)
	for err == nil && a.State != approvals.AwaitingConfirmation {
		err = g.forward(a)
		a = g.reload(a)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := g.deliver(a); err != nil {
		t.Fatal(err)
	}
	return a
}

// verify says for the reader of the new address that it is theirs.
func (g *gateway) verify(t *testing.T, a approvals.Action) {
	t.Helper()
	hash := approvals.HashToken(linkKey.Token(approvals.VerifyLink, a.ID, 1))
	for range 2 { // twice is the same as once
		if _, err := g.VerifyContact(context.Background(), a.Key(), hash); err != nil {
			t.Fatal(err)
		}
	}
}

// TestB3_BothMailboxes: the link to confirm goes to the old address alone, and
// nothing is confirmed before the new one has answered.
func TestB3_BothMailboxes(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.contactChange(t)
	got := map[string][]approvals.MailKind{}
	for _, r := range g.store.mails {
		if r.action == a.ID {
			got[r.mail.To] = append(got[r.mail.To], r.mail.Kind)
		}
	}
	if slices.Contains(got[newAddress], approvals.MailConfirm) || !slices.Contains(got[newAddress], approvals.MailVerify) {
		t.Errorf("the new address had %v", got[newAddress])
	}
	if old := got["francesca@example.it"]; !slices.Contains(old, approvals.MailConfirm) || slices.Contains(old, approvals.MailVerify) {
		t.Errorf("the old address had %v", old)
	}
	if err := g.forward(a); code(err) != approvals.CodeContactUnverified {
		t.Errorf("confirmed before the new address answered: %v", err)
	}
	if _, err := g.VerifyContact(context.Background(), a.Key(), [32]byte{1}); code(err) != approvals.CodeLinkUnknown {
		t.Errorf("verified with another token: %v", err)
	}
	g.verify(t, a)
	if err := g.forward(a); err != nil {
		t.Fatal(err)
	}
	if a = g.reload(a); a.State != approvals.Executed {
		t.Errorf("confirmed, it is %s", a.State)
	}
}

// TestB3_OldAddressKept: the old address is told and can stop for thirty days
// more, and neither holds anything nor confirms it.
func TestB3_OldAddressKept(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.contactChange(t)
	g.verify(t, a)
	if err := g.forward(a); err != nil {
		t.Fatal(err)
	}
	at := g.now
	stored := g.store.sellers[seller.SellerKey]
	if c := stored.Current(); len(c) != 1 || c[0].Email != newAddress || !stored.SecurityAt.Equal(at) {
		t.Fatalf("seller %+v", stored)
	}
	for _, tt := range []struct {
		after time.Duration
		told  int
	}{{0, 2}, {30*24*time.Hour - 1, 2}, {30 * 24 * time.Hour, 1}} {
		if told := stored.Told(at.Add(tt.after)); len(told) != tt.told {
			t.Errorf("after %s %v are told", tt.after, told)
		}
	}
	r := request(seller)
	r.Seller.Contacts = []approvals.Contact{{Email: newAddress}}
	b, err := g.Create(context.Background(), r)
	if err != nil || len(b.Contacts) != 2 || b.Contacts[0].Role != approvals.ContactRetired || b.Contacts[1].Role != approvals.ContactCurrent {
		t.Fatalf("%+v, %v", b.Contacts, err)
	}
	if _, err := g.StepUp(context.Background(), b.Key(), g.proof(b)); err != nil {
		t.Fatal(err)
	}
	g.post.verdict = approvals.VerdictRefused
	if err := g.SendMail(context.Background(), &g.post, g.mailTo(t, b, "francesca@example.it").id); err != nil {
		t.Fatal(err)
	}
	g.post.verdict = approvals.VerdictAccepted
	if err := g.deliver(b); err != nil {
		t.Fatal(err)
	}
	if b = g.reload(b); b.State != approvals.CoolingOff {
		t.Errorf("the old mailbox is gone, and the action is %s", b.State)
	}
}

// mailTo is the notice of a to this address.
func (g *gateway) mailTo(t *testing.T, a approvals.Action, to string) *mailRow {
	t.Helper()
	for _, r := range g.store.mails {
		if r.action == a.ID && r.mail.Kind == approvals.MailNotice && r.mail.To == to {
			return r
		}
	}
	t.Fatalf("no notice to %s", to)
	return nil
}

// THREATS B3, email_then_bank: within thirty days after a change of address a
// change of account waits 168 hours, whatever proves it.
func TestB3_EmailThenBank(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.contactChange(t)
	g.verify(t, a)
	if err := g.forward(a); err != nil {
		t.Fatal(err)
	}
	at := g.now
	for _, tt := range []struct {
		after time.Duration
		wait  time.Duration
		class approvals.Class
	}{
		{0, 168 * time.Hour, approvals.High},
		{72 * time.Hour, 168 * time.Hour, approvals.High},
		{29 * 24 * time.Hour, 168 * time.Hour, approvals.High},
		{31 * 24 * time.Hour, 24 * time.Hour, approvals.Medium},
	} {
		g.pass(at.Add(tt.after).Sub(g.now))
		b, err := g.Create(context.Background(), request(seller))
		if err != nil || b.Decision.Wait[approvals.Passkey] != tt.wait || b.Decision.Class != tt.class {
			t.Errorf("after %s: %+v, %v", tt.after, b.Decision, err)
		}
		if _, err := g.Cancel(context.Background(), b.Key(), approvals.ChangedMind, market); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOwn_Halted: a halted gateway puts nothing in place, and the confirmation
// can be made again later.
func TestOwn_Halted(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.contactChange(t)
	g.verify(t, a)
	g.store.gate.Halted = true
	if err := g.forward(a); code(err) != approvals.CodeHalted {
		t.Errorf("halted: %v", err)
	}
	if got := g.reload(a); got.State != approvals.AwaitingConfirmation || len(got.Proofs) != 1 {
		t.Errorf("%s with %d proofs", got.State, len(got.Proofs))
	}
}

// TestOwn_NotTheMarketplaces: a marketplace cannot ask for a change of a
// seller's authenticators, nor claim what the gateway puts in place itself.
func TestOwn_NotTheMarketplaces(t *testing.T) {
	t.Parallel()
	g := newGateway()
	r := request(seller)
	r.Kind, r.Details = approvals.AuthenticatorRemove, []byte(`{"authenticator":{"id":"a1","method":"passkey","name":"Phone"}}`)
	if _, err := g.Create(context.Background(), r); code(err) != approvals.CodeKindUnknown {
		t.Errorf("asked for by the marketplace: %v", err)
	}
	r.BySeller = true
	if a, err := g.Create(context.Background(), r); err != nil || a.Decision.Wait[approvals.TOTP] != 72*time.Hour {
		t.Errorf("asked for by the seller: %+v, %v", a.Decision, err)
	}
	b := g.contactChange(t)
	if _, err := g.Claim(context.Background(), b.Key(), b.Details, nil); code(err) != approvals.CodeNotApproved {
		t.Errorf("claimed before the confirmation: %v", err)
	}
}

// TestRule11_BothClocks: a step-up with an authenticator in quarantine makes
// the action wait for the longer of the two.
func TestRule11_BothClocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ usable, wait time.Duration }{
		{-time.Hour, 24 * time.Hour}, {23 * time.Hour, 24 * time.Hour}, {168 * time.Hour, 168 * time.Hour},
	} {
		g := newGateway()
		a := g.create(t)
		p := g.proof(a)
		p.UsableFrom = g.now.Add(tt.usable)
		if got, err := g.StepUp(context.Background(), a.Key(), p); err != nil || got.Wait != tt.wait {
			t.Errorf("usable in %s: waits %s, %v", tt.usable, got.Wait, err)
		}
	}
}

// TestContactChange_Addresses: what is replaced is an address of the seller,
// and what replaces it is not.
func TestContactChange_Addresses(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		`"from":{"email":"nobody@example.it"},"to":{"email":"x@example.it"}`:            "details.from.email",
		`"from":{"email":"francesca@example.it"},"to":{"email":"francesca@example.it"}`: "details.to.email",
		`"from":{"email":"francesca@example.it"},"to":{"email":"not an address"}`:       "details.to.email",
		`"from":{"email":"francesca@example.it"},"to":{"email":"x@EXAMPLE.it"}`:         "details.to.email",
	} {
		g := newGateway()
		r := request(seller)
		r.Kind, r.Details = approvals.ContactChange, []byte("{"+from+"}")
		_, err := g.Create(context.Background(), r)
		e, ok := errors.AsType[*approvals.Error](err)
		if !ok || len(e.Fields) != 1 || e.Fields[0].Field != want {
			t.Errorf("%s: %v, want %s", from, err, want)
		}
	}
}

// THREATS B1, B3: a change of account that was asked for, and even proved, before
// a contact or an authenticator changed gains nothing by it: it is decided upon
// again at its first proof, and one that was proved before goes no further.
func TestB3_BankBeforeEmail(t *testing.T) {
	t.Parallel()
	g := newGateway()
	c := g.contactChange(t)
	g.verify(t, c)
	asked, err := g.Create(context.Background(), request(seller))
	if err != nil || asked.Decision.Class != approvals.Medium {
		t.Fatalf("%+v, %v", asked.Decision, err)
	}
	if err := g.forward(c); err != nil {
		t.Fatal(err)
	}
	g.pass(time.Minute)
	got, err := g.StepUp(context.Background(), asked.Key(), g.proof(asked))
	if err != nil || got.Wait != 168*time.Hour || got.Decision.Class != approvals.High {
		t.Errorf("proved after the change it waits %s, %v", got.Wait, err)
	}
}

func TestB3_ProvedBeforeEmail(t *testing.T) {
	t.Parallel()
	for _, ended := range []bool{true, false} {
		g := newGateway()
		c := g.contactChange(t)
		g.verify(t, c)
		proved, err := g.Create(context.Background(), request(seller))
		if err != nil {
			t.Fatal(err)
		}
		for proved.State != approvals.AwaitingConfirmation {
			if err := g.forward(proved); err != nil {
				t.Fatal(err)
			}
			proved = g.reload(proved)
		}
		c = g.reload(c)
		if !ended { // the gateway dies before it has ended the other
			reader := g.Reader
			g.Reader = noActions{reader}
		}
		if err := g.forward(c); err != nil {
			t.Fatal(err)
		}
		proved = g.reload(proved)
		if ended && proved.State != approvals.Cancelled {
			t.Errorf("what was proved before the change is %s", proved.State)
		}
		if !ended {
			if err := g.forward(proved); code(err) != approvals.CodeSecurityChanged {
				t.Errorf("confirmed after the change: %v", err)
			}
		}
	}
}

// noActions is a reader that cannot list.
type noActions struct{ approvals.Reader }

func (noActions) Actions(context.Context, approvals.Query) ([]approvals.Action, error) {
	return nil, approvals.Refuse(approvals.CodeUnavailable)
}

// TestB3_NewAddressHearsNothing before the first proof: until then anybody's
// could stand there, and it would be mailed with a way to stop.
func TestB3_NewAddressHearsNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(g *gateway, a approvals.Action) error{
		"cancelled": func(g *gateway, a approvals.Action) error {
			_, err := g.Cancel(context.Background(), a.Key(), approvals.ChangedMind, market)
			return err
		},
		"expired": func(g *gateway, _ approvals.Action) error {
			g.pass(25 * time.Hour)
			_, err := g.Sweep(context.Background(), g.store, 100)
			return err
		},
	} {
		g := newGateway()
		r := request(seller)
		r.Kind = approvals.ContactChange
		r.Details = []byte(`{"from":{"email":"francesca@example.it"},"to":{"email":"` + newAddress + `"}}`)
		a, err := g.Create(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if err := end(g, a); err != nil {
			t.Fatal(err)
		}
		for _, m := range g.store.mails {
			if m.mail.To == newAddress {
				t.Errorf("%s: the new address had %s", name, m.mail.Kind)
			}
		}
	}
}
