package approvaldb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// People of the desk: three agents, two leads, one auditor, one admin.
const (
	anna  = "00000000-0000-7000-8000-0000000d000a"
	marco = "00000000-0000-7000-8000-0000000d000b"
	carl  = "00000000-0000-7000-8000-0000000d000c"
	lena  = "00000000-0000-7000-8000-0000000d000d"
	luca  = "00000000-0000-7000-8000-0000000d000e"
	otto  = "00000000-0000-7000-8000-0000000d000f"
	adele = "00000000-0000-7000-8000-0000000d0009"
)

var deskRoles = map[string]string{anna: "agent", marco: "agent", carl: "agent", lena: "lead", luca: "lead", otto: "auditor", adele: "admin"}

// bureau is a desk on a real database, with a seller's trouble to work on.
type bureau struct {
	*approvalstest.World
	*desk.Cases
	t *testing.T
}

func newBureau(t *testing.T, db *approvaldb.DB) *bureau {
	t.Helper()
	w := approvalstest.Service(t, db, approvalstest.NewClock())
	err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		for id, role := range deskRoles {
			if err := approvalstest.Staff(tx, id, role, w.Clock.Now().AddDate(0, -2, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return &bureau{w, &desk.Cases{
		Store: w.Parts.Desk, Read: w.Parts.Desk, NewID: approvalstest.NewID, Now: w.Clock.Now,
		Broken: func(_ context.Context, where string) { t.Errorf("broken assertion: %s", where) },
	}, t}
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// refused fails the test unless err is this refusal.
func (b *bureau) refused(err error, want approvals.Code) {
	b.t.Helper()
	if !errors.Is(err, approvals.Refuse(want)) {
		b.t.Fatalf("%v, want %s", err, want)
	}
}

// locked drives an action to a state and locks its seller; it returns both with the
// case that opened.
func (b *bureau) locked(state approvals.State) (approvals.Action, desk.Case) {
	b.t.Helper()
	a := b.Drive(b.t, state)
	_, err := b.Service.Lock(b.t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
	b.must(err)
	return b.World.Read(b.t, a), b.caseOf(a)
}

// caseOf is the newest open case of an action's seller.
func (b *bureau) caseOf(a approvals.Action) desk.Case {
	b.t.Helper()
	c, err := b.Parts.Cases.OpenCase(b.t.Context(), a.SellerKey())
	b.must(err)
	d, err := b.Case(b.t.Context(), desk.CaseNumber(c.Number))
	b.must(err)
	return d.Case
}

// opened opens a case on a seller, or joins the open one of this reason, as a change of
// the seller does that asks for it.
func (b *bureau) opened(key approvals.SellerKey, reason approvals.CaseReason) desk.Case {
	b.t.Helper()
	_, err := b.Parts.Store.UpdateSeller(b.t.Context(), key, func(s approvals.Seller, _ []approvals.Action) (approvals.SellerChange, error) {
		return approvals.SellerChange{Seller: s, Case: &approvals.Case{Reason: reason}, Event: audit.Event{Actor: approvalstest.Agent, At: b.Clock.Now()}}, nil
	})
	b.must(err)
	const number = "SELECT number FROM cases WHERE marketplace = ? AND seller = ? AND reason = ? AND closed_at IS NULL"
	d, err := b.Case(b.t.Context(), int64(b.count(number, string(key.Marketplace), string(key.Seller), string(reason))))
	b.must(err)
	return d.Case
}

func signed(who string, d desk.Decision, act desk.Verb) approvals.Signature {
	return approvals.Signature{Person: who, Role: deskRoles[who], Subject: d.Subject(act), Passkey: "passkey of " + who}
}

// propose drafts, signs and proposes.
func (b *bureau) propose(who string, c desk.Case, v desk.CaseVerb, a approvals.ActionID) (desk.Decision, error) {
	b.t.Helper()
	d, err := b.Draft(b.t.Context(), desk.Intent{Case: c.Number, Verb: v, Action: a, Reason: desk.CalledBack, Note: "called the old number", Person: who})
	if err != nil {
		return d, err
	}
	return b.Propose(b.t.Context(), d, signed(who, d, desk.Propose))
}

func (b *bureau) approve(who string, d desk.Decision) (desk.Decision, error) {
	b.t.Helper()
	d.DeciderReason, d.DeciderNote = desk.Document, "seen"
	return b.Approve(b.t.Context(), d.ID, d.DeciderReason, d.DeciderNote, signed(who, d, desk.Approve))
}

func (b *bureau) reject(who string, d desk.Decision) (desk.Decision, error) {
	b.t.Helper()
	d.DeciderReason = desk.StoryDiffers
	return b.Reject(b.t.Context(), d.ID, d.DeciderReason, "", signed(who, d, desk.Reject))
}

// decided is a decision that two carried out.
func (b *bureau) decided(c desk.Case, v desk.CaseVerb, a approvals.ActionID) desk.Decision {
	b.t.Helper()
	d, err := b.propose(anna, c, v, a)
	b.must(err)
	d, err = b.approve(marco, d)
	b.must(err)
	return d
}

func (b *bureau) seller(a approvals.Action) approvals.Seller {
	b.t.Helper()
	s, err := b.Parts.Reader.Seller(b.t.Context(), a.SellerKey())
	b.must(err)
	return s
}

// count asks the database for a number.
func (b *bureau) count(sql string, values ...any) (n int) {
	b.t.Helper()
	b.must(b.DB.Read(b.t.Context()).Raw(sql, values...).Scan(&n).Error)
	return n
}

const fourHours = desk.ProposalLife + time.Minute
