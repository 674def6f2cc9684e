package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// from asks for a change of this seller out of the n-th network and a country.
func (w *World) from(seller int64, n int, country string) approvals.Request {
	r := w.To(w.SellerKey(seller), int(seller))
	r.Context.IP, r.Context.Country = fmt.Sprintf("10.0.%d.%d", n, 1+w.sellers.Add(1)%200), country
	return r
}

// fresh says whether a request would come from a new network, and a new country.
func (w *World) fresh(t testing.TB, r approvals.Request) string {
	t.Helper()
	var seen approvals.Signals
	s := *w.Service
	s.Policy = watching(func(f approvals.Facts) { seen = f.Signals })
	_, err := s.Assess(ctx, r)
	ok(t, err)
	return fmt.Sprint(seen.NewNetwork, seen.NewCountry)
}

// signalsPlaces: a network and a country are known by what was proved from there, and
// by no attempt.
func signalsPlaces(t *testing.T, w *World) {
	ask := func(r approvals.Request, to approvals.State) approvals.Action {
		t.Helper()
		w.Clock.Advance(time.Minute)
		return w.DriveOn(t, w.must(t)(w.Service.Create(ctx, r)), to)
	}
	home, away := w.from(1, 1, "IT"), w.from(1, 2, "RO")
	first := ask(home, approvals.Notifying)
	w.DriveOn(t, first, approvals.Cancelled)
	same(t, "a first step-up is not known from yet, so there is nothing to compare", w.fresh(t, away), "false false")
	w.Clock.Set(first.MovedAt.Add(30*days - time.Second))
	same(t, "a second before 30 days", w.fresh(t, away), "false false")
	w.Clock.Advance(time.Second)
	same(t, "30 days later, from home", w.fresh(t, home), "false false")
	same(t, "from another address of the network", w.fresh(t, w.from(1, 1, "IT")), "false false")
	same(t, "from elsewhere", w.fresh(t, away), "true true")
	same(t, "in the same country", w.fresh(t, w.from(1, 2, "IT")), "true false")
	same(t, "where nothing is said", w.fresh(t, func() approvals.Request { r := away; r.Context.IP, r.Context.Country = "", ""; return r }()), "false false")
	same(t, "of another seller", w.fresh(t, w.from(2, 2, "RO")), "false false")
	for _, vain := range []approvals.State{approvals.Cancelled, approvals.Failed, approvals.Expired} {
		ask(away, vain)
		w.Clock.Advance(31 * days)
		same(t, "31 days after an attempt that ended "+string(vain), w.fresh(t, away), "true true")
	}
	proved := ask(away, approvals.Notifying)
	w.Clock.Advance(time.Hour)
	w.DriveOn(t, proved, approvals.Cancelled)
	same(t, "proved from there an hour ago", w.fresh(t, away), "true true")
	w.Clock.Advance(30 * days)
	same(t, "and 30 days ago", w.fresh(t, away), "false false")
	ask(w.from(1, 3, "DE"), approvals.Executed)
	same(t, "confirmed from there", w.fresh(t, w.from(1, 3, "DE")), "false false")
	other := w.from(1, 4, "FR")
	thief := ask(other, approvals.CoolingOff)
	w.Clock.Advance(time.Hour)
	_, err := w.Service.NotMe(ctx, thief.Key())
	ok(t, err)
	w.Clock.Advance(31 * days)
	same(t, "proved from there by somebody else", w.fresh(t, other), "true true")
}

// signalsPlacesBound: of many places the newest are kept, and what was confirmed stays.
func signalsPlacesBound(t *testing.T, w *World) {
	home := w.from(1, 0, "IT")
	w.DriveOn(t, w.must(t)(w.Service.Create(ctx, home)), approvals.Executed)
	for n := range 25 {
		w.Clock.Advance(time.Minute)
		r := w.from(1, n+1, "IT")
		w.DriveOn(t, w.DriveOn(t, w.must(t)(w.Service.Create(ctx, r)), approvals.Notifying), approvals.Cancelled)
	}
	var networks, countries int
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT count(*) FROM seller_places WHERE what = 'network'").Scan(&networks))
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT count(*) FROM seller_places WHERE what = 'country'").Scan(&countries))
	same(t, "networks kept", networks, 20)
	same(t, "countries kept", countries, 1)
	same(t, "from where it was confirmed", w.fresh(t, home), "false false")
	w.Clock.Advance(31 * days)
	same(t, "from one of the oldest", w.fresh(t, w.from(1, 3, "IT")), "true false")
	same(t, "from one of the newest", w.fresh(t, w.from(1, 25, "IT")), "false false")
}
