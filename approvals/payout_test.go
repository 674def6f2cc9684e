package approvals_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// oneSignal is a reader of signals that always says the same.
type oneSignal approvals.Signals

func (s oneSignal) Signals(context.Context, approvals.Look) (approvals.Signals, error) {
	return approvals.Signals(s), nil
}

func payout(speed string) string { return `{"speed":"` + speed + `","destination":` + newAccount + `}` }

// THREATS C1: to the hour.
func TestAssessPayout_instantAfterChange(t *testing.T) {
	t.Parallel()
	sent := func(hours time.Duration) oneSignal {
		return oneSignal{DestinationSince: t0.Add(-hours * time.Hour)}
	}
	open, denied, frozen, disputed := sent(1000), sent(1000), sent(1000), sent(1000)
	open.ChangeOpen, denied.Denied, frozen.Frozen, disputed.Disputed = true, true, true, true
	own := oneSignal{Current: true, Frozen: true, Disputed: true, DestinationSince: t0.Add(-336 * time.Hour)}
	young, disowned, listed := own, own, own
	young.DestinationSince, disowned.Disowned, listed.Denied = t0.Add(-335*time.Hour), true, true
	for _, c := range []struct {
		name               string
		seen               approvals.SignalReader
		locked             bool
		instant, scheduled string // the rule
	}{
		{"nothing tells", nil, false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"never before", oneSignal{}, false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"71 h", sent(71), false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"73 h", sent(73), false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"167 h", sent(167), false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"168 h", sent(168), false, "PAYOUT-FINE", "PAYOUT-FINE"},
		{"169 h", sent(169), false, "PAYOUT-FINE", "PAYOUT-FINE"},
		{"in use", oneSignal{DestinationSince: t0.Add(-9000 * time.Hour), DestinationUsed: t0}, false, "PAYOUT-FINE", "PAYOUT-FINE"},
		{"left lately", oneSignal{DestinationSince: t0.Add(-9000 * time.Hour), DestinationUsed: t0.Add(-600 * time.Hour)}, false, "PAYOUT-FINE", "PAYOUT-FINE"},
		{"left long ago", oneSignal{DestinationSince: t0.Add(-9000 * time.Hour), DestinationUsed: t0.Add(-700 * time.Hour)}, false, "PAYOUT-TO-YOUNG", "PAYOUT-FINE"},
		{"a change waits", open, false, "PAYOUT-DURING-CHANGE", "PAYOUT-FINE"},
		{"a locked seller", sent(1000), true, "PAYOUT-LOCKED", "PAYOUT-FINE"},
		{"denied", denied, false, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
		{"frozen", frozen, false, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
		{"others froze and disputed the seller's own", own, false, "PAYOUT-FINE", "PAYOUT-FINE"},
		{"which is young", young, false, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
		{"which the seller disowned", disowned, true, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
		{"which is on the list", listed, false, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
		{"disputed", disputed, false, "PAYOUT-STOPPED", "PAYOUT-STOPPED"},
	} {
		g := newGateway()
		g.Signals = c.seen
		if c.locked {
			g.create(t)
			if _, err := g.Lock(t.Context(), seller.SellerKey, approvals.LockMarketplace, "called", audit.Actor{Type: audit.Marketplace, ID: "bottega"}); err != nil {
				t.Fatal(err)
			}
		}
		for speed, want := range map[string]string{"instant": c.instant, "scheduled": c.scheduled} {
			p, err := approvals.ParsePayout(json.RawMessage(payout(speed)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := g.AssessPayout(t.Context(), seller.SellerKey, p)
			if err != nil || len(got.Decision.Rules) != 1 || got.Decision.Rules[0].ID != want || got.Decision.Rules[0].Text["it"] == "" {
				t.Errorf("%s, %s: %+v, %v; want %s", c.name, speed, got.Decision.Rules, err, want)
			}
			if allowed := got.Decision.Outcome == approvals.Allow; allowed != (want == "PAYOUT-FINE") || got.To == nil {
				t.Errorf("%s, %s: %s", c.name, speed, got.Decision.Outcome)
			}
		}
	}
}

// graded is a policy that finds this much wrong with everything.
type graded struct {
	approvalstest.FixedWaits
	class approvals.Class
}

func (p graded) Decide(f approvals.Facts) approvals.Decision {
	d := p.FixedWaits.Decide(f)
	d.Class = p.class
	return d
}

// THREATS §6: to an account known to be younger than a week nothing leaves in class
// high, on its day neither. One that was paid before anybody looked goes on being paid.
func TestAssessPayout_unusual(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		class approvals.Class
		since time.Duration
		want  string
	}{
		{approvals.Medium, 167, "PAYOUT-FINE"},
		{approvals.High, 167, "PAYOUT-TO-YOUNG-UNUSUAL"},
		{approvals.Critical, 1, "PAYOUT-TO-YOUNG-UNUSUAL"},
		{approvals.High, 168, "PAYOUT-FINE"},
		{approvals.High, 0, "PAYOUT-FINE"},
	} {
		g := newGateway()
		g.Policy = graded{approvalstest.DefaultWaits, c.class}
		seen := oneSignal{}
		if c.since > 0 {
			seen.DestinationSince = t0.Add(-c.since * time.Hour)
		}
		g.Signals = seen
		p, err := approvals.ParsePayout(json.RawMessage(payout("scheduled")))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := g.AssessPayout(t.Context(), seller.SellerKey, p); err != nil || got.Decision.Rules[0].ID != c.want {
			t.Errorf("%s after %d h: %+v, %v; want %s", c.class, c.since, got.Decision.Rules, err, c.want)
		}
	}
}

// A demo's week is shorter.
func TestAssessPayout_scaled(t *testing.T) {
	t.Parallel()
	g := newGateway()
	g.Signals, g.InstantAge = oneSignal{DestinationSince: t0.Add(-4 * time.Minute)}, 3*time.Minute
	p, err := approvals.ParsePayout(json.RawMessage(payout("instant")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := g.AssessPayout(t.Context(), seller.SellerKey, p); err != nil || got.Decision.Outcome != approvals.Allow {
		t.Errorf("%+v, %v", got.Decision, err)
	}
}

func TestParsePayout_refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, raw, field string }{
		{"nothing", ``, "details"},
		{"no speed", `{"destination":` + newAccount + `}`, "details.speed"},
		{"another speed", `{"speed":"soon","destination":` + newAccount + `}`, "details.speed"},
		{"no account", `{"speed":"instant"}`, "details.destination.iban"},
		{"an amount alone", `{"speed":"instant","amount":"1.00","destination":` + newAccount + `}`, "details.currency"},
		{"a currency alone", `{"speed":"instant","currency":"EUR","destination":` + newAccount + `}`, "details.amount"},
		{"no cents", `{"speed":"instant","amount":"1","currency":"EUR","destination":` + newAccount + `}`, "details.amount"},
		{"unknown", `{"speed":"instant","to":` + newAccount + `}`, "details.to"},
	} {
		_, err := approvals.ParsePayout(json.RawMessage(c.raw))
		if e := refusal(err); e == nil || len(e.Fields) == 0 || e.Fields[0].Field != c.field {
			t.Errorf("%s: %v, want %s", c.name, told(err), c.field)
		}
	}
}
