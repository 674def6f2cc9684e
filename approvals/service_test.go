package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// TestWholeLife takes one action from creation to execution through the service.
func TestWholeLife(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Executed)
	var verbs []string
	for _, e := range g.store.events {
		verbs = append(verbs, e.Verb)
	}
	want := []string{"create", "step_up", "notices_accepted", "open_confirmation", "confirm", "claim", "result"}
	if !slices.Equal(verbs, want) || a.Version != len(want) || len(g.store.refusals) != 0 {
		t.Errorf("version %d by %v, refusals %+v", a.Version, verbs, g.store.refusals)
	}
}

// TestRule8_RefusedAndRecorded: a second action is refused with the first one's
// id, which stays as it is, and the account it showed is recorded all the same.
func TestRule8_RefusedAndRecorded(t *testing.T) {
	t.Parallel()
	g := newGateway()
	first := g.create(t)
	r := request(seller)
	r.Details = []byte(strings.Replace(details, newAccount, `{"holder":"T","iban":"DE89370400440532013000"}`, 1))
	_, err := g.Create(context.Background(), r)
	if code(err) != approvals.CodeOpen || factOf(err, "action_id") != string(first.ID) {
		t.Errorf("a second action: %v", err)
	}
	if got := g.reload(first); got.Version != first.Version {
		t.Errorf("the first one became %s", got.State)
	}
	if len(g.store.sightings) != 2 || g.store.sightings[0] == g.store.sightings[1] {
		t.Errorf("sightings %v, want two accounts", g.store.sightings)
	}
	if len(g.store.refusals) != 1 || g.store.refusals[0].Data["refused"] != string(approvals.CodeOpen) || g.store.refusals[0].Verb != "create" {
		t.Errorf("refusals %+v", g.store.refusals)
	}
}

// TestSupersede: the old action is cancelled in the same transaction and cannot
// be claimed; one that is being released cannot be superseded.
func TestSupersede(t *testing.T) {
	t.Parallel()
	g := newGateway()
	old := g.reach(t, approvals.Approved)
	r := request(seller)
	r.Supersede = true
	a, err := g.Create(context.Background(), r)
	if err != nil || a.State != approvals.AwaitingStepUp || a.Generation != 1 || len(a.Proofs) != 0 {
		t.Fatalf("%s with %d proofs, %v", a.State, len(a.Proofs), err)
	}
	if old = g.reload(old); old.State != approvals.Cancelled || old.Cancel != approvals.Superseded {
		t.Errorf("the old one is %s for %s", old.State, old.Cancel)
	}
	if _, err := g.Claim(context.Background(), old.Key(), old.Details, nil); code(err) != approvals.CodeNotApproved || factOf(err, "state") != "cancelled" {
		t.Errorf("claim of the superseded: %v", err)
	}
	for range 5 { // to releasing
		if err := g.forward(a); err != nil {
			t.Fatal(err)
		}
		a = g.reload(a)
	}
	if _, err := g.Create(context.Background(), r); code(err) != approvals.CodeOpen || g.reload(a).State != approvals.Releasing {
		t.Errorf("superseding a release: %v, %s", err, g.reload(a).State)
	}
}

// TestRule6_FailedReleaseDoesNotBlock, but it cannot be claimed again while
// another action is open.
func TestRule6_FailedReleaseDoesNotBlock(t *testing.T) {
	t.Parallel()
	g := newGateway()
	old := g.reach(t, approvals.Releasing)
	if _, err := g.Report(context.Background(), old.Key(), approvals.Result{Outcome: approvals.ResultFailed}, nil); err != nil {
		t.Fatal(err)
	}
	a := g.create(t)
	if _, err := g.Claim(context.Background(), old.Key(), old.Details, nil); code(err) != approvals.CodeOpen {
		t.Errorf("claimed again beside an open action: %v", err)
	}
	if _, err := g.Cancel(context.Background(), a.Key(), approvals.ChangedMind, market); err != nil {
		t.Fatal(err)
	}
	if got, err := g.Claim(context.Background(), old.Key(), old.Details, nil); err != nil || got.State != approvals.Releasing {
		t.Errorf("claimed again: %s, %v", got.State, err)
	}
}

