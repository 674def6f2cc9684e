package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// Account are details that name the n-th of many accounts, which are valid.
func Account(n int) []byte {
	return fmt.Appendf(nil, `{"to":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"}}`, n)
}

// To asks for an action of this seller, with one contact, that names the n-th account.
func (w *World) To(key approvals.SellerKey, n int) approvals.Request {
	r := w.Request(key)
	r.Details, r.Answer = Account(n), nil
	r.Seller.Contacts = r.Seller.Contacts[:1]
	return r
}

// Named creates what To asks for.
func (w *World) Named(t testing.TB, seller int64, account int) approvals.Action {
	t.Helper()
	return w.must(t)(w.Service.Create(ctx, w.To(w.SellerKey(seller), account)))
}

// seen are the signals that another action of this seller would be judged by.
func (w *World) seen(t testing.TB, key approvals.SellerKey, fingerprint string) approvals.Signals {
	t.Helper()
	s, err := w.Parts.Reader.Signals(ctx, approvals.Look{Seller: key, Kind: approvals.PayoutAccountChange, Fingerprint: fingerprint, Now: w.Clock.Now()})
	ok(t, err)
	return s
}

const days = 24 * time.Hour

// signalsShared: who proved something counts for 30 and 365 days, those who wait
// without a proof count as one, and who gave up counts no more.
func signalsShared(t *testing.T, w *World) {
	first := w.Named(t, 1, 7)
	at := func(what string, shared30, shared365 int) {
		t.Helper()
		if s := w.seen(t, w.SellerKey(9), first.Fingerprint); s.Shared30 != shared30 || s.Shared365 != shared365 {
			t.Errorf("%s: shared %d in 30 days and %d in 365, want %d and %d", what, s.Shared30, s.Shared365, shared30, shared365)
		}
	}
	at("one waits", 1, 1)
	same(t, "of the seller's own", w.seen(t, w.SellerKey(1), first.Fingerprint).Shared30, 0)
	w.Named(t, 2, 7)
	at("two wait, and nobody proved anything", 1, 1)
	w.DriveOn(t, first, approvals.Notifying)
	at("one proved it, and one waits", 2, 2)
	third := w.DriveOn(t, w.Named(t, 3, 7), approvals.Notifying)
	at("two proved it, and one waits", 3, 3)
	w.DriveOn(t, third, approvals.Cancelled)
	at("who cancelled what was proved stays", 3, 3)
	w.Clock.Advance(31 * days)
	at("a month later, while they wait", 1, 3)
	w.Clock.Advance(340 * days)
	at("a year later", 1, 1)
	if s := w.seen(t, approvals.SellerKey{Marketplace: "other", Seller: "s"}, first.Fingerprint); s.Shared30 != 0 || s.Shared365 != 0 {
		t.Errorf("another marketplace's seller sees %+v", s)
	}
}

// signalsWeak: what failed, expired, was disowned without a proof or was refused is
// said of the destination, and counts as nobody's sharing.
func signalsWeak(t *testing.T, w *World) {
	end := map[string]func(a approvals.Action) string{
		"failed":  func(a approvals.Action) string { return w.DriveOn(t, a, approvals.Failed).Fingerprint },
		"expired": func(a approvals.Action) string { return w.DriveOn(t, a, approvals.Expired).Fingerprint },
		"disowned": func(a approvals.Action) string {
			_, err := w.Service.NotMe(ctx, a.Key())
			ok(t, err)
			return a.Fingerprint
		},
		"refused": func(a approvals.Action) string {
			_, err := w.Service.Create(ctx, w.To(a.SellerKey(), 99))
			refused(t, err, approvals.CodeOpen)
			w.DriveOn(t, a, approvals.Cancelled)
			b := w.Named(t, 98, 99)
			w.DriveOn(t, b, approvals.Cancelled)
			return b.Fingerprint
		},
	}
	n := 0
	for name, ends := range end {
		n++
		fingerprint := ends(w.Named(t, int64(n), n))
		if s := w.seen(t, w.SellerKey(50), fingerprint); !s.FailedAttempt || s.Shared30 != 0 || s.Shared365 != 0 || s.Disputed {
			t.Errorf("%s: %+v", name, s)
		}
	}
	proved := w.DriveOn(t, w.Named(t, 60, 60), approvals.Notifying)
	w.Clock.Advance(time.Minute)
	_, err := w.Service.NotMe(ctx, proved.Key())
	ok(t, err)
	if s := w.seen(t, w.SellerKey(50), proved.Fingerprint); s.Disputed || !s.FailedAttempt || s.Shared30 != 1 {
		t.Errorf("disowned after a proof: %+v", s)
	}
}

