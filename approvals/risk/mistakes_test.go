package risk_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"countersign/approvals/risk"
)

// mistake puts something else into the default policy.
type mistake struct {
	name     string
	old, new string
	want     string // line:column, then words of the message; {0} is the line of old, {1} the next
}

const lastRule = `  - id: WAIT-BY-METHOD
    when: "true"
    class: low`

// aRule is a rule of class high in front of the others of that class.
func aRule(when string) (old, withRule string) {
	old = "  - id: NO-MATCH\n"
	return old, "  - id: MINE\n    when: " + when + "\n    class: high\n    text: {en: \"A\", it: \"B\"}\n" + old
}

func ruleMistake(name, when, want string) mistake {
	old, with := aRule(when)
	return mistake{name, old, with, want}
}

var mistakes = []mistake{
	{"no YAML", "rules:\n", "rules: [\n", "is no YAML"},
	{"an anchor", "name: default", "name: &x default", "7:7: anchors and aliases are not read: write it out"},
	{"two documents", "name: default", "name: default\n---", "a second document begins"},
	{"an unknown key", "version: 1", "verson: 1", `8:1: a policy has no "verson"; did you mean version?`},
	{"a missing key", "name: default\n", "", `a policy needs "name": write "name: ..."`},
	{"a key twice", "version: 1", "version: 1\nversion: 2", `9:1: a policy says "version" twice: leave one out`},
	{"a wrong type", "version: 1", "version: one", "8:10: version must be a whole number from 0 to 1000000"},
	{"a name with a space", "name: default", "name: my policy", "7:7: name is of small letters"},
	{"a threshold named as a signal", "  week: 168", "  method: 168", "11:3: method is a signal: call the threshold something else"},
	{"a threshold that is no number", "  week: 168", "  week: long", "11:9: threshold week must be a whole number"},
	{"rules as an object", "rules:\n", "rules: {}\nold:\n", "rules must be a list"},
	{"a rule key", "    when: destination_denied", "    whn: destination_denied", `{0}:5: a rule has no "whn"; did you mean when?`},
	{"an id in small letters", "DESTINATION-DENIED", "denied", "{0}:9: id is of capital letters and digits"},
	{"an id twice", "id: NO-MATCH\n", "id: CAMPAIGN\n", " already: give this one an id of its own"},
	{"a class that is none", "class: medium", "class: middle", `class cannot be "middle"; there is low, medium`},
	{"an outcome that is none", "outcome: review", "outcome: reveiw", `outcome cannot be "reveiw"; did you mean review?`},
	{"a requirement that is none", "require: [independent_proof]\n", "require: [two_proofs]\n", `require cannot be "two_proofs"; there is second_approver`},
	{"no sentence in Italian", `      it: "Questo conto non può essere usato finché due persone non lo hanno verificato."` + "\n", "", `:7: text has no "it": write the sentence`},
	{"a rule that asks for nothing", "    hours: 168\n    text", "    text", "rule FIRST-DESTINATION asks for nothing: write a class, an outcome, require or hours"},
	{"a milder rule in front", "    class: critical", "    class: medium", "rules stand strictest first, since the first that holds decides; move it up"},
	{"no rule for the rest", lastRule, "  - id: WAIT-BY-METHOD\n    when: vouched || !vouched\n    class: low", "would no longer hold when vouched turns worse"},
	{"a last rule with a condition", lastRule, "  - id: WAIT-BY-METHOD\n    when: change_open\n    class: low", `the last rule must have a class and hold for everything: write when: "true"`},

	ruleMistake("an unknown signal", "destination_share >= 1", "{1}:11: when destination_share is no signal; did you mean destination_shared?"),
	ruleMistake("in quotation marks", `"change_open && destination_share >= 1"`, "{1}:27: when destination_share is no signal"),
	ruleMistake("no expression", "destination_shared >=", "{1}:32: when is no expression"),
	ruleMistake("wrong types", `destination_shared >= "1"`, "{1}:30: when has the wrong types"),
	ruleMistake("a number for an answer", "destination_shared", "{1}:11: when yields int and must yield true or false"),
	ruleMistake("a macro", "'[1, 2].exists(x, x > 1)'", "is no signal"),
	ruleMistake("a function", `payee_check.startsWith("no")`, "when only &&, ||, !, comparisons with a written value and in [...] can be used"),
	ruleMistake("arithmetic", "destination_shared + 1 >= 2", "{1}:11: when a comparison has a signal on one side and a written value on the other"),
	ruleMistake("two signals", "destination_shared >= changes_30d", "a comparison has a signal on one side and a written value on the other"),
	ruleMistake("a choice", "'change_open ? destination_denied : class_shift'", "can be used over signals"),
	ruleMistake("a word no signal has", `kind == "payout_account.chnge"`, `kind is never "payout_account.chnge"; did you mean payout_account.change?`),
	ruleMistake("a number tested for equality", "destination_shared == 1", "write destination_shared >= 1"),
	ruleMistake("too long", "change_open"+strings.Repeat(" || change_open", 160), "is longer than 2 KiB: make two rules of it"),
	// Rules that ask for more of what is good, or for less of what is bad.
	ruleMistake("VP-07 a match that raises", `payee_check == "match"`, `{1}:11: when would no longer hold when payee_check turns worse`),
	ruleMistake("VP-07 a match that spares", `payee_check != "match"`, `write payee_check in ["close", "no_match"]`),
	ruleMistake("VP-06 unavailable for bad", `payee_check == "unavailable"`, "would no longer hold when payee_check turns worse"),
	ruleMistake("a passkey that raises", `method == "passkey"`, `write method in ["totp", "recovery_code"]`),
	ruleMistake("an old device that raises", "device_age_hours >= month", "(smaller is worse), so a bad signal would ask for less: write device_age_hours < 720"),
	ruleMistake("the other way round", "month <= device_age_hours", "write device_age_hours < 720"),
	ruleMistake("an allow-list", "'!destination_denied'", "{1}:13: when would no longer hold when destination_denied turns worse (true is worse), so a bad signal would ask for less: write destination_denied"),
	ruleMistake("a good signal", "change_open || has_passkey", "{1}:26: when would no longer hold when has_passkey turns worse (false is worse)"),
	ruleMistake("under a not", "'!(destination_shared >= 2 && vouched)'", "{1}:14: when would no longer hold when destination_shared turns worse"),
	ruleMistake("few shared", "destination_shared < 3", "write destination_shared >= 3"),

	{"a kind that is missing", "  contact.change:\n", "  contact_change:\n", `kinds has no "contact_change"; did you mean contact.change?`},
	{"a kind that is missing, and needed", "  contact.change:\n", "  contact_change:\n", "kinds has no contact.change: write what each class means for it"},
	{"a class that is missing", "    high: {hours: 168}\n", "", "a row of contact.change has no class high: write high: {hours: ...}"},
	{"no hours", "    high: {hours: 168}\n", "    high: {outcome: review}\n", `contact.change, high, needs "hours"`},
	{"a shorter wait above", "    high: {hours: 168}\n", "    high: {hours: 48}\n", "contact.change asks for less in class high than in medium: write hours: 72 or more"},
	{"a softer outcome above", "critical: {hours: 72, outcome: freeze}", "critical: {hours: 72}", "authenticator.remove asks for less in class critical than in high: write outcome: review or a stricter one"},
	{"a requirement lost above", "critical: {hours: 72, require: [second_approver],", "critical: {hours: 72,", "write require: [second_approver]"},
	{"a method more above", "    medium: {hours: 168}\n", "    medium: {hours: 168, methods: [passkey]}\n", "authenticator.add asks for less in class high than in medium: leave totp out of methods"},
	{"a method of another kind", "    high: {hours: 168}\n", "    high: {hours: 168, methods: [recovery_code]}\n", `methods cannot be "recovery_code"`},
	{"a row for the worse that waits less", "      medium: {hours: 72}\n      high: {hours: 168, require: [independent_proof, second_approver]", "      medium: {hours: 12}\n      high: {hours: 168, require: [independent_proof, second_approver]", "payout_account.switch asks for less in class medium where things are worse than the row on line"},
	{"a last row with a when", "    - low: {hours: 0}\n      medium: {hours: 24}\n      high: {hours: 72, require: [second_approver]}", "    - when: change_open\n      low: {hours: 0}\n      medium: {hours: 24}\n      high: {hours: 72, require: [second_approver]}", "the last row of payout_account.switch must hold for everything"},
	{"a row that never applies", "    - when: first_destination\n      low", "    - low", "only the last row of payout_account.change may have no when"},
}

