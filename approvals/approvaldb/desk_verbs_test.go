package approvaldb_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/desk"
)

// TestVerbsOfActions: what each decision does to an action, and that the seller gets
// a mail of each.
func TestVerbsOfActions(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	for name, tt := range map[string]struct {
		from approvals.State
		verb desk.CaseVerb
		want approvals.State
	}{
		"hold":    {approvals.CoolingOff, desk.Hold, approvals.Held},
		"extend":  {approvals.Held, desk.ExtendHold, approvals.Held},
		"cancel":  {approvals.Approved, desk.CancelAction, approvals.Cancelled},
		"deny":    {approvals.Held, desk.DenyAction, approvals.Denied},
		"resume":  {approvals.Held, desk.Resume, approvals.AwaitingStepUp},
		"done":    {approvals.Unresolved, desk.SettleExecuted, approvals.Executed},
		"not yet": {approvals.Unresolved, desk.SettleFailed, approvals.ExecutionFailed},
	} {
		a := b.Drive(t, tt.from)
		b.Clock.Advance(time.Minute)
		c := b.opened(a.SellerKey(), approvals.CaseAsked)
		mails := b.count("SELECT count(*) FROM mails")
		if tt.verb.Two() {
			b.decided(c, tt.verb, a.ID)
		} else {
			d, err := b.propose(anna, c, tt.verb, a.ID)
			b.must(err)
			if d.State != desk.CarriedOut {
				t.Errorf("%s: %s", name, d.State)
			}
		}
		now := b.World.Read(t, a)
		if now.State != tt.want {
			t.Errorf("%s: %s, want %s", name, now.State, tt.want)
		}
		if tt.verb == desk.ExtendHold && !now.HoldBy.After(a.HoldBy) {
			t.Errorf("held until %s, before until %s", now.HoldBy, a.HoldBy)
		}
		if b.count("SELECT count(*) FROM mails") == mails {
			t.Errorf("%s: the seller was not told", name)
		}
	}
}

// TestHold_NoticeFailed: what is held for a notice alone goes on when the notice
// arrives; an agent can keep it, and then it does not.
func TestHold_NoticeFailed(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Hold(t, b.Drive(t, approvals.Notifying), approvals.HoldNotice)
	c := b.opened(a.SellerKey(), approvals.CaseAsked)
	_, err := b.propose(anna, c, desk.Hold, a.ID)
	b.must(err)
	for _, n := range a.Contacts {
		_, err := b.Parts.Store.Update(t.Context(), a.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
			return a.NoticeAccepted(n.Email, approvals.MailDone{At: b.Clock.Now()}, s)
		})
		b.must(err)
	}
	if now := b.World.Read(t, a); now.State != approvals.Held || now.Hold != approvals.HoldAgent {
		t.Errorf("it is %s, %s", now.State, now.Hold)
	}
	_, err = b.propose(anna, c, desk.Hold, a.ID)
	b.refused(err, approvals.CodeCaseVerb)
}

// TestPlacesAndPromises: what people say of a destination by twos and alone, and a
// lock that stays with a promise.
func TestPlacesAndPromises(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a := b.Hold(t, b.Drive(t, approvals.CoolingOff), approvals.HoldReview)
	a = b.World.Read(t, a)
	b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		return tx.Exec(`INSERT INTO cases (marketplace, seller, reason, action, opened_at, fingerprint, decide_by, joined) VALUES (?, ?, 'ring', ?, ?, ?, ?, 0)`,
			string(a.Marketplace), string(a.Seller), string(a.ID), approvaldb.At(b.Clock.Now()), a.Fingerprint, approvaldb.At(b.Clock.Now().Add(time.Hour))).Error
	}))
	c := b.caseOf(a)
	for _, v := range []desk.CaseVerb{desk.DenyDestination, desk.AllowDestination, desk.FreezeRing, desk.EndRing} {
		if v.Two() {
			b.decided(c, v, "")
			continue
		}
		_, err := b.propose(anna, c, v, "")
		b.must(err)
	}
	if n := b.count("SELECT count(*) FROM destinations WHERE allowed_by <> allowed_with AND ring = 0 AND denied_at IS NULL"); n != 1 {
		t.Errorf("%d destinations are as was decided", n)
	}
	group := desk.Intent{Case: c.Number, Verb: desk.DeclareShared, Sellers: []approvals.SellerKey{a.SellerKey()}, Reason: desk.KnownShared, Person: anna}
	d, err := b.Draft(t.Context(), group)
	b.must(err)
	d, err = b.Propose(t.Context(), d, signed(anna, d, desk.Propose))
	b.must(err)
	_, err = b.approve(marco, d)
	b.must(err)
	if n := b.count("SELECT count(*) FROM destination_sellers WHERE declared"); n != 1 {
		t.Errorf("%d sellers are declared", n)
	}
	b.must(b.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		return tx.Exec("UPDATE destination_sellers SET disowned_at = first_at").Error
	}))
	now, err := b.Case(t.Context(), c.Number)
	b.must(err)
	if r := now.Facts.Ring; r.Sellers != 0 || r.Declared != 1 || !r.Disputed {
		t.Errorf("known of the destination: %+v", r)
	}
	_, err = b.propose(anna, c, desk.Lock, "")
	b.must(err)
	before := b.caseOf(a).DecideBy
	_, err = b.propose(anna, c, desk.KeepLocked, "")
	b.must(err)
	if by := b.caseOf(a).DecideBy; !by.After(before) || !b.seller(a).Locked {
		t.Errorf("decide by %s, before by %s", by, before)
	}
	if kinds := b.count("SELECT count(DISTINCT what) FROM security_notices WHERE what LIKE 'support_%'"); kinds != 3 { // that it is kept locked, that the check is over, and that the account is known
		t.Errorf("the seller was told of %d kinds of decisions", kinds)
	}
}

