package authdb_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// invite takes an approver.add through, and returns who was invited.
func (g *gateway) invite(d *authtest.Device) approvals.Approver {
	g.t.Helper()
	r := g.Request(g.seller)
	r.Kind, r.BySeller = approvals.ApproverAdd, true
	r.Details = []byte(`{"approver":{"name":"Marco Neri","email":"marco@neri.example"}}`)
	a, err := g.Service.Create(g.t.Context(), r)
	if err == nil {
		a, err = g.confirm(g.stepUp(a, g.with(d)), g.with(d))
	}
	if err != nil || a.State != approvals.Executed {
		g.t.Fatalf("invite: %s, %v", a.State, err)
	}
	g.Clock.Advance(time.Hour)
	return g.person(approvals.ApproverID(a.ID))
}

// person is an approver as stored.
func (g *gateway) person(id approvals.ApproverID) approvals.Approver {
	g.t.Helper()
	s, err := g.Parts.Reader.Seller(g.t.Context(), g.seller)
	p, known := s.Approver(id)
	if err != nil || !known {
		g.t.Fatalf("approver %s: %v", id, err)
	}
	return p
}

// enrolsKeyOf adds p's passkey to the seller's own, past what a page excludes.
func (g *gateway) enrolsKeyOf(p approvals.Approver) error {
	g.t.Helper()
	theirs, err := g.store.ApproverPasskey(g.t.Context(), p.ID)
	if err != nil {
		g.t.Fatal(err)
	}
	all, err := g.store.Authenticators(g.t.Context(), g.seller)
	if err != nil || len(all) == 0 {
		g.t.Fatalf("%d authenticators, %v", len(all), err)
	}
	r := all[0]
	r.ID, r.CredentialID = approvalstest.NewID(), theirs.CredentialID
	_, err = g.store.AddPending(g.t.Context(), r, 9, audit.Event{
		ID: approvalstest.NewID(), Marketplace: string(g.seller.Marketplace), Seller: string(g.seller.Seller), Verb: "authenticator_pending", Actor: audit.Actor{Type: audit.System}, At: g.Clock.Now(),
	})
	return err
}

// join lets p join with a device.
func (g *gateway) join(p approvals.Approver, d *authtest.Device) error {
	g.t.Helper()
	options, err := g.auth.BeginJoin(g.t.Context(), g.seller, p)
	if err != nil {
		return err
	}
	made, err := d.Create(options)
	if err != nil {
		return err
	}
	_, err = g.auth.Join(g.t.Context(), g.seller, p, made)
	return err
}

// agree makes p's proof about a with a device.
func (g *gateway) agree(a approvals.Action, p approvals.Approver, d *authtest.Device, lies ...authtest.Lie) (approvals.Proof, error) {
	g.t.Helper()
	options, err := g.auth.BeginApproval(g.t.Context(), p, a)
	if err != nil {
		return approvals.Proof{}, err
	}
	answer, err := d.Get(options, lies...)
	if err != nil {
		return approvals.Proof{}, err
	}
	return g.auth.Approval(g.t.Context(), p, a, answer)
}

// TestApprover_Joins: with a device that is not the seller's, once, and not
// after the invitation's time. The wait is the longest whoever vouches for the
// seller.
func TestApprover_Joins(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		own, his := g.passkey(), authtest.NewDevice(home)
		p := g.invite(own)
		if err := g.join(p, own); err == nil {
			t.Error("the seller's own device joined")
		}
		if _, err := g.auth.BeginApproval(t.Context(), p, approvals.Action{}); code(err) != approvals.CodeNoAuthenticator {
			t.Errorf("asked before joining: %v", err)
		}
		stale := p
		if err := g.join(p, his); err != nil {
			t.Fatal(err)
		}
		if err := g.enrolsKeyOf(p); code(err) != approvals.CodeAlreadyEnrolled {
			t.Errorf("the other person's passkey became the seller's: %v", err)
		}
		p = g.person(p.ID)
		if !p.JoinedAt.Equal(g.Clock.Now()) || p.UsableFrom.Sub(p.JoinedAt) != auth.FirstQuarantine {
			t.Errorf("joined: %+v", p)
		}
		if err := g.join(p, authtest.NewDevice(home)); code(err) != approvals.CodeLinkSpent {
			t.Errorf("joined twice: %v", err)
		}
		if err := g.join(stale, authtest.NewDevice(home)); code(err) != approvals.CodeLinkSpent { // by the database: two at once
			t.Errorf("joined twice at once: %v", err)
		}
		stale.InviteUntil = g.Clock.Now()
		if err := g.join(stale, authtest.NewDevice(home)); code(err) != approvals.CodeLinkExpired {
			t.Errorf("joined too late: %v", err)
		}
	})
}

