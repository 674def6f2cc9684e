package risk

import (
	"errors"
	"slices"
	"strconv"

	"cel.dev/cel-go/cel"

	"countersign/approvals"
)

// Never is the age in hours, ten years, of what never happened or is older.
const Never = 87_600

// Names of the signals that Go code speaks of.
const (
	sigKind     = "kind"
	sigMethod   = "method"
	sigApprover = "has_approver"
	sigStrong   = "strong_signals"
	sigWeak     = "weak_signals"
)

// bad says on which side of a signal trouble is.
type bad int

const (
	neither bad = iota // says what is asked for, not how it looks
	more               // a larger number, or true
	less               // a smaller number, or false
	later              // a text of a later tier
)

// signal is something a rule can speak of.
type signal struct {
	name string
	typ  *cel.Type
	bad  bad
	// tiers are the values of a text, the best first; those of one tier are as good
	// as each other. A text that is neither good nor bad has one tier.
	tiers [][]string
	// absent stands for what is not known: the worst, but for what THREATS §4 says
	// is not bad.
	absent any
	about  string
}

func number(name string, side bad, absent int64, about string) signal {
	return signal{name: name, typ: cel.IntType, bad: side, absent: absent, about: about}
}

func flag(name string, side bad, absent bool, about string) signal {
	return signal{name: name, typ: cel.BoolType, bad: side, absent: absent, about: about}
}

// signals are all there are (THREATS §4), in the order pages show them.
var signals = []signal{
	{name: sigKind, typ: cel.StringType, tiers: [][]string{kindNames()}, absent: "", about: "what is asked for"},
	{
		name: sigMethod, typ: cel.StringType, bad: later, tiers: [][]string{{"passkey"}, {"totp", "recovery_code"}}, absent: "totp",
		about: "how the first proof is made",
	},
	flag("first_destination", neither, false, "the seller was never paid anywhere before"),
	flag("vouched", less, false, "the marketplace says when it identified the seller"),
	number("device_age_hours", less, 0, "since the device was first seen, or the passkey enrolled"),
	number("authenticator_age_hours", less, 0, "since the authenticator was enrolled"),
	number("security_age_hours", less, 0, "since an authenticator or an address of the seller changed, or a recovery"),
	flag("passkey_counter_back", more, true, "the counter of the passkey did not rise"),
	flag("has_passkey", less, false, "the seller has a passkey that counts for money"),
	flag("has_device", less, false, "the seller has a device known for 30 days"),
	flag(sigApprover, less, false, "another person approves on the seller's account"),

	number("destination_shared", more, Never, "other sellers who named this destination in 30 days"),
	number("destination_shared_365d", more, Never, "other sellers who named it in 365 days"),
	flag("destination_shared_strong", more, true, "one of those shows a strong signal"),
	flag("destination_denied", more, true, "the destination is on the denied list"),
	flag("destination_disputed", more, true, "an owner said \"I did not ask for this\" of it"),
	flag("destination_in_failed_attempt", more, true, "it was named where a proof failed or never came"),
	number("destination_age_hours", less, 0, "since the seller was first paid there"),
	number("destination_unused_hours", more, Never, "since the seller was last paid there"),
	{
		name: "institution_class", typ: cel.StringType, bad: later, tiers: [][]string{{"bank", "unknown"}, {"e_money", "payment_institution"}}, absent: "unknown",
		about: "what keeps the account, as far as the number tells; ordinary small firms use e-money accounts",
	},
	flag("class_shift", more, false, "from a bank to an e-money institution, as far as the number tells"),
	flag("country_change", more, true, "the new account is in another country than the old"),
	flag("country_mismatch", more, true, "the account is in another country than the seller"),
	{
		name: "payee_check", typ: cel.StringType, bad: later, tiers: [][]string{{"match", "none", "unavailable"}, {"close"}, {"no_match"}}, absent: "none",
		about: "what the name check found; a match is no better than none",
	},

	flag("change_open", more, true, "a change of payout account waits"),
	number("since_last_change_hours", less, 0, "since the seller's payout account last changed"),
	number("changes_30d", more, Never, "changes of payout account asked for in 30 days"),
	number("cancels_30d", more, Never, "of those, cancelled"),
	number("loan_age_hours", less, 0, "since the seller last asked for a loan"),
	number("loans_30d", more, Never, "loans asked for in 30 days"),
	number("loans_to_it_30d", more, 0, "other loans of this currency to this destination asked for in 30 days"),
	number("loan_sum_30d", more, 0, "what this loan and those come to, in whole units of the currency"),
	flag("notice_bounced", more, true, "a mail server refused a notice"),
	number("alike_24h", more, Never, "other changes of 24 hours that are like this one in two traits"),
	number("agent_velocity", more, 0, "most recoveries in one day by an agent who agreed to this seller's last one, if that was within 30 days"),
	flag("new_network", more, false, "asked for from a network this seller never proved anything from, while others are known"),
	flag("geo_jump", more, false, "asked for from a country this seller never proved anything from, while others are known"),
	number("session_age_hours", less, 0, "since the seller signed in at the marketplace"),
	number("password_age_hours", less, Never, "since the seller's password changed, as far as the marketplace says"),
	number("payout_jump", more, 0, "how many usual payouts the next one is worth, as far as the marketplace says"),
	number("balance_at_risk", more, 0, "how many usual payouts wait to be paid out, as far as the marketplace says"),
}