// TestClaimsNotesReveals: who works on a case, what they write, and what they are
// shown: one field at a time, of a case that is theirs, counted and told.
func TestClaimsNotesReveals(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	a, c := b.locked(approvals.CoolingOff)
	ctx := t.Context()
	_, err := b.Reveal(ctx, c.Number, desk.RevealAccount, a.ID, desk.CalledBack, anna)
	b.refused(err, approvals.CodeNotClaimed)
	b.must(b.Claim(ctx, c.Number, anna, false))
	b.refused(b.Claim(ctx, c.Number, marco, false), approvals.CodeCaseClaimed)
	b.refused(b.Claim(ctx, c.Number, otto, true), approvals.CodeDeskRole)
	b.must(b.Note(ctx, c.Number, anna, "She called from the old number."))
	shown, err := b.Reveal(ctx, c.Number, desk.RevealAccount, a.ID, desk.CalledBack, anna)
	b.must(err)
	if shown.Value != "GB33BUKB20201555555555" || shown.Count != 1 {
		t.Errorf("shown %+v", shown)
	}
	if again, err := b.Revealed(ctx, shown.ID, anna); err != nil || again.Value != shown.Value {
		t.Errorf("again: %+v, %v", again, err)
	}
	_, err = b.Revealed(ctx, shown.ID, marco)
	b.refused(err, approvals.CodeNotFound)
	b.Clock.Advance(desk.RevealLife)
	_, err = b.Revealed(ctx, shown.ID, anna)
	b.refused(err, approvals.CodeNotFound)
	for range desk.RevealLimit - 1 {
		_, err = b.Reveal(ctx, c.Number, desk.RevealContact, "", desk.Video, anna)
		b.must(err)
	}
	_, err = b.Reveal(ctx, c.Number, desk.RevealName, "", desk.Video, anna)
	b.refused(err, approvals.CodeRevealLimit)
	if n := b.count("SELECT count(*) FROM security_notices WHERE what = 'support_revealed'"); n != 1 {
		t.Errorf("told %d times", n)
	}
	b.must(b.Claim(ctx, c.Number, marco, true))
	d, err := b.Case(ctx, c.Number)
	b.must(err)
	if d.Case.Owner != marco || len(d.Notes) != 1 || len(d.Mails) == 0 || len(d.Events) == 0 || len(d.May) == 0 {
		t.Errorf("the dossier: owner %s, %d notes, %d mails, %d events, may %v", d.Case.Owner, len(d.Notes), len(d.Mails), len(d.Events), d.May)
	}
	for _, search := range []string{"", c.Name(), strings.ToLower(a.Reference), string(a.Seller)} {
		lines, err := b.Queue(ctx, desk.CaseQuery{Open: true, Search: search, Limit: 10})
		b.must(err)
		if len(lines) != 1 || lines[0].Number != c.Number || !lines[0].Locked || lines[0].AtStake == "" {
			t.Errorf("searched for %q: %+v", search, lines)
		}
	}
	counts, err := b.Counts(ctx, anna)
	b.must(err)
	if counts.Open != 1 || counts.Unclaimed != 0 || counts.Newest != c.Number {
		t.Errorf("counts %+v", counts)
	}
}

// TestWalk_NothingUnproved: random decisions, by anybody and in any order, never leave
// an action approved or released that lacks its two proofs (I1, I10, rule 14).
func TestWalk_NothingUnproved(t *testing.T) {
	t.Parallel()
	b := newBureau(t, approvalstest.OpenSQLite(t))
	seed := uint64(b.Clock.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 6))
	var actions []approvals.Action
	for _, s := range []approvals.State{approvals.CoolingOff, approvals.Approved, approvals.Held, approvals.Unresolved, approvals.AwaitingConfirmation} {
		a := b.Drive(t, s)
		b.opened(a.SellerKey(), approvals.CaseAsked)
		actions = append(actions, a)
	}
	people := []string{anna, marco, lena, luca}
	done := 0
	for range 150 {
		a := actions[r.IntN(len(actions))]
		c, err := b.Parts.Cases.OpenCase(t.Context(), a.SellerKey())
		if err != nil {
			b.opened(a.SellerKey(), approvals.CaseAsked)
			continue
		}
		verb := desk.CaseVerbs()[r.IntN(len(desk.CaseVerbs()))]
		id := approvals.ActionID("")
		if verb.OfAction() {
			id = a.ID
		}
		who := r.Perm(len(people))
		d, err := b.propose(people[who[0]], desk.Case{Number: desk.CaseNumber(c.Number)}, verb, id)
		if err != nil {
			continue
		}
		switch {
		case d.State == desk.CarriedOut:
			done++
		case r.IntN(4) == 0:
			_, _ = b.reject(people[who[1]], d)
		default:
			if _, err := b.approve(people[who[1]], d); err == nil {
				done++
			}
		}
	}
	const unproved = `SELECT count(*) FROM actions a WHERE a.state IN ('approved', 'releasing', 'executed', 'execution_failed')
AND (SELECT count(*) FROM proofs p WHERE p.action = a.id AND p.generation = a.generation AND p.digest = a.digest) < 2`
	if n := b.count(unproved); n != 0 || done < 10 {
		t.Errorf("%d actions unproved after %d decisions (seed %d)", n, done, seed)
	}
}
