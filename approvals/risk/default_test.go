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

// TestDefault_Signals: each signal of THREATS §4 alone brings about what §6 says of
// it, for a change of payout account with a passkey on a known device.
func TestDefault_Signals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		with    signals
		method  approvals.Method
		class   approvals.Class
		outcome approvals.Outcome
		rule    string
	}{
		"nothing":                  {nil, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"a code":                   {nil, approvals.TOTP, approvals.Medium, approvals.Allow, "CODE-USED"},
		"nothing independent":      {signals{"has_device": false}, approvals.TOTP, approvals.Medium, approvals.Review, "NOTHING-INDEPENDENT"},
		"a code, a new device":     {signals{"device_age_hours": 719}, approvals.TOTP, approvals.High, approvals.Allow, "NEW-DEVICE"},
		"a code, a known device":   {signals{"device_age_hours": 720}, approvals.TOTP, approvals.Medium, approvals.Allow, "CODE-USED"},
		"a young passkey":          {signals{"device_age_hours": 719}, approvals.Passkey, approvals.High, approvals.Allow, "NEW-PASSKEY"},
		"VP match":                 {signals{"payee_check": "match"}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"VP unavailable":           {signals{"payee_check": "unavailable"}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"VP-02 close":              {signals{"payee_check": "close"}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"VP-02 no match":           {signals{"payee_check": "no_match"}, approvals.Passkey, approvals.High, approvals.Allow, "NO-MATCH"},
		"VP-02 no match, a code":   {signals{"payee_check": "no_match"}, approvals.TOTP, approvals.High, approvals.Review, "NO-MATCH-WITHOUT-PASSKEY"},
		"VP-06 a word nobody has":  {signals{"payee_check": "splendid"}, approvals.Passkey, approvals.High, approvals.Allow, "NO-MATCH"},
		"shared by one":            {signals{"destination_shared": 1}, approvals.Passkey, approvals.High, approvals.Review, "DESTINATION-SHARED"},
		"shared, strong there":     {signals{"destination_shared": 1, "destination_shared_strong": true}, approvals.Passkey, approvals.Critical, approvals.Freeze, "DESTINATION-SHARED-AND-MORE"},
		"shared, strong here":      {signals{"destination_shared": 1, "payee_check": "no_match"}, approvals.Passkey, approvals.Critical, approvals.Freeze, "DESTINATION-SHARED-AND-MORE"},
		"shared by three":          {signals{"destination_shared": 2}, approvals.Passkey, approvals.Critical, approvals.Freeze, "DESTINATION-SHARED-BY-MANY"},
		"shared long ago":          {signals{"destination_shared_365d": 1}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"denied":                   {signals{"destination_denied": true}, approvals.Passkey, approvals.Critical, approvals.Freeze, "DESTINATION-DENIED"},
		"disputed":                 {signals{"destination_disputed": true}, approvals.Passkey, approvals.Critical, approvals.Freeze, "DESTINATION-DISPUTED"},
		"failed attempt":           {signals{"destination_in_failed_attempt": true}, approvals.Passkey, approvals.High, approvals.Allow, "DESTINATION-TRIED-BEFORE"},
		"security, 29 days":        {signals{"security_age_hours": 29 * 24}, approvals.Passkey, approvals.High, approvals.Allow, "SECURITY-CHANGED-LATELY"},
		"security, 31 days":        {signals{"security_age_hours": 31 * 24}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"counter back":             {signals{"passkey_counter_back": true}, approvals.Passkey, approvals.High, approvals.Allow, "PASSKEY-COUNTER-BACK"},
		"country change":           {signals{"country_change": true}, approvals.Passkey, approvals.High, approvals.Allow, "COUNTRY-CHANGE"},
		"country mismatch":         {signals{"country_mismatch": true}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"class shift":              {signals{"class_shift": true}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"a calm desk":              {signals{"agent_velocity": 4}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"B10 a busy agent":         {signals{"agent_velocity": 5}, approvals.Passkey, approvals.High, approvals.Allow, "ACCESS-RESTORED"},
		"B10 and a week ago":       {signals{"agent_velocity": 5, "security_age_hours": 100}, approvals.Passkey, approvals.High, approvals.Review, "STRONG-SIGNALS"},
		"a new network":            {signals{"new_network": true}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"another country":          {signals{"geo_jump": true}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"both are one weak signal": {signals{"new_network": true, "geo_jump": true}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"two weak ones":            {signals{"class_shift": true, "country_mismatch": true}, approvals.Passkey, approvals.High, approvals.Allow, "WEAK-SIGNALS"},
		"two strong ones":          {signals{"security_age_hours": 100, "payee_check": "no_match"}, approvals.Passkey, approvals.High, approvals.Review, "STRONG-SIGNALS"},
		"a loan, 13 days ago":      {signals{"loan_age_hours": 13 * 24}, approvals.Passkey, approvals.High, approvals.Allow, "LOAN-NEAR-CHANGE"},
		"four loans in a month":    {signals{"loans_30d": 4}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"five loans in a month":    {signals{"loans_30d": 5}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
		"a campaign":               {signals{"alike_24h": 2}, approvals.Passkey, approvals.High, approvals.Review, "CAMPAIGN"},
		"two alike are none":       {signals{"alike_24h": 1}, approvals.Passkey, approvals.Low, approvals.Allow, "WAIT-BY-METHOD"},
		"changed again in a month": {signals{"since_last_change_hours": 500}, approvals.Passkey, approvals.Medium, approvals.Allow, "WEAK-SIGNAL"},
	} {
		d := risk.Default().Judge(approvals.PayoutAccountChange, c.method, calm.with(c.with))
		if d.Class != c.class || d.Outcome != c.outcome || !hasRule(d, c.rule) {
			t.Errorf("%s: %s, %s, %v; want %s, %s, %s", name, d.Class, d.Outcome, ids(d), c.class, c.outcome, c.rule)
		}
	}
}

// TestDefault_Reasons: the rule for everything is a reason only where nothing else
// is one.
func TestDefault_Reasons(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind approvals.Kind
		with signals
		want []string
	}{
		"a change":                {approvals.PayoutAccountChange, nil, []string{"WAIT-BY-METHOD"}},
		"a loan":                  {approvals.LoanDisbursement, nil, []string{"LOAN-WAITS"}},
		"a contact":               {approvals.ContactChange, nil, []string{"CONTACT-WAITS"}},
		"a first account":         {approvals.PayoutAccountChange, signals{"first_destination": true, "vouched": false}, []string{"FIRST-DESTINATION"}},
		"a weak signal":           {approvals.PayoutAccountChange, signals{"class_shift": true}, []string{"WEAK-SIGNAL"}},
		"a vouched first account": {approvals.PayoutAccountChange, signals{"first_destination": true, "vouched": true}, []string{"WAIT-BY-METHOD"}},
	} {
		d := risk.Default().Judge(c.kind, approvals.Passkey, calm.with(c.with))
		if !slices.Equal(ids(d), c.want) {
			t.Errorf("%s: %v, want %v", name, ids(d), c.want)
		}
	}
	for _, r := range risk.Default().Rules() {
		if last := r.ID == "WAIT-BY-METHOD"; last && strings.Contains(r.Text["en"], "payout") || r.ID == "CODE-USED" && strings.Contains(r.Text["en"], "longer") {
			t.Errorf("%s: %s", r.ID, r.Text["en"])
		}
	}
}

func ids(d approvals.Decision) []string {
	var out []string
	for _, r := range d.Rules {
		out = append(out, r.ID)
	}
	return out
}

func hasRule(d approvals.Decision, id string) bool { return slices.Contains(ids(d), id) }

// TestDefault_NoTipOff: what a seller reads never says that anybody else named the
// account, nor which list it is on.
func TestDefault_NoTipOff(t *testing.T) {
	t.Parallel()
	for _, r := range risk.Default().Rules() {
		for locale, text := range r.Text {
			for _, word := range []string{"seller", "shared", "list", "ring", "fraud", "suspic", "venditor", "condivis", "elenco", "frod", "sospett", "altri "} {
				if strings.Contains(strings.ToLower(" "+text+" "), word) && !strings.Contains(text, "listed") {
					t.Errorf("%s, %s: %q says %q", r.ID, locale, text, word)
				}
			}
		}
	}
}

// TestRule11_QuarantineFloors: no file makes what is added wait less than its
// quarantine.
func TestRule11_QuarantineFloors(t *testing.T) {
	t.Parallel()
	source := strings.NewReplacer("low: {hours: 72}", "low: {hours: 0}", "medium: {hours: 168}", "medium: {hours: 0}").Replace(string(risk.Default().Source()))
	p, err := risk.Parse("short.yaml", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []approvals.Kind{approvals.AuthenticatorAdd, approvals.ContactChange, approvals.ApproverAdd, approvals.ApproverRemove} {
		d := p.Decide(approvals.Facts{Kind: k, Now: now})
		if d.Wait[approvals.Passkey] != 72*time.Hour || d.Wait[approvals.TOTP] != 168*time.Hour {
			t.Errorf("%s waits %v", k, d.Wait)
		}
	}
	d := p.Decide(approvals.Facts{Kind: approvals.AuthenticatorAdd, Now: now})
	if d.Wait[approvals.RecoveryCode] != 240*time.Hour {
		t.Errorf("with a printed code it waits %v", d.Wait)
	}
}

// TestJudge_Replays: the recorded inputs, through JSON as they are stored, give the
// same decision again.
func TestJudge_Replays(t *testing.T) {
	t.Parallel()
	f := facts()
	f.Proof = &approvals.Proving{Method: approvals.TOTP, Since: now.AddDate(0, -3, 0), DeviceSince: now.Add(-100 * time.Hour)}
	f.Signals.Shared30, f.Signals.HasDevice = 1, true
	first := risk.Default().Decide(f)
	raw, err := json.Marshal(first.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	var inputs map[string]any
	if err := json.Unmarshal(raw, &inputs); err != nil {
		t.Fatal(err)
	}
	again := risk.Default().Judge(f.Kind, approvals.TOTP, inputs)
	if shown(again, approvals.TOTP) != shown(first, approvals.TOTP) || !slices.Equal(ids(again), ids(first)) {
		t.Errorf("%s %v, then %s %v", shown(first, approvals.TOTP), ids(first), shown(again, approvals.TOTP), ids(again))
	}
}
