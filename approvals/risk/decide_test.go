package risk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/risk"
)

var now = time.Date(2026, 5, 16, 9, 0, 0, 0, time.UTC)

// facts is a change of payout account by a seller about whom there is nothing to
// say.
func facts() approvals.Facts {
	return approvals.Facts{
		Kind: approvals.PayoutAccountChange, Now: now,
		Seller: approvals.Seller{Country: "IT", CreatedAt: now.AddDate(-1, 0, 0)},
		Details: json.RawMessage(`{"from":{"iban":"IT60X0542811101000000123456","holder":"Giulia Ferri"},` +
			`"to":{"iban":"IT40S0542811101000000123457","holder":"Giulia Ferri"}}`),
	}
}

// TestDecide_BeforeTheProof: each method has its own wait, and what is asked for is
// what the mildest asks for; the proof can only raise it.
func TestDecide_BeforeTheProof(t *testing.T) {
	t.Parallel()
	f := facts()
	before := risk.Default().Decide(f)
	if before.Class != approvals.Low || before.Outcome != approvals.Allow || len(before.Require) != 0 ||
		before.Wait[approvals.Passkey] != 24*time.Hour || before.Wait[approvals.TOTP] != 72*time.Hour || len(before.Wait) != 2 {
		t.Errorf("before: %+v", before)
	}
	f.Proof = &approvals.Proving{Method: approvals.TOTP, Since: now.AddDate(0, -2, 0), DeviceSince: now.AddDate(0, -2, 0)}
	f.Signals.HasDevice = true
	code := risk.Default().Decide(f)
	if code.Class != approvals.Medium || code.Outcome != approvals.Allow || !slices.Equal(code.Require, []approvals.Requirement{approvals.IndependentProof}) {
		t.Errorf("a code on a known device: %+v", code)
	}
	f.Proof.DeviceSince = time.Time{}
	if d := risk.Default().Decide(f); d.Class != approvals.High || d.Wait[approvals.TOTP] != 168*time.Hour || !hasRule(d, "NEW-DEVICE") {
		t.Errorf("a code on a device never seen: %+v", d)
	}
	f.Proof = &approvals.Proving{Method: approvals.Passkey, Since: now.AddDate(0, -2, 0), CounterBack: true}
	if d := risk.Default().Decide(f); !hasRule(d, "PASSKEY-COUNTER-BACK") || d.Wait[approvals.Passkey] != 168*time.Hour {
		t.Errorf("a counter that went back: %+v", d)
	}
}

// TestDecide_Vouched: what a seller enrols while the marketplace's onboarding
// vouches for it counts as known from the start; a day later nothing does.
func TestDecide_Vouched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		onboarded time.Time
		enrolled  time.Time
		want      approvals.Class
	}{
		"within the day":      {now.Add(-48 * time.Hour), now.Add(-30 * time.Hour), approvals.Low},
		"a day later":         {now.Add(-48 * time.Hour), now.Add(-24 * time.Hour), approvals.High},
		"nobody vouches":      {time.Time{}, now.Add(-30 * time.Hour), approvals.High},
		"onboarded tomorrow":  {now.Add(24 * time.Hour), now.Add(-30 * time.Hour), approvals.High},
		"thirty days, nobody": {time.Time{}, now.AddDate(0, 0, -30), approvals.Low},
	} {
		f := facts()
		f.Seller.OnboardedAt = c.onboarded
		f.Proof = &approvals.Proving{Method: approvals.Passkey, Since: c.enrolled, DeviceSince: c.enrolled}
		if d := risk.Default().Decide(f); d.Class != c.want {
			t.Errorf("%s: %s by %v, want %s", name, d.Class, ids(d), c.want)
		}
	}
}

