package desk

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// past is a store of versions that came into force an hour apart.
type past struct {
	Store
	versions []Version // the newest first
	reads    int
	err      error
}

func (l *past) Standing(context.Context) (Standing, error) {
	return Standing{Effective: l.versions[0]}, nil
}

func (l *past) Version(_ context.Context, number int) (Version, error) {
	l.reads++
	return l.versions[len(l.versions)-number], nil
}

func (l *past) Ruled(_ context.Context, limit int) ([]Version, error) {
	return l.versions[:min(limit, len(l.versions))], l.err
}

// add puts a version in force that is named after its number.
func (l *past) add(source string) {
	n := len(l.versions) + 1
	v := Version{Number: n, Name: strings.Repeat("v", n), Source: []byte(source), Hash: sha256.Sum256([]byte(source)), Since: hour(n)}
	if n > 1 {
		l.versions[0].EndedAt = v.Since
	}
	l.versions = append([]Version{v}, l.versions...)
}

func hour(n int) time.Time { return time.Unix(0, 0).Add(time.Duration(n) * time.Hour) }

func newPast(t *testing.T) (*past, *InForce) {
	t.Helper()
	l := &past{}
	return l, NewInForce(&Policies{Store: l, Default: risk.Default(), Now: func() time.Time { return hour(100) }}, 1)
}

// TestRule12_InForceSince: every version that was in force then or after is asked,
// also by a node that was started when it was over; each is read once.
func TestRule12_InForceSince(t *testing.T) {
	t.Parallel()
	l, f := newPast(t)
	source := string(risk.Default().Source())
	for n := range 3 {
		l.add(source + strings.Repeat("\n", n+1))
	}
	if err := f.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]int{hour(0): 4, hour(1): 3, hour(2).Add(-1): 3, hour(2): 2, hour(3): 1, hour(9): 1} {
		all := f.Since(at)
		if len(all) != want || all[len(all)-1].Version() != f.Version() {
			t.Errorf("since %s: %d versions, want %d", at, len(all), want)
		}
	}
	if first := f.Since(hour(0))[0]; first.Version() != risk.Default().Version() {
		t.Errorf("before them all %s was in force", first.Version())
	}
	l.add(source + "\n\n\n\n")
	if err := f.Follow(t.Context()); err != nil || l.reads != 4 || len(f.Since(hour(0))) != 5 {
		t.Errorf("%d reads of 4 versions, %v", l.reads, err)
	}
}

// TestRule17_PastUnread: a node that cannot read what was in force refuses until it
// can; of a version that does not compile two people take the place.
func TestRule17_PastUnread(t *testing.T) {
	t.Parallel()
	l, f := newPast(t)
	l.add("not a policy")
	l.add(string(risk.Default().Source()))
	l.err = context.DeadlineExceeded
	if err := f.Follow(t.Context()); err == nil || f.Known() == nil {
		t.Fatalf("decides without knowing what was in force: %v", err)
	}
	l.err = nil
	if err := f.Follow(t.Context()); err == nil || f.Known() != nil {
		t.Fatalf("what does not compile is not said: %v", err)
	}
	all := f.Since(hour(1))
	d := all[0].Judge(approvals.LoanDisbursement, approvals.TOTP, nil)
	if _, permitted := d.Wait[approvals.TOTP]; len(all) != 2 || all[0].Version() != "v" || d.Outcome != approvals.Review || !permitted || len(d.Rules) != 1 {
		t.Errorf("%d versions, the first says %+v", len(all), d)
	}
}

// TestRule12_InForceSince_bounded: what was created before the oldest version that a
// node keeps goes to two people.
func TestRule12_InForceSince_bounded(t *testing.T) {
	t.Parallel()
	l, f := newPast(t)
	for range recallable + 1 {
		l.add("x")
	}
	l.versions[0].Source = risk.Default().Source()
	l.versions[0].Hash = sha256.Sum256(l.versions[0].Source)
	_ = f.Follow(t.Context())
	if n := len(f.Since(hour(2))); n != recallable {
		t.Errorf("%d versions since the oldest that is kept, want %d", n, recallable)
	}
	all := f.Since(hour(2).Add(-1))
	if d := all[0].Judge(approvals.ContactChange, approvals.Passkey, nil); len(all) != recallable+1 || d.Outcome != approvals.Review {
		t.Errorf("%d versions, and before them: %s", len(all), d.Outcome)
	}
}
