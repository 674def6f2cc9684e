package approvaldb_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// room is the desk of a gateway with two marketplaces.
type room struct {
	*approvalstest.World
	*desk.Policies
	t *testing.T
}

func newRoom(t *testing.T, db *approvaldb.DB) *room {
	t.Helper()
	w := approvalstest.Service(t, db, approvalstest.NewClock())
	w.AddMarketplace(t, "globex")
	if err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return staff(tx, w.Clock.Now().Add(-24*time.Hour)) }); err != nil {
		t.Fatal(err)
	}
	return &room{w, &desk.Policies{Store: w.Parts.Policies, Default: risk.Default(), Now: w.Clock.Now}, t}
}

// draft is a version compared with the one in force, which is milder where it
// says how.
func (r *room) draft(source string, milder ...string) desk.Version {
	r.t.Helper()
	s, err := r.Store.Standing(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return desk.Version{Name: source, Source: []byte(source), Hash: sha256.Sum256([]byte(source)), Base: s.Effective.Number, Milder: milder}
}

func sign(who string, v desk.Version, verb desk.Verb) approvals.Signature {
	return approvals.Signature{Person: who, Role: "admin", Subject: v.Subject(verb)}
}

// stand advances and says what is in force and what is on its way.
func (r *room) stand(effective int, open desk.State) desk.Standing {
	r.t.Helper()
	s, err := r.Advance(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	got := desk.State("")
	if s.Open != nil {
		got = s.Open.State
	}
	if s.Effective.Number != effective || got != open {
		r.t.Fatalf("policy %d in force and one %q, want %d and %q", s.Effective.Number, got, effective, open)
	}
	return s
}

func (r *room) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) refused(err error, c approvals.Code) {
	r.t.Helper()
	if !errors.Is(err, approvals.Refuse(c)) {
		r.t.Fatalf("%v, want %s", err, c)
	}
}

// DESIGN rule 12: tightening is immediate; loosening takes two admins and 24 hours;
// a rejection, four hours of silence, or anything newer ends it.
func TestRule12_PolicyLife(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		r := newRoom(t, db)
		ctx, root := t.Context(), audit.Actor{Type: audit.Operator, ID: "root"}
		r.stand(0, "")
		r.ok(r.Apply(ctx, r.draft("tight"), root))
		r.stand(1, "")
		tighter := r.draft("tighter")
		r.ok(r.Propose(ctx, tighter, sign(ada, tighter, desk.Propose)))
		r.stand(2, "")
		r.refused(r.Apply(ctx, r.draft("mild", "24 hours instead of 72"), root), approvals.CodeTwoAdmins)

		mild := r.draft("mild", "24 hours instead of 72")
		r.ok(r.Propose(ctx, mild, sign(ada, mild, desk.Propose)))
		open := *r.stand(2, desk.Proposed).Open
		r.refused(r.Approve(ctx, 3, sign(ada, open, desk.Approve)), approvals.CodeOwnProposal)
		fresh := sign(bob, open, desk.Approve)
		fresh.JoinedAt = r.Clock.Now().Add(time.Microsecond - desk.SecondAfter)
		r.refused(r.Approve(ctx, 3, fresh), approvals.CodeTooNew)
		r.ok(r.Approve(ctx, 3, sign(bob, open, desk.Approve)))
		r.refused(r.Approve(ctx, 3, sign(bob, open, desk.Approve)), approvals.CodePolicyMoved)
		r.Clock.Advance(desk.LoosenAfter - time.Microsecond)
		r.stand(2, desk.Scheduled)
		r.Clock.Advance(time.Microsecond)
		r.stand(3, "")

		v := r.draft("milder", "no wait at all")
		r.ok(r.Propose(ctx, v, sign(ada, v, desk.Propose)))
		r.ok(r.Reject(ctx, 4, sign(bob, *r.stand(3, desk.Proposed).Open, desk.Reject)))
		r.stand(3, "")
		if got, err := r.Store.Version(ctx, 4); err != nil || got.State != desk.Rejected || string(got.Source) != "milder" {
			t.Errorf("%+v, %v", got, err)
		}
		v = r.draft("milder", "no wait at all")
		r.ok(r.Propose(ctx, v, sign(bob, v, desk.Propose)))
		open = *r.stand(3, desk.Proposed).Open
		r.Clock.Advance(desk.ProposalLife)
		r.refused(r.Approve(ctx, 5, sign(ada, open, desk.Approve)), approvals.CodePolicyMoved)
		r.stand(3, "")

		r.ok(r.Propose(ctx, v, sign(bob, v, desk.Propose)))
		open = *r.stand(3, desk.Proposed).Open
		r.ok(r.Approve(ctx, 6, sign(ada, open, desk.Approve)))
		r.ok(r.Apply(ctx, r.draft("tightest"), root))
		r.stand(7, "")
		r.Clock.Advance(48 * time.Hour)
		r.stand(7, "")
		r.ruled(7, 3, 2, 1)
		r.refused(r.Propose(ctx, v, sign(bob, v, desk.Propose)), approvals.CodePolicyMoved) // compared with another
		r.history(7)
		older, newer := r.Create(t), r.Create(t)
		for before, want := range map[approvals.ActionID]approvals.ActionID{"": newer.ID, newer.ID: older.ID} {
			if past, err := r.Parts.Policies.Past(ctx, before, 1); err != nil || len(past) != 1 || past[0].ID != want || past[0].Decision.Version == "" {
				t.Errorf("before %q: %+v, %v", before, past, err)
			}
		}
	})
}