// TestDecide_Details: country and name check are read from the details, and nothing
// of the account is kept.
func TestDecide_Details(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Details = json.RawMessage(`{"from":{"iban":"IT60X0542811101000000123456","holder":"Giulia Ferri"},` +
		`"to":{"iban":"DE89370400440532013000","holder":"Giulia Ferri","payee_check":{"scheme":"vop","result":"no_match"}}}`)
	d := risk.Default().Decide(f)
	if d.Inputs["country_change"] != true || d.Inputs["country_mismatch"] != true || d.Inputs["payee_check"] != "no_match" || d.Inputs["first_destination"] != false {
		t.Errorf("inputs: %v", d.Inputs)
	}
	raw, _ := json.Marshal(d.Inputs)
	for _, secret := range []string{"DE89", "Giulia", "0532"} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("inputs hold %q: %s", secret, raw)
		}
	}
	f.Details = json.RawMessage(`{"to":{"iban":"DE89370400440532013000","holder":"Giulia Ferri"}}`)
	if d := risk.Default().Decide(f); d.Inputs["first_destination"] != true || !hasRule(d, "FIRST-DESTINATION") {
		t.Errorf("a first destination: %v", d.Inputs)
	}
	f.Signals.LastChangeAt = now.AddDate(-1, 0, 0)
	if d := risk.Default().Decide(f); d.Inputs["first_destination"] != false {
		t.Error("a seller whose account changed before names a first one")
	}
}

// TestDecide_Institution: who keeps an account is a weak hint. A shift to e-money
// alone stops nobody, and an e-money account that was one before is no shift.
func TestDecide_Institution(t *testing.T) {
	t.Parallel()
	const bank, eMoney = `{"iban":"GB33BUKB20201555555555","holder":"A"}`, `{"sort_code":"236972","account_number":"00011234","holder":"A"}`
	for _, tt := range []struct {
		name, from, to, class string
		shift                 bool
	}{
		{"shift", bank, eMoney, "e_money", true},
		{"back", eMoney, bank, "bank", false},
		{"unknown", bank, `{"iban":"DE89370400440532013000","holder":"A"}`, "unknown", false},
	} {
		f := facts()
		f.Details = json.RawMessage(`{"from":` + tt.from + `,"to":` + tt.to + `}`)
		d := risk.Default().Decide(f)
		if d.Inputs["institution_class"] != tt.class || d.Inputs["class_shift"] != tt.shift || d.Outcome != approvals.Allow {
			t.Errorf("%s: %s, %v", tt.name, d.Outcome, d.Inputs)
		}
	}
}

// TestDecide_UnknownKind: what no table speaks of is not let through.
func TestDecide_UnknownKind(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Kind = "shop.delete"
	if d := risk.Default().Decide(f); d.Outcome != approvals.Deny || len(d.Wait) != 0 || d.Version == "" {
		t.Errorf("%+v", d)
	}
}

// TestJudge_NothingKnown: with no signal at all the worst is taken, but for what is
// not bad when absent.
func TestJudge_NothingKnown(t *testing.T) {
	t.Parallel()
	d := risk.Default().Judge(approvals.PayoutAccountChange, approvals.TOTP, nil)
	if d.Class != approvals.Critical || d.Outcome != approvals.Freeze || d.Inputs["payee_check"] != "none" || d.Inputs["class_shift"] != false {
		t.Errorf("%+v", d)
	}
}

// TestScaled: a demo's waits and ages are shortened alike.
func TestScaled(t *testing.T) {
	t.Parallel()
	const wait = 20 * time.Second
	p := risk.Default().Scaled(wait.Hours() / 24)
	f := facts()
	f.Proof = &approvals.Proving{Method: approvals.TOTP, Since: now.Add(-time.Hour), DeviceSince: now.Add(-30 * wait)}
	f.Signals.HasDevice = true
	d := p.Decide(f)
	if d.Wait[approvals.Passkey] != wait || d.Wait[approvals.TOTP] != 3*wait || d.Class != approvals.Medium {
		t.Errorf("%s waits %v", d.Class, d.Wait)
	}
	f.Proof.DeviceSince = now.Add(-29 * wait)
	if d := p.Decide(f); d.Class != approvals.High {
		t.Errorf("a day of the demo too young: %s", d.Class)
	}
}

