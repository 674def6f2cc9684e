package templates

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

func eachDeskPage(t *testing.T, check func(t *testing.T, s DeskSample, page string, root *element)) {
	t.Helper()
	r := sharedRenderer(t)
	for _, s := range DeskSamples() {
		t.Run(s.Name, func(t *testing.T) {
			var b bytes.Buffer
			if err := r.Dev(&b, s.Page); err != nil {
				t.Fatal(err)
			}
			check(t, s, b.String(), parseHTML(t, b.String()))
		})
	}
}

// deskDOM and deskBudget are the budgets of UX §8.1 for the desk.
const (
	deskDOM    = 900
	deskBudget = 40 << 10
)

// What every page of the desk says in every state is golden; its forms carry the page's
// token, nothing is chosen beforehand, no account is whole but where it is
// revealed, and it keeps its budget (UX §8.1, C2-C5).
func TestDesk_Pages(t *testing.T) {
	t.Parallel()
	files, err := loadStatics()
	if err != nil {
		t.Fatal(err)
	}
	eachDeskPage(t, func(t *testing.T, s DeskSample, page string, root *element) {
		_, main, _ := strings.Cut(page, "<main")
		main, _, _ = strings.Cut(main, "</main>")
		checkGolden(t, filepath.Join("desk", s.Name+".html"), "<main"+main+"</main>\n")
		checkIDs(t, root)
		if n := len(root.all(named("h1"))); n != 1 {
			t.Errorf("%d h1", n)
		}
		for _, form := range root.all(named("form")) {
			token := form.all(func(e *element) bool { return e.attr["name"] == "csrf" })
			if form.attr["method"] == "post" && (len(token) != 1 || token[0].attr["value"] != deskFrame().CSRF) {
				t.Errorf("the form to %s has no page token", form.attr["action"])
			}
		}
		for _, input := range root.all(named("input")) {
			if _, checked := input.attr["checked"]; checked {
				t.Errorf("%s is chosen beforehand", input.attr["value"])
			}
		}
		squeezed := strings.ReplaceAll(page, " ", "")
		for _, secret := range []string{"0542811101000000123456", "ABNA0417164300", "GiuliaFerri", "Ceramiche", "giulia@", "0.113.24"} {
			if strings.Contains(squeezed, secret) && s.Name != "desk-revealed" {
				t.Errorf("the page shows %s", secret)
			}
		}
		for _, bad := range []string{"ZgotmplZ", "<no value>", "0001-"} {
			if strings.Contains(page, bad) {
				t.Errorf("the page has %s", bad)
			}
		}
		if n := len(root.all(func(*element) bool { return true })); n > deskDOM {
			t.Errorf("%d elements", n)
		}
		if n := gzipped(t, []byte(page), files["app.css"].Body, files["dev.css"].Body, files["app.js"].Body); n > deskBudget {
			t.Errorf("%d bytes compressed", n)
		}
	})
}

// Whoever proposed has no control, and who reads alone has none either; the note of
// the proposer is read after choosing (UX C5).
func TestDesk_Controls(t *testing.T) {
	t.Parallel()
	eachDeskPage(t, func(t *testing.T, s DeskSample, page string, root *element) {
		answers := len(root.all(func(e *element) bool { return e.attr["name"] == "answer" || e.attr["name"] == "verb" }))
		switch s.Name {
		case "desk-case-own":
			if answers > 0 || !strings.Contains(page, "You proposed this. Another agent must decide.") {
				t.Error("the proposer is offered to decide")
			}
		case "desk-case-closed":
			if answers > 0 || len(root.all(named("textarea"))) > 0 {
				t.Error("a reader is offered to decide")
			}
		case "desk-case-open", "desk-case-second":
			if answers < 2 {
				t.Error("there is no choice")
			}
		}
		if strings.HasPrefix(s.Name, "desk-case") && !strings.Contains(page, "You cannot change a payout account or shorten a wait here.") {
			t.Error("does not say what cannot be done here")
		}
	})
}

// Nothing that can be decided, opened, shown or read is without words.
func TestDesk_Words(t *testing.T) {
	t.Parallel()
	for _, v := range desk.CaseVerbs() {
		if caseVerbs[v] == "" {
			t.Errorf("no words for %s", v)
		}
	}
	for _, r := range desk.Reasons() {
		if decisionReasons[r] == "" {
			t.Errorf("no words for %s", r)
		}
	}
	for _, f := range desk.RevealFields() {
		if revealFields[f] == "" {
			t.Errorf("no words for %s", f)
		}
	}
	for _, s := range approvals.States {
		if actionStates[s] == "" {
			t.Errorf("no words for %s", s)
		}
	}
	for _, k := range approvals.Kinds {
		if actionKinds[k] == "" {
			t.Errorf("no words for %s", k)
		}
	}
	if got := EventText(audit.Event{Verb: "something_new", Data: map[string]string{"refused": "wrong_state"}}); got != "Something new: refused, wrong state." {
		t.Errorf("%q", got)
	}
}

func TestDesk_Masks(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		MaskName("Ferri Ceramiche"):    "F••••• C•••••",
		MaskName("Anna Bianca Verdi"):  "A••••• B•••••",
		MaskName("  "):                 "•••••",
		MaskIP("203.0.113.24"):         "203.0.•.•",
		MaskIP("2001:db8::1"):          "2001:•",
		MaskIP(""):                     "•",
		RevealText("ip", "BD-1"):       "The IP address of BD-1",
		ReasonText(desk.CalledBack):    "V1 call-back to an old number",
		CaseReasonText("not_heard_of"): "Not heard of",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What a decision rests on is said whole.
func TestFactSentences(t *testing.T) {
	t.Parallel()
	f := sampleFactsOfCase()
	f.Joined, f.Recovery, f.SecurityAt = 2, "waiting_72h", sampleTime(22, 17, 21)
	f.Others = []desk.CaseFact{{Number: 10443}, {Number: 10444, Joined: 1}}
	said := strings.Join(FactSentences(f), "\n")
	for _, want := range []string{
		"The seller is locked.", "BD-7K4Q-2M9X is on hold: the seller is locked (round 1, version 5).", "changed last at 2026-11-22", "joined the case: 2 times",
		"waiting 72h", "C-10443 is open about the same seller.", "joined it: once.", "named by 7 sellers and is frozen",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
	said = strings.Join(FactSentences(desk.Facts{Ring: &desk.RingFact{Sellers: 1, Ring: 1, Denied: true}}), "\n")
	for _, want := range []string{"The seller is not locked.", "The seller has nothing open.", "by one seller and is denied."} {
		if !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
	}
}