// ruled checks which versions are or were in force, from when to when.
func (r *room) ruled(want ...int) {
	r.t.Helper()
	all, err := r.Store.Ruled(r.t.Context(), 10)
	if err != nil || len(all) != len(want) {
		r.t.Fatalf("%d versions were in force, %v, want %d", len(all), err, len(want))
	}
	for i, v := range all {
		if v.Number != want[i] || v.Since.IsZero() || len(v.Source) > 0 || i == 0 != v.EndedAt.IsZero() || i > 0 && !v.EndedAt.Equal(all[i-1].Since) {
			r.t.Errorf("version %d was in force from %s to %s", v.Number, v.Since, v.EndedAt)
		}
	}
	if newest, err := r.Store.Ruled(r.t.Context(), 1); err != nil || len(newest) != 1 || newest[0].Number != want[0] {
		r.t.Errorf("of them the newest: %v, %v", newest, err)
	}
}

// history checks what became of each version, what was recorded, and what both
// marketplaces were told.
func (r *room) history(n int) {
	r.t.Helper()
	all, err := r.Store.Versions(r.t.Context(), n+1)
	want := []desk.State{desk.Effective, desk.Superseded, desk.Lapsed, desk.Rejected, desk.Superseded, desk.Superseded, desk.Superseded}
	if err != nil || len(all) != len(want) {
		r.t.Fatalf("%d versions, %v", len(all), err)
	}
	for i, v := range all {
		if v.State != want[i] || v.Number != n-i || len(v.Source) != 0 {
			r.t.Errorf("version %d is %s, want %s", v.Number, v.State, want[i])
		}
	}
	for query, want := range map[string]int{
		"SELECT count(*) FROM events WHERE verb = 'apply_policy'":            3,
		"SELECT count(*) FROM events WHERE verb = 'propose_policy'":          4,
		"SELECT count(*) FROM events WHERE verb = 'approve_policy'":          2,
		"SELECT count(*) FROM events WHERE verb = 'reject_policy'":           1,
		"SELECT count(*) FROM events WHERE verb = 'lapse_policy'":            1,
		"SELECT count(*) FROM events WHERE verb = 'supersede_policy'":        1,
		"SELECT count(*) FROM events WHERE verb = 'effect_policy'":           1,
		"SELECT count(*) FROM announcements WHERE type = 'policy.effective'": 8,
		"SELECT count(*) FROM announcements WHERE type = 'policy.scheduled'": 4,
		"SELECT count(*) FROM deliveries WHERE type LIKE 'policy.%'":         12,
	} {
		var got int
		if err := r.DB.Read(r.t.Context()).Raw(query).Scan(&got).Error; err != nil || got != want {
			r.t.Errorf("%s: %d, %v, want %d", query, got, err, want)
		}
	}
}