// TestDecide_NobodyToAgree: what another person has to agree to goes to two agents
// where there is no such person, and where there is, it does not.
func TestDecide_NobodyToAgree(t *testing.T) {
	t.Parallel()
	young := signals{"destination_age_hours": 24, "destination_unused_hours": 0}
	lately := signals{"destination_age_hours": 1000, "destination_unused_hours": 0, "security_age_hours": 20}
	for name, c := range map[string]struct {
		kind   approvals.Kind
		method approvals.Method
		with   signals
		asked  bool
	}{
		"a loan by code":                {approvals.LoanDisbursement, approvals.TOTP, young, true},
		"a loan by passkey":             {approvals.LoanDisbursement, approvals.Passkey, young, false},
		"a loan by code, for which too": {approvals.LoanDisbursement, approvals.TOTP, lately, true},
		"a switch, class high":          {approvals.PayoutAccountSwitch, approvals.Passkey, lately, true},
		"a switch":                      {approvals.PayoutAccountSwitch, approvals.Passkey, young, false},
		"a change":                      {approvals.PayoutAccountChange, approvals.TOTP, nil, false},
	} {
		alone := risk.Default().Judge(c.kind, c.method, calm.with(c.with))
		beside := risk.Default().Judge(c.kind, c.method, calm.with(c.with).with(signals{"has_approver": true}))
		if hasRule(alone, approvals.NobodyToAgree) != c.asked || (alone.Outcome == approvals.Review) != c.asked {
			t.Errorf("%s: %s by %v", name, alone.Outcome, ids(alone))
		}
		if hasRule(beside, approvals.NobodyToAgree) || beside.Outcome != approvals.Allow || slices.Contains(beside.Require, approvals.SecondApprover) != c.asked {
			t.Errorf("%s, with another person: %s by %v", name, beside.Outcome, ids(beside))
		}
	}
	frozen := risk.Default().Judge(approvals.LoanDisbursement, approvals.TOTP, calm.with(signals{"destination_denied": true}))
	if frozen.Outcome != approvals.Freeze || !hasRule(frozen, approvals.NobodyToAgree) {
		t.Errorf("a denied account: %s by %v", frozen.Outcome, ids(frozen))
	}
}

// TestDecide_IdleLoan: a loan to an account that lay idle is one to a young account
// (THREATS C3).
func TestDecide_IdleLoan(t *testing.T) {
	t.Parallel()
	for idle, hours := range map[int]time.Duration{720: 0, 721: 168} {
		d := risk.Default().Judge(approvals.LoanDisbursement, approvals.Passkey, calm.with(signals{"destination_age_hours": 9000, "destination_unused_hours": idle}))
		if d.Wait[approvals.Passkey] != hours*time.Hour {
			t.Errorf("idle for %d hours it waits %v", idle, d.Wait)
		}
	}
}

// TestDecide_Supplied: what only the marketplace knows raises, and no value of it is
// better than none (VP-07).
func TestDecide_Supplied(t *testing.T) {
	t.Parallel()
	asked := func(c approvals.Context) approvals.Decision {
		f := facts()
		f.Context = c
		return risk.Default().Decide(f)
	}
	none := asked(approvals.Context{})
	for name, c := range map[string]struct {
		approvals.Context
		class approvals.Class
		rule  string
	}{
		"a password of yesterday":     {approvals.Context{PasswordChangedAt: now.Add(-24 * time.Hour)}, approvals.High, "PASSWORD-CHANGED-LATELY"},
		"a password of two weeks":     {approvals.Context{PasswordChangedAt: now.Add(-14 * 24 * time.Hour)}, approvals.Medium, "WEAK-SIGNAL"},
		"a password of tomorrow":      {approvals.Context{PasswordChangedAt: now.Add(24 * time.Hour)}, approvals.High, "PASSWORD-CHANGED-LATELY"},
		"three payouts in one":        {approvals.Context{PayoutTimes: 3}, approvals.High, "MORE-MONEY-THAN-USUAL"},
		"five payouts wait":           {approvals.Context{BalanceTimes: 5}, approvals.High, "MORE-MONEY-THAN-USUAL"},
		"an old password":             {approvals.Context{PasswordChangedAt: now.Add(-9000 * time.Hour)}, none.Class, ""},
		"no more money than usual":    {approvals.Context{PayoutTimes: 1, BalanceTimes: 1}, none.Class, ""},
		"less money than none at all": {approvals.Context{PayoutTimes: -9, BalanceTimes: -9}, none.Class, ""},
	} {
		d := asked(c.Context)
		if d.Class != c.class || c.rule != "" && !hasRule(d, c.rule) || d.Wait[approvals.Passkey] < none.Wait[approvals.Passkey] {
			t.Errorf("%s: %s by %v, waits %v", name, d.Class, ids(d), d.Wait)
		}
	}
}
