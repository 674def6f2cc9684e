package approvals_test

import (
	"errors"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

var agreedAt = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// recovering is a recovery that is open, and its seller.
func recovering(t *testing.T) (approvals.Recovery, approvals.Seller) {
	t.Helper()
	s := approvals.Seller{SellerKey: approvals.SellerKey{Marketplace: "acme", Seller: "s-1"}, CreatedAt: agreedAt.AddDate(-1, 0, 0)}
	s.Contacts = []approvals.Contact{{Email: "a@b.example", Since: s.CreatedAt}}
	r := approvals.NewRecovery("r-1", s.SellerKey, "d-1", agreedAt)
	c := r.Due(s, r.OpensAt)
	if c.Recovery.State != approvals.RecoveryOpen || c.Recovery.Serial != 1 || !c.Recovery.LinkUntil.Equal(r.OpensAt.Add(24*time.Hour)) {
		t.Fatalf("opened %+v", c.Recovery)
	}
	return c.Recovery, s
}

// TestRecovery_Calendar: the link opens after 72 hours and not before, a new one
// comes each day, and after seven days it lapses.
func TestRecovery_Calendar(t *testing.T) {
	t.Parallel()
	r, s := recovering(t)
	early := approvals.NewRecovery("r-1", s.SellerKey, "d-1", agreedAt)
	if c := early.Due(s, agreedAt.Add(72*time.Hour-1)); c.Changed {
		t.Errorf("before its time it is %s", c.Recovery.State)
	}
	if c := early.Due(s, early.LapsesAt); c.Recovery.State != approvals.RecoveryLapsed { // nobody swept for ten days
		t.Errorf("after its time it is %s", c.Recovery.State)
	}
	links := 1
	for r.State == approvals.RecoveryOpen {
		c := r.Due(s, r.DueAt())
		if r = c.Recovery; r.State == approvals.RecoveryOpen {
			links++
		}
	}
	if links != 7 || r.State != approvals.RecoveryLapsed || !r.EndedAt.Equal(r.LapsesAt) || !r.DueAt().IsZero() {
		t.Errorf("%d links, then %+v", links, r)
	}
}

// TestRecovery_MayFinish is every reason why a recovery cannot be finished.
func TestRecovery_MayFinish(t *testing.T) {
	t.Parallel()
	open, seller := recovering(t)
	stop := approvals.RecoveryStop{By: audit.Actor{Type: audit.Agent, ID: "p-1"}, Why: approvals.StopAgent, At: open.OpensAt}
	done, err := open.Finish(seller, "a-1", open.OpensAt)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*approvals.Seller)) approvals.Seller {
		s := seller
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		r    approvals.Recovery
		s    approvals.Seller
		at   time.Time
		want approvals.Code
	}{
		"open":             {open, seller, open.LapsesAt.Add(-1), ""},
		"too early":        {open, seller, open.OpensAt.Add(-1), approvals.CodeTooEarly},
		"waiting":          {approvals.NewRecovery("r", seller.SellerKey, "d", agreedAt), seller, agreedAt.Add(100 * time.Hour), approvals.CodeTooEarly},
		"lapsed":           {open, seller, open.LapsesAt, approvals.CodeLinkExpired},
		"stopped":          {open.Stop(stop).Recovery, seller, open.OpensAt, approvals.CodeLinkExpired},
		"done":             {done, seller, open.OpensAt, approvals.CodeLinkSpent},
		"locked":           {open, with(func(s *approvals.Seller) { s.Locked = true }), open.OpensAt, approvals.CodeSellerLocked},
		"travelling":       {open, with(func(s *approvals.Seller) { s.Choices.TravelUntil = open.LapsesAt }), open.OpensAt, approvals.CodeTravelLock},
		"an address came":  {open, with(func(s *approvals.Seller) { s.Contacts = []approvals.Contact{{Since: agreedAt.Add(1)}} }), open.OpensAt, approvals.CodeContactChanged},
		"an address left":  {open, with(func(s *approvals.Seller) { s.Contacts = []approvals.Contact{{RetiredAt: agreedAt.Add(1)}} }), open.OpensAt, approvals.CodeContactChanged},
		"an older address": {open, with(func(s *approvals.Seller) { s.Contacts = []approvals.Contact{{Since: agreedAt}} }), open.OpensAt, ""},
	} {
		err := c.r.MayFinish(c.s, c.at)
		if c.want == "" && err != nil || c.want != "" && !errors.Is(err, approvals.Refuse(c.want)) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if again := done.Stop(stop); again.Changed {
		t.Error("what is done is stopped")
	}
	moved := with(func(s *approvals.Seller) { s.Contacts = []approvals.Contact{{Since: agreedAt.Add(1)}} })
	if c := open.Due(moved, open.DueAt()); c.Recovery.State != approvals.RecoveryStopped || c.Event.Data["reason"] != "contact_changed" {
		t.Errorf("after an address changed it is %s", c.Recovery.State)
	}
}

// TestRecovery_MayRecover is every reason why two agents cannot agree on one (UX C6).
func TestRecovery_MayRecover(t *testing.T) {
	t.Parallel()
	_, s := recovering(t)
	young := s
	young.Contacts = []approvals.Contact{{Since: agreedAt.AddDate(0, 0, -29)}}
	replaced := s
	replaced.Contacts = []approvals.Contact{{Since: s.CreatedAt, RetiredAt: agreedAt.AddDate(0, 0, -29)}}
	for name, c := range map[string]struct {
		err  error
		want approvals.Code
	}{
		"may":             {s.MayRecover(false, true, agreedAt), ""},
		"one runs":        {s.MayRecover(true, true, agreedAt), approvals.CodeRecoveryRuns},
		"nothing to lose": {s.MayRecover(false, false, agreedAt), approvals.CodeNothingLost},
		"a young address": {young.MayRecover(false, true, agreedAt), approvals.CodeContactChanged},
		"a replaced one":  {replaced.MayRecover(false, true, agreedAt), approvals.CodeContactChanged},
		"30 days later":   {young.MayRecover(false, true, agreedAt.AddDate(0, 0, 2)), ""},
	} {
		if c.want == "" && c.err != nil || c.want != "" && !errors.Is(c.err, approvals.Refuse(c.want)) {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
}
