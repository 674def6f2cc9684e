package auth_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
)

// C6, PS-04: how long a refusal takes does not tell why. The statistic is the
// median of 2,000 samples of each kind, taken in turns; no two differ by more
// than a quarter, about a microsecond. The work is this package's: a store's
// statements are the same for all three.
func TestTiming_WrongReplayedUnknown(t *testing.T) {
	const samples, threshold = 2000, 0.25
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	w.store.records[0].LastStep = w.clock.Unix() // far ahead: every step is spent
	nobody := subject("a-1")
	nobody.Seller.Seller = "nobody"
	right := app.Code(w.clock)
	kinds := []struct {
		name string
		sub  auth.Subject
		code string
		took []time.Duration
	}{
		{name: "wrong", sub: subject("a-1"), code: w.wrongCode(app)},
		{name: "replayed", sub: subject("a-1"), code: right},
		{name: "unknown", sub: nobody, code: right},
	}
	for n := range samples * len(kinds) {
		k := &kinds[(n+n/len(kinds))%len(kinds)] // not always in the same order
		clear(w.store.tries)
		w.store.records[0].Failures, w.store.events = 0, w.store.events[:0]
		begun := time.Now()
		_, err := w.auth.ProveCode(t.Context(), k.sub, k.code)
		k.took = append(k.took, time.Since(begun))
		refused(t, err, approvals.CodeProofWrong)
	}
	median := func(i int) float64 {
		slices.Sort(kinds[i].took)
		return float64(kinds[i].took[len(kinds[i].took)/2])
	}
	for i := range kinds {
		for j := range i {
			if a, b := median(i), median(j); math.Abs(a-b) > threshold*math.Min(a, b) {
				t.Errorf("%s takes %v, %s takes %v", kinds[i].name, time.Duration(a), kinds[j].name, time.Duration(b))
			}
		}
	}
}