// signalsOwn: what a seller did before.
func signalsOwn(t *testing.T, w *World) {
	key := w.SellerKey(1)
	begun := w.Clock.Now()
	a := w.Named(t, 1, 1)
	if s := w.seen(t, key, a.Fingerprint); !s.ChangeOpen || s.Changes30 != 1 || s.Cancels30 != 0 || !s.DestinationSince.IsZero() || !s.LastChangeAt.IsZero() {
		t.Errorf("while the first change waits: %+v", s)
	}
	a = w.DriveOn(t, a, approvals.Executed)
	placed := a.EndedAt
	if s := w.seen(t, key, a.Fingerprint); s.ChangeOpen || !s.DestinationSince.Equal(placed) || !s.DestinationUsed.Equal(w.Clock.Now()) || !s.LastChangeAt.Equal(placed) {
		t.Errorf("where the seller is paid: %+v, placed %v", s, placed)
	}
	w.Clock.Advance(40 * days)
	b := w.DriveOn(t, w.Named(t, 1, 2), approvals.Executed)
	w.Clock.Advance(5 * days)
	w.DriveOn(t, w.Named(t, 1, 3), approvals.Cancelled)
	if s := w.seen(t, key, a.Fingerprint); !s.DestinationSince.Equal(placed) || !s.DestinationUsed.Equal(b.EndedAt) || !s.LastChangeAt.Equal(b.EndedAt) || s.Changes30 != 2 || s.Cancels30 != 1 {
		t.Errorf("of the account before: %+v, left %v", s, b.EndedAt)
	}
	if s := w.seen(t, key, b.Fingerprint); !s.DestinationSince.Equal(b.EndedAt) || !s.DestinationUsed.Equal(w.Clock.Now()) {
		t.Errorf("of the present one: %+v", s)
	}
	if begun.Equal(placed) {
		t.Error("nothing took any time")
	}
	loan := w.To(key, 2)
	loan.Kind = approvals.LoanDisbursement
	loan.Details = []byte(`{"amount":"200.00","currency":"GBP","lender":"Acme Capital","destination":{"holder":"Anna Rossi","sort_code":"204060","account_number":"00000002"}}`)
	for n := range 3 {
		w.Clock.Advance(time.Hour)
		w.DriveOn(t, w.must(t)(w.Service.Create(ctx, loan)), approvals.Cancelled)
		if s := w.seen(t, key, b.Fingerprint); s.Loans30 != n+1 || !s.LoanAt.Equal(w.Clock.Now()) || s.Changes30 != 2 {
			t.Errorf("after %d loans: %+v", n+1, s)
		}
	}
	bounced := w.DriveOn(t, w.Named(t, 4, 4), approvals.Notifying)
	w.must(t)(w.Parts.Store.Update(ctx, bounced.Key(), func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.NoticeRefused(a.Contacts[0].Email, approvals.MailDone{ID: NewID(), At: w.Clock.Now()})
	}))
	if s := w.seen(t, bounced.SellerKey(), bounced.Fingerprint); !s.NoticeBounced {
		t.Errorf("a notice was refused: %+v", s)
	}
}

// signalsAlike: requests that have two things in common are counted for a day, the
// seller's own and ordinary ones are not.
func signalsAlike(t *testing.T, w *World) {
	var got []int
	store := *w.Service
	store.Policy = watching(func(f approvals.Facts) { got = append(got, f.Signals.Alike) })
	ask := func(seller int64, account int, change func(*approvals.Request)) int {
		t.Helper()
		r := w.To(w.SellerKey(seller), account)
		r.Seller.Contacts[0].Email = fmt.Sprintf("s%d@mail-%d.example", seller, seller)
		r.Supersede = true
		if change != nil {
			change(&r)
		}
		_, err := store.Create(ctx, r)
		ok(t, err)
		return got[len(got)-1]
	}
	for n := range 4 {
		same(t, fmt.Sprintf("alike, of %d before", n), ask(int64(n+1), n+1, nil), n)
	}
	same(t, "the seller's own do not count", ask(4, 4, nil), 3)
	for range 3 {
		same(t, "who asks again and again", ask(30, 30, nil), 4)
	}
	same(t, "one who asked again and again counts once", ask(31, 31, nil), 5)
	other := func(r *approvals.Request) { r.Context.IP, r.Context.UserAgent = "203.0.113.9", "Lynx" }
	same(t, "alike in the bank alone", ask(20, 20, other), 0)
	w.Clock.Advance(25 * time.Hour)
	same(t, "a day later", ask(21, 21, nil), 0)
	for day := range 7 { // it is ordinary: some every day
		for n := range 3 {
			ask(int64(100+10*day+n), 100+10*day+n, nil)
		}
		w.Clock.Advance(24 * time.Hour)
	}
	ask(300, 300, nil)
	ask(301, 301, nil)
	same(t, "as many as ever", ask(302, 302, nil), 0)
	for n := range 10 {
		ask(int64(310+n), 310+n, nil)
	}
	if n := ask(330, 330, nil); n < 10 {
		t.Errorf("alike on the day of a campaign: %d", n)
	}
}

// watching is a policy that tells what it is shown.
type watching func(approvals.Facts)

func (see watching) Decide(f approvals.Facts) approvals.Decision {
	see(f)
	return DefaultWaits.Decide(f)
}

// raceNamed: of many sellers who name one account at once, one is the first and
// each other sees those before it.
func raceNamed(t *testing.T, w *World) {
	const n = 12
	firsts := make(chan int, 10*n) // a database may ask for another try
	store := *w.Service
	store.Policy = watching(func(f approvals.Facts) { firsts <- f.Signals.Shared30 })
	if won := winners(t, n, func(i int) error {
		_, err := store.Create(ctx, w.To(w.SellerKey(int64(i+1)), 7))
		return err
	}); won != n {
		t.Errorf("%d of %d sellers could ask", won, n)
	}
	close(firsts)
	alone := 0
	for shared := range firsts {
		if shared == 0 {
			alone++
		}
	}
	if alone == 0 || alone > 1 {
		t.Errorf("%d of %d saw nobody before them, want the first alone", alone, n)
	}
}
