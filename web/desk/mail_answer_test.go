package desk

import (
	"strings"
	"testing"

	"countersign/approvals/desk"
	"countersign/templates"
)

// K4: a mail server's answer names addresses in its own way; none is shown whole.
func TestCase_MailAnswers(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"550 5.1.1 <ANNA.Rossi@Example.com>: unknown":    "550 5.1.1 <A•••@Example.com>: unknown",
		"550 anna.rossi+x@other.example is full":         "550 a•••@other.example is full",
		"rfc822;anna.rossi@example.com, bob@example.com": "rfc822;a•••@example.com, b•••@example.com",
		`550 "anna rossi"@example.com`:                   `550 "•••@example.com`,
		"421 try again":                                  "421 try again",
	} {
		var p templates.DeskCase
		fillMails(&p, desk.Dossier{Mails: []desk.MailFact{{To: "anna.rossi@example.com", Answer: answer}}})
		if got := p.Mails[0].Answer; got != want || strings.Contains(strings.ToLower(got), "rossi") {
			t.Errorf("%q is shown as %q, want %q", answer, got, want)
		}
	}
}
