package risk_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is written down; look at the difference and run with -update:\n%s", name, got)
	}
}

type signals map[string]any

func (s signals) with(more signals) signals {
	out := signals{}
	for _, m := range []signals{s, more} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// calm is a seller and a destination about which there is nothing to say.
var calm = signals{
	"vouched": false, "first_destination": false, "device_age_hours": 2000, "authenticator_age_hours": 2000, "security_age_hours": risk.Never,
	"passkey_counter_back": false, "has_passkey": false, "has_device": true, "has_approver": false,
	"destination_shared": 0, "destination_shared_365d": 0, "destination_shared_strong": false, "destination_denied": false,
	"destination_disputed": false, "destination_in_failed_attempt": false, "destination_age_hours": 0, "destination_unused_hours": risk.Never,
	"institution_class": "unknown", "class_shift": false, "country_change": false, "country_mismatch": false, "payee_check": "none",
	"change_open": false, "since_last_change_hours": risk.Never, "changes_30d": 0, "cancels_30d": 0, "loan_age_hours": risk.Never,
	"loans_30d": 0, "loans_to_it_30d": 0, "loan_sum_30d": 0, "notice_bounced": false, "alike_24h": 0, "session_age_hours": 0, "agent_velocity": 0, "new_network": false, "geo_jump": false,
	"password_age_hours": risk.Never, "payout_jump": 0, "balance_at_risk": 0,
}

// TestDefault_Table prints what the default policy means for each row of THREATS
// §6, in each class, by each method. The file is made to be held beside it.
func TestDefault_Table(t *testing.T) {
	t.Parallel()
	aged := signals{"destination_age_hours": 14 * 24, "destination_unused_hours": 30 * 24}
	// What brings a request into a class, by nothing but signals that are right for
	// every kind.
	classes := []struct {
		name string
		with signals
	}{
		{"low", nil},
		{"medium", signals{"notice_bounced": true}},
		{"high", signals{"security_age_hours": 20 * 24}},
		{"critical", signals{"destination_denied": true}},
	}
	var b strings.Builder
	for _, row := range []struct {
		name string
		kind approvals.Kind
		with signals
	}{
		{"payout_account.change", approvals.PayoutAccountChange, nil},
		{"payout_account.change, first destination ever, vouched", approvals.PayoutAccountChange, signals{"first_destination": true, "vouched": true}},
		{"payout_account.change, first destination ever, not vouched", approvals.PayoutAccountChange, signals{"first_destination": true}},
		{"payout_account.switch to an aged destination", approvals.PayoutAccountSwitch, aged},
		{"payout_account.switch to another destination", approvals.PayoutAccountSwitch, nil},
		{"loan.disbursement, destination 14 days old", approvals.LoanDisbursement, aged},
		{"loan.disbursement, destination younger", approvals.LoanDisbursement, nil},
		{"loan.disbursement, destination 14 days old and idle for a month", approvals.LoanDisbursement, aged.with(signals{"destination_unused_hours": 30*24 + 1})},
		{"loan.disbursement, destination younger, another person there", approvals.LoanDisbursement, signals{"has_approver": true}},
		{"loan.disbursement, a change open", approvals.LoanDisbursement, aged.with(signals{"change_open": true})},
		{"authenticator.add", approvals.AuthenticatorAdd, nil},
		{"authenticator.remove", approvals.AuthenticatorRemove, nil},
		{"contact.change", approvals.ContactChange, nil},
		{"approver.add", approvals.ApproverAdd, nil},
		{"approver.remove", approvals.ApproverRemove, nil},
	} {
		fmt.Fprintf(&b, "%s\n", row.name)
		for _, c := range classes {
			for _, m := range []approvals.Method{approvals.Passkey, approvals.TOTP, approvals.RecoveryCode} {
				d := risk.Default().Judge(row.kind, m, calm.with(row.with).with(c.with))
				if _, permitted := d.Wait[m]; !permitted && m == approvals.RecoveryCode {
					continue
				}
				fmt.Fprintf(&b, "  %-9s %-14s %s\n", c.name, m, shown(d, m))
			}
		}
	}
	golden(t, "table.txt", b.String())
}

// shown is a decision in one line.
func shown(d approvals.Decision, m approvals.Method) string {
	parts := []string{fmt.Sprintf("%-8s", d.Class)}
	if wait, permitted := d.Wait[m]; permitted {
		parts = append(parts, fmt.Sprintf("%3.0f h", wait.Hours()))
	} else {
		parts = append(parts, "not permitted")
	}
	if d.Outcome != approvals.Allow {
		parts = append(parts, string(d.Outcome))
	}
	for _, r := range d.Require {
		parts = append(parts, "+ "+string(r))
	}
	for _, a := range d.Advice {
		parts = append(parts, "("+string(a)+")")
	}
	return strings.Join(parts, "  ")
}
