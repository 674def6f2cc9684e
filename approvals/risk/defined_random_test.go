package risk_test

import (
	"math/rand/v2"
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

// TestRule12_DefinedKinds is TestRule12_WorseSignalsAskForNoLess for kinds that a file
// defines, by rules that speak of them.
func TestRule12_DefinedKinds(t *testing.T) {
	t.Parallel()
	source, err := risk.Profile("payout_now")
	if err != nil {
		t.Fatal(err)
	}
	p, err := risk.Parse("p.yaml", append(source, shopOrder...))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(6, 2018))
	own := p.Kinds()[len(allKinds):]
	seen := map[approvals.Outcome]int{}
	var c context
	var a approvals.Decision
	for i := range contexts(t) / 4 {
		if i%8 == 0 {
			c = draw(r.IntN)
			c.kind = own[r.IntN(len(own))]
			a = p.Judge(c.kind, c.method, c.in)
			continue
		}
		next := c.worsen(r.IntN)
		b := p.Judge(next.kind, next.method, next.in)
		seen[b.Outcome]++
		if why := less(a, b, c.method, next.method); why != "" {
			t.Fatalf("%s, %s to %s: %s\n%v\n%v", c.kind, c.method, next.method, why, c.in, next.in)
		}
		c, a = next, b
	}
	if len(own) != 4 || len(seen) < 4 {
		t.Errorf("of %v only %v were seen", own, seen)
	}
}