// counted are the signals a policy file counts up itself.
var counted = []signal{
	number(sigStrong, more, 0, "how many of counts.strong hold"),
	number(sigWeak, more, 0, "how many of counts.weak hold"),
}

// kinds are those a table has to speak of.
var kinds = []approvals.Kind{
	approvals.PayoutAccountChange, approvals.PayoutAccountSwitch, approvals.LoanDisbursement,
	approvals.AuthenticatorAdd, approvals.AuthenticatorRemove, approvals.ContactChange, approvals.ApproverAdd, approvals.ApproverRemove,
}

func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return names
}

// values lists what a text can be, the best first.
func (s signal) values() []string { return slices.Concat(s.tiers...) }

// tier is how bad a text is; one that is not known is the worst.
func (s signal) tier(v string) int {
	for i, t := range s.tiers {
		if slices.Contains(t, v) {
			return i
		}
	}
	return len(s.tiers) - 1
}

// kindOfValue is what a value of the signal is called in a message.
func (s signal) kindOfValue() string {
	switch s.typ {
	case cel.IntType:
		return "a whole number"
	case cel.BoolType:
		return "true or false"
	}
	return "a text"
}

// read takes a value as it was recorded: JSON makes every number a float64. What
// does not fit is as good as absent.
func (s signal) read(v any) any {
	switch s.typ {
	case cel.IntType:
		switch n := v.(type) {
		case int64:
			return n
		case int:
			return int64(n)
		case float64:
			if n >= -Never && n <= 1<<53 {
				return int64(n)
			}
		}
	case cel.BoolType:
		if b, ok := v.(bool); ok {
			return b
		}
	case cel.StringType:
		if t, ok := v.(string); ok && slices.Contains(s.values(), t) {
			return t
		}
		if _, given := v.(string); given && s.bad == later {
			return s.tiers[len(s.tiers)-1][0] // a word nobody knows is not the mildest
		}
	}
	return s.absent
}

// written reads a value that a person wrote.
func (s signal) written(text string) (any, error) {
	switch s.typ {
	case cel.IntType:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return nil, errWritten
		}
		return n, nil
	case cel.BoolType:
		if text != "true" && text != "false" {
			return nil, errWritten
		}
		return text == "true", nil
	}
	if !slices.Contains(s.values(), text) {
		return nil, errWritten
	}
	return text, nil
}

var errWritten = errors.New("not a value of the signal")

// Signal describes one signal, for whoever writes a policy.
type Signal struct {
	Name, Type, Worse, About string
	Values                   []string
}

// Signals describes every signal a rule can speak of.
func Signals() []Signal {
	var out []Signal
	for _, s := range slices.Concat(signals, counted) {
		worse := map[bad]string{neither: "", more: "larger", less: "smaller", later: "later in the list"}[s.bad]
		if s.typ == cel.BoolType && s.bad != neither {
			worse = map[bad]string{more: "true", less: "false"}[s.bad]
		}
		out = append(out, Signal{s.name, s.kindOfValue(), worse, s.about, s.values()})
	}
	return out
}