// TestContactsAreNeverReplaced: a thief's address in a later call silences
// nobody and hears nothing. It begins a contact.change.
func TestContactsAreNeverReplaced(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.create(t)
	if _, err := g.Cancel(context.Background(), a.Key(), approvals.ChangedMind, market); err != nil {
		t.Fatal(err)
	}
	r := request(seller)
	r.Seller.Contacts = []approvals.Contact{{Email: "thief@example.com"}}
	r.Seller.Name, r.Seller.Locale = "", "it"
	b, err := g.Create(context.Background(), r)
	if err != nil || len(b.Contacts) != 1 || b.Contacts[0].Email != "francesca@example.it" {
		t.Errorf("contacts %+v, %v", b.Contacts, err)
	}
	stored := g.store.sellers[seller.SellerKey]
	if stored.Name != "Francesca Conti" || stored.Locale != "it" || len(stored.Contacts) != 1 || !stored.CreatedAt.Equal(t0) {
		t.Errorf("seller %+v", stored)
	}
	change := g.store.open(seller.SellerKey, approvals.ContactChange)
	if change == nil || change.State != approvals.AwaitingStepUp {
		t.Fatalf("the change of contact is %+v", change)
	}
	if swap, _ := approvals.ContactsOf(*change); swap.From.Email != "francesca@example.it" || swap.To.Email != "thief@example.com" {
		t.Errorf("it changes %+v", swap)
	}
	r.Supersede = true
	if _, err := g.Create(context.Background(), r); err != nil {
		t.Errorf("while it is open: %v", err)
	}
}

// TestClaim_MismatchIsSaved before it is answered: held, audited, no token.
func TestClaim_MismatchIsSaved(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Approved)
	answered := func(approvals.Action) (*approvals.Answer, error) {
		t.Error("an answer was made for a refused claim")
		return nil, errors.New("no")
	}
	got, err := g.Claim(context.Background(), a.Key(), json.RawMessage(`{"to":`+newAccount+`}`), answered)
	if code(err) != approvals.CodeMismatch || got.Version != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if b := g.reload(a); b.State != approvals.Held || b.Hold != approvals.HoldMismatch || len(g.store.claims) != 0 {
		t.Errorf("%s for %s, %d claims", b.State, b.Hold, len(g.store.claims))
	}
	if len(g.store.refusals) == 0 {
		t.Fatal("no refusal in the log")
	}
	last := g.store.refusals[len(g.store.refusals)-1]
	if last.Data["refused"] != string(approvals.CodeMismatch) || last.Verb != "claim" || !slices.Contains(g.store.cases, approvals.CaseMismatch) {
		t.Errorf("refusal %+v, cases %v", last, g.store.cases)
	}
}

// TestClaim_UnreadableDetails are refused without touching the action.
func TestClaim_UnreadableDetails(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Approved)
	for _, raw := range []string{``, `{`, `{"to":1,"to":2}`, "\xff", `null`} {
		if _, err := g.Claim(context.Background(), a.Key(), json.RawMessage(raw), nil); code(err) != approvals.CodeInvalid {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if got := g.reload(a); got.Version != a.Version {
		t.Errorf("became %s", got.State)
	}
}

// TestRule17_Broken: stored data that contradicts itself stops the step, moves
// nothing and is told, so that all releases halt.
func TestRule17_Broken(t *testing.T) {
	t.Parallel()
	for _, s := range []approvals.State{approvals.AwaitingStepUp, approvals.AwaitingConfirmation, approvals.Approved, approvals.ExecutionFailed} {
		g := newGateway()
		a := g.reach(t, map[bool]approvals.State{true: approvals.Releasing, false: s}[s == approvals.ExecutionFailed])
		if s == approvals.ExecutionFailed {
			a, _ = g.Report(context.Background(), a.Key(), approvals.Result{Outcome: approvals.ResultFailed}, nil)
		}
		a.Details = json.RawMessage(`{"to":` + newAccount + `}`)
		g.store.actions[a.ID] = a
		if err := g.forward(a); !errors.Is(err, approvals.ErrBroken) {
			t.Errorf("%s: %v", s, err)
		}
		if len(g.broken) != 1 || !strings.Contains(g.broken[0], string(a.ID)) || g.reload(a).State != s {
			t.Errorf("%s: told %v, became %s", s, g.broken, g.reload(a).State)
		}
	}
}

// TestRule17_Unsure: a node that is not sure of its clock or database claims
// nothing.
func TestRule17_Unsure(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Approved)
	g.Sure = func() error { return approvals.Refuse(approvals.CodeUnavailable) }
	if _, err := g.Claim(context.Background(), a.Key(), a.Details, nil); code(err) != approvals.CodeUnavailable || g.reload(a).State != approvals.Approved {
		t.Errorf("%v, %s", err, g.reload(a).State)
	}
}