// TestApprover_Proves: a proof of another person's passkey, over the digest, is
// what an action that asks for one waits for; and the bundle of the three
// verifies offline, without one of them not.
func TestApprover_Proves(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		own, his := g.passkey(), authtest.NewDevice(home)
		p := g.invite(own)
		if err := g.join(p, his); err != nil {
			t.Fatal(err)
		}
		g.Service.Policy = approvalstest.Asking{Policy: g.Service.Policy}
		g.Clock.Advance(auth.FirstQuarantine)
		p = g.person(p.ID)
		a, err := g.Service.Create(t.Context(), g.Request(g.seller))
		if err != nil {
			t.Fatal(err)
		}
		if a, err = g.confirm(g.stepUp(a, g.with(own)), g.with(own)); err != nil || a.State != approvals.AwaitingConfirmation {
			t.Fatalf("the seller alone: %s, %v", a.State, err)
		}
		for name, lie := range map[string]authtest.Lie{
			"without verification": authtest.WithoutUV(), "another origin": authtest.Origin("https://evil.example"), "bad signature": authtest.BadSignature(),
		} {
			if _, err := g.agree(a, p, his, lie); code(err) != approvals.CodeProofWrong {
				t.Errorf("%s: %v", name, err)
			}
		}
		other := a
		other.Digest[0] ^= 1
		options, err := g.auth.BeginApproval(t.Context(), p, other)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := his.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.auth.Approval(t.Context(), p, a, answer); code(err) != approvals.CodeProofWrong {
			t.Errorf("over another digest: %v", err)
		}
		if mine, err := g.with(own)(a, approvals.StageApproval); err == nil {
			if _, err := g.Service.Approve(t.Context(), a.Key(), g.ApproveLink(a, p), mine); code(err) != approvals.CodeProofOther {
				t.Errorf("the seller agreed in the other's place: %v", err)
			}
		}
		word, err := g.agree(a, p, his)
		if err != nil {
			t.Fatal(err)
		}
		if a, err = g.Service.Approve(t.Context(), a.Key(), g.ApproveLink(a, p), word); err != nil || a.State != approvals.Approved {
			t.Fatalf("with both: %s, %v", a.State, err)
		}
		g.bundled(a)
	})
}

// bundled checks the evidence of an action with three proofs.
func (g *gateway) bundled(a approvals.Action) {
	g.t.Helper()
	record, err := g.Parts.Reader.Record(g.t.Context(), a.Key())
	if err != nil {
		g.t.Fatal(err)
	}
	verify := func() error {
		b, err := auth.NewBundle(record)
		if err != nil {
			return err
		}
		raw, err := json.Marshal(b)
		if err != nil {
			return err
		}
		_, err = auth.VerifyBundle(raw, "market.example", []string{home})
		return err
	}
	if err := verify(); err != nil || len(record.Action.Proofs) != 3 {
		g.t.Errorf("three proofs: %v, %d", err, len(record.Action.Proofs))
	}
	record.Action.Proofs = record.Action.Proofs[:2]
	if verify() == nil {
		g.t.Error("the bundle verifies without the other person's proof")
	}
}

// code is the refusal in err, "" for none.
func code(err error) approvals.Code {
	if e, ok := errors.AsType[*approvals.Error](err); ok {
		return e.Code
	}
	return ""
}
