package approvals

import (
	"encoding/json"
	"testing"
	"time"
)

// versions is a policy of one kind that was in force in several versions.
type versions struct {
	name    string
	defines bool
	all     []PolicyVersion
}

func (v *versions) Decide(Facts) Decision                       { return Decision{} }
func (v *versions) Version() string                             { return v.name }
func (v *versions) Since(time.Time) []PolicyVersion             { return v.all }
func (v *versions) Worse(_, seen map[string]any) map[string]any { return seen }
func (v *versions) Wrong(Kind, json.RawMessage) []FieldError    { return nil }
func (v *versions) Definition(Kind) (Definition, bool)          { return Definition{}, v.defines }
func (v *versions) Judge(Kind, Method, map[string]any) Decision {
	return Decision{Version: v.name, Class: Low, Outcome: Review, Wait: map[Method]time.Duration{}}
}

// TestRule12_EveryVersionIsAsked_undefined: a version that does not define a kind of
// the marketplace's has no word on it, and any other has.
func TestRule12_EveryVersionIsAsked_undefined(t *testing.T) {
	t.Parallel()
	d := Decision{Version: "a", Outcome: Allow, Inputs: map[string]any{"has_device": true}}
	for _, tt := range []struct {
		kind    Kind
		defines bool
		want    Outcome
	}{{"shop.payout_now", false, Allow}, {"shop.payout_now", true, Review}, {LoanDisbursement, false, Review}} {
		p := &versions{name: "b", defines: tt.defines}
		p.all = []PolicyVersion{p}
		got, more := Action{Kind: tt.kind}.asked(d, p, Passkey, Seller{})
		if got.Outcome != tt.want || more != (tt.want == Review) {
			t.Errorf("%s, defined %v: %s", tt.kind, tt.defines, got.Outcome)
		}
	}
}