// TestParse_Mistakes: each kind of mistake gives a message with line and column
// that says what to write instead.
func TestParse_Mistakes(t *testing.T) {
	t.Parallel()
	source := string(risk.Default().Source())
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(source, m.old) {
				t.Fatalf("the default policy does not say %q", m.old)
			}
			_, err := risk.Parse("p.yaml", []byte(strings.Replace(source, m.old, m.new, 1)))
			line := 1 + strings.Count(source[:strings.Index(source, m.old)], "\n")
			want := strings.NewReplacer("{0}", strconv.Itoa(line), "{1}", strconv.Itoa(line+1)).Replace(m.want)
			wrong, ok := errors.AsType[*risk.FileError](err)
			if !ok || !strings.Contains(err.Error(), want) {
				t.Fatalf("%v\nwant %s", err, want)
			}
			for _, p := range wrong.Problems {
				if p.Line < 1 || p.Column < 1 {
					t.Errorf("a problem without a place: %+v", p)
				}
			}
		})
	}
}

// TestParse_Accepted: what is milder, or stricter, without contradicting itself is no
// mistake.
func TestParse_Accepted(t *testing.T) {
	t.Parallel()
	const aged = "    - low: {hours: 0}\n      medium: {hours: 24}\n      high: {hours: 72, require: [passkey_or_second_approver]}"
	for name, c := range map[string]struct{ old, new string }{
		"a row for the worse that waits as long as the better": {"      low: {hours: 168, require: [passkey_or_second_approver]}", "      low: {hours: 0, require: [passkey_or_second_approver]}"},
		"a longer wait":                  {aged, strings.Replace(aged, "hours: 24", "hours: 48", 1)},
		"a rule for more of what is bad": {"when: destination_shared >= 2", "when: destination_shared >= 1"},
		"VP-07 a name that does not fit": {`payee_check in ["close", "no_match"]`, `payee_check == "no_match"`},
	} {
		source := string(risk.Default().Source())
		if !strings.Contains(source, c.old) {
			t.Fatalf("%s: the default policy does not say %q", name, c.old)
		}
		if _, err := risk.Parse("p.yaml", []byte(strings.Replace(source, c.old, c.new, 1))); err != nil {
			t.Errorf("%s: refused: %v", name, err)
		}
	}
}

// TestParse_AllAtOnce: every mistake is told of at once, from the top.
func TestParse_AllAtOnce(t *testing.T) {
	t.Parallel()
	source := string(risk.Default().Source())
	spoiled := strings.NewReplacer("version: 1", "version: x", "when: destination_denied", "when: destination_denyed", "  contact.change:", "  contact:").
		Replace(source)
	_, err := risk.Parse("p.yaml", []byte(spoiled))
	wrong, ok := errors.AsType[*risk.FileError](err)
	if !ok || len(wrong.Problems) != 4 || wrong.Problems[0].Line != 8 || wrong.Problems[1].Line != strings.Count(source[:strings.Index(source, "when: destination_denied")], "\n")+1 || !strings.HasPrefix(err.Error(), "p.yaml:8:10: ") {
		t.Errorf("%v", err)
	}
	for _, empty := range []string{"", "# nothing", "[]", "text", strings.Repeat("#", 300<<10)} {
		if _, err := risk.Parse("p.yaml", []byte(empty)); err == nil {
			t.Errorf("%.20q is accepted", empty)
		}
	}
}
