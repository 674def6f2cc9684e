package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/destination"
	"countersign/approvals/risk"
)

// decisions is P13: what a decision by the compiled-in policy costs as actions
// grow in number. A decision reads the signals of one seller about one destination
// and judges them. Most actions of a filled database are changes of the last
// minutes with one browser and network between them, and one in twenty is about
// the same destination: nothing that is counted counts little.
func decisions(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		few, err := b.decider(ctx, kind, b.few)
		if err != nil {
			return err
		}
		for _, n := range b.sizes() {
			many, err := b.decider(ctx, kind, n)
			if err != nil {
				return err
			}
			few.took, many.took = nil, nil
			if _, err := b.compare(ctx, comparison{
				figure: "P13", what: fmt.Sprintf("cost of a decision on %s, %d actions against %d, one caller", kind, n, b.few),
				unit: "µs", target: target{atMost: true, ratio: 1.5},
				ours: many.contender(), peer: few.contender(),
			}); err != nil {
				return err
			}
			for _, d := range []*decider{few, many} {
				b.line(fmt.Sprintf("decisions with %d", d.actions), "%s", d)
			}
		}
	}
	return nil
}

// sizes are the numbers of actions that are set against few.
func (o options) sizes() []int {
	var out []int
	for _, n := range []int{shortActions, fullActions} {
		if n < o.many {
			out = append(out, n)
		}
	}
	return append(out, o.many)
}

// looksEach is how many sorts of looks there are.
const looksEach = 4

// decider makes decisions on one database.
type decider struct {
	e       *engine
	actions int
	policy  approvals.Policy
	looks   []approvals.Look
	next    int
	took    []time.Duration
}

// decider fills a database and draws whom to decide about: sellers of the crowd on
// the destination they named and on the one that many did, and sellers nobody has
// seen, evenly.
func (b *bench) decider(ctx context.Context, kind string, n int) (*decider, error) {
	e, err := b.filled(ctx, kind, n)
	if err != nil {
		return nil, err
	}
	d := &decider{e: e, actions: n, policy: risk.Default()}
	for i, s := range e.sample {
		fresh := crowded{seller: approvals.SellerID("fresh-" + newID()), self: approvals.Trait(i)}
		d.looks = append(d.looks, e.look(s, s.fingerprint), e.look(s, e.hot), e.look(fresh, e.hot), e.look(fresh, e.own(i)))
	}
	return d, nil
}

// own is the fingerprint of an account nobody has named.
func (e *engine) own(i int) string {
	return destination.Fingerprint(e.keys.Fingerprints(), destination.Destination{
		Holder: "Anna Rossi", SortCode: "202015", AccountNumber: fmt.Sprintf("%08d", i),
	})
}

func (e *engine) look(s crowded, fingerprint string) approvals.Look {
	return approvals.Look{
		Seller: approvals.SellerKey{Marketplace: e.market.ID, Seller: s.seller}, Kind: approvals.PayoutAccountChange,
		Fingerprint: fingerprint, Traits: e.traits, Self: s.self,
	}
}

// decide is one decision.
func (d *decider) decide(ctx context.Context, l approvals.Look) error {
	l.Now = time.Now()
	seen, err := d.e.parts.Reader.Signals(ctx, l)
	if err != nil {
		return err
	}
	got := d.policy.Decide(approvals.Facts{
		Kind: l.Kind, Seller: approvals.Seller{SellerKey: l.Seller, Country: "IT"}, Fingerprint: l.Fingerprint,
		Details: d.e.request(string(l.Seller.Seller)).Details, Signals: seen, Now: l.Now,
	})
	if len(got.Rules) == 0 {
		return fmt.Errorf("decided %s without a rule", got.Class)
	}
	return nil
}

// contender decides again and again and returns what one decision took, in
// microseconds: of each of the four sorts of looks the median, and their mean. A
// median does not mind what else the machine did now and then.
func (d *decider) contender() contender {
	return contender{fmt.Sprintf("with %d", d.actions), func(ctx context.Context, turn time.Duration) (float64, error) {
		var sorts [looksEach][]time.Duration
		for began := time.Now(); time.Since(began) < turn; d.next++ {
			at := time.Now()
			if err := d.decide(ctx, d.looks[d.next%len(d.looks)]); err != nil {
				return 0, err
			}
			took := time.Since(at)
			d.took = append(d.took, took)
			sorts[d.next%looksEach] = append(sorts[d.next%looksEach], took)
		}
		var sum time.Duration
		for _, took := range sorts {
			sum += quantile(took, 0.5)
		}
		return float64(sum.Nanoseconds()) / 1000 / looksEach, nil
	}}
}

// String is what one caller gets.
func (d *decider) String() string {
	var sum time.Duration
	for _, t := range d.took {
		sum += t
	}
	var parts []string
	for _, p := range []float64{0.5, 0.99} {
		parts = append(parts, fmt.Sprintf("p%.0f %s", p*100, millis(quantile(d.took, p))))
	}
	return fmt.Sprintf("%s/s, %s", short(float64(len(d.took))/sum.Seconds()), strings.Join(parts, ", "))
}