// TestRefusalsAreAudited with verb, state and code (DESIGN rule 15), and an
// unknown or foreign action leaves no trace in somebody's log.
func TestRefusalsAreAudited(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.CoolingOff)
	ctx := context.Background()
	_, _ = g.StepUp(ctx, a.Key(), g.proof(a))
	_, _ = g.Resend(ctx, a.Key())
	_, _ = g.Claim(ctx, a.Key(), a.Details, nil)
	_, _ = g.TooManyTries(ctx, a.Key())
	var got []string
	for _, e := range g.store.refusals {
		got = append(got, e.Verb+" "+e.Data["refused"]+" "+e.From)
		if e.Version != 0 || e.Action != string(a.ID) || e.Seller != "seller-1" {
			t.Errorf("refusal %+v", e)
		}
	}
	want := []string{"step_up wrong_state cooling_off", "resend_link wrong_state cooling_off", "claim not_approved cooling_off", "fail wrong_state cooling_off"}
	if !slices.Equal(got, want) {
		t.Fatalf("refusals %q, want %q", got, want)
	}
	for _, key := range []approvals.ActionKey{{Marketplace: "bottega", ID: "unknown"}, {Marketplace: "other", ID: a.ID}} {
		if _, err := g.Claim(ctx, key, a.Details, nil); code(err) != approvals.CodeNotFound {
			t.Errorf("%v: %v", key, err)
		}
	}
	if len(g.store.refusals) != len(want) {
		t.Errorf("refusals of unknown actions: %+v", g.store.refusals[len(want):])
	}
}

// TestSweep makes what is due, earliest first, counts only moves, and is not
// stopped by one action that cannot be moved.
func TestSweep(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.CoolingOff)
	other := seller
	other.SellerKey.Seller = "seller-2"
	g.now = t0 // due long before a is
	if _, err := g.Create(context.Background(), request(other)); err != nil {
		t.Fatal(err)
	}
	g.now = a.NotBefore.Add(time.Hour)
	failing := &failOnce{memStore: g.store}
	g.Service.Store = failing
	moved, err := g.Sweep(context.Background(), g.store, 10)
	if moved != 1 || err == nil || g.reload(a).State != approvals.AwaitingConfirmation {
		t.Errorf("moved %d, %v, %s", moved, err, g.reload(a).State)
	}
	if moved, err = g.Sweep(context.Background(), g.store, 10); moved != 1 || err != nil {
		t.Errorf("then moved %d, %v", moved, err)
	}
	stale := staleWaker{g.store, []approvals.ActionKey{a.Key()}}
	if moved, err = g.Sweep(context.Background(), stale, 10); moved != 0 || err != nil {
		t.Errorf("woken for nothing: moved %d, %v", moved, err)
	}
}

// failOnce is a store whose first update fails.
type failOnce struct {
	*memStore
	failed bool
}

func (f *failOnce) Update(ctx context.Context, key approvals.ActionKey, step func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	if !f.failed {
		f.failed = true
		return approvals.Action{}, approvals.Refuse(approvals.CodeUnavailable)
	}
	return f.memStore.Update(ctx, key, step)
}

// staleWaker says that actions are due that are not.
type staleWaker struct {
	*memStore
	keys []approvals.ActionKey
}

func (s staleWaker) Due(context.Context, time.Time, int) ([]approvals.ActionKey, error) {
	return s.keys, nil
}

// TestLock_note keeps the marketplace's words.
func TestLock_note(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.create(t)
	s, err := g.Lock(context.Background(), a.SellerKey(), approvals.LockMarketplace, "called us", audit.Actor{Type: audit.Marketplace, ID: "bottega"})
	last := g.store.events[len(g.store.events)-2]
	if err != nil || !s.Locked || last.Verb != "lock" || last.Data["note"] != "called us" || last.Data["reason"] != "marketplace" {
		t.Errorf("%+v, %v, event %+v", s, err, last)
	}
	if _, err := g.Lock(context.Background(), approvals.SellerKey{Marketplace: "bottega", Seller: "nobody"}, approvals.LockMarketplace, "", market); code(err) != approvals.CodeNotFound {
		t.Errorf("lock of nobody: %v", err)
	}
}