// From a shell on the host what loosens can be stopped, proposed or scheduled, and
// nothing else: the event says by whom, and no person signed.
func TestRule12_StoppedFromTheShell(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		r := newRoom(t, db)
		ctx, root := t.Context(), audit.Actor{Type: audit.Operator, ID: "root"}
		r.ok(r.Apply(ctx, r.draft("tight"), root))
		for n, at := range []desk.State{desk.Proposed, desk.Scheduled} {
			number := 2 + n
			v := r.draft("mild", "x")
			r.ok(r.Propose(ctx, v, sign(ada, v, desk.Propose)))
			if at == desk.Scheduled {
				r.ok(r.Approve(ctx, number, sign(bob, *r.stand(1, desk.Proposed).Open, desk.Approve)))
			}
			r.stand(1, at)
			r.refused(r.Stop(ctx, 1, root), approvals.CodePolicyMoved)
			r.refused(r.Stop(ctx, number+1, root), approvals.CodePolicyMoved)
			r.ok(r.Stop(ctx, number, root))
			r.refused(r.Stop(ctx, number, root), approvals.CodePolicyMoved)
			r.Clock.Advance(2 * desk.LoosenAfter)
			r.stand(1, "")
			if got, err := r.Store.Version(ctx, number); err != nil || got.State != desk.Rejected || got.Rejecter != "" {
				t.Errorf("%s by %q, %v", got.State, got.Rejecter, err)
			}
		}
		var events int
		err := r.DB.Read(ctx).Raw("SELECT count(*) FROM events WHERE verb = 'reject_policy' AND actor_type = 'operator' AND actor_id = 'root'").Scan(&events).Error
		if err != nil || events != 2 {
			t.Errorf("%d events say who, %v", events, err)
		}
	})
}

// What marketplaces are told is thin: the number and the hash, and no rule.
func TestPolicies_Told(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	v := r.draft("tight")
	r.ok(r.Apply(t.Context(), v, audit.Actor{Type: audit.Operator, ID: "root"}))
	events, err := r.Parts.Deliveries.Events(t.Context(), approvals.FeedQuery{Marketplace: "globex", Limit: 10})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	body, err := events[0].Body()
	want := `"data":{"object":"policy","digest":"` + approvals.Digest(v.Hash).String() + `","sequence":1}}`
	if err != nil || !strings.HasPrefix(string(body), `{"type":"policy.effective"`) || !strings.HasSuffix(string(body), want) {
		t.Errorf("%s, %v", body, err)
	}
}

// A signature is over one verb and one version, by an admin.
func TestRule12_SignedForThis(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenSQLite(t))
	v := r.draft("mild", "x")
	agent := sign(ada, v, desk.Propose)
	agent.Role = "agent"
	for name, s := range map[string]approvals.Signature{
		"another verb": sign(ada, v, desk.Approve), "another source": sign(ada, r.draft("other", "x"), desk.Propose), "an agent": agent,
	} {
		if err := r.Propose(t.Context(), v, s); !errors.Is(err, approvals.Refuse(approvals.CodeProofOther)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.ok(r.Propose(t.Context(), v, sign(ada, v, desk.Propose)))
	open := *r.stand(0, desk.Proposed).Open
	for name, s := range map[string]approvals.Signature{
		"the proposal's signature": sign(bob, v, desk.Propose), "a rejection": sign(bob, open, desk.Reject), "without its number": sign(bob, v, desk.Approve),
	} {
		if err := r.Approve(t.Context(), 1, s); !errors.Is(err, approvals.Refuse(approvals.CodeProofOther)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.Reject(t.Context(), 1, sign(bob, open, desk.Approve)); !errors.Is(err, approvals.Refuse(approvals.CodeProofOther)) {
		t.Errorf("an approval taken for a rejection: %v", err)
	}
	r.stand(0, desk.Proposed)
}

// Nodes that find the same version due bring it into force once, and of two who
// answer at once one does.
func TestPolicies_OneWins(t *testing.T) {
	t.Parallel()
	r := newRoom(t, approvalstest.OpenPostgres(t))
	v := r.draft("mild", "x")
	r.ok(r.Propose(t.Context(), v, sign(ada, v, desk.Propose)))
	open := *r.stand(0, desk.Proposed).Open
	var all sync.WaitGroup
	var errs [2]error
	all.Go(func() { errs[0] = r.Approve(t.Context(), 1, sign(bob, open, desk.Approve)) })
	all.Go(func() { errs[1] = r.Approve(t.Context(), 1, sign(bob, open, desk.Approve)) })
	all.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("%v and %v", errs[0], errs[1])
	}
	r.Clock.Advance(desk.LoosenAfter)
	for range 4 {
		all.Go(func() {
			if _, err := r.Advance(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.stand(1, "")
	var told int
	if err := r.DB.Read(t.Context()).Raw("SELECT count(*) FROM announcements WHERE type = 'policy.effective'").Scan(&told).Error; err != nil || told != 2 {
		t.Errorf("told %d times, %v", told, err)
	}
}
