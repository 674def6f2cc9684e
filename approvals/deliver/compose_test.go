package deliver

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/templates"
)

// THREATS B3: an address that has not said whose it is gets no way to stop, and
// so to lock, the seller's account; once it has, it gets what every address gets.
func TestCompose_UnverifiedStopsNothing(t *testing.T) {
	t.Parallel()
	m := mailer(t, "localhost:25")
	out := outMail(t, approvals.MailCancelled)
	out.Action.Contacts = append(out.Action.Contacts, approvals.Notice{Email: "new@post.example", Role: approvals.ContactNew})
	for _, tt := range []struct {
		to       string
		verified time.Time
		stops    bool
	}{{"giulia@ferri.example", time.Time{}, true}, {"new@post.example", time.Time{}, false}, {"new@post.example", at, true}} {
		out.Mail.To, out.Action.Contacts[1].VerifiedAt = tt.to, tt.verified
		composed, err := m.compose(out)
		if err != nil {
			t.Fatal(err)
		}
		if stops := composed.(templates.CancelledMail).Stop != ""; stops != tt.stops {
			t.Errorf("%s, verified %v: a way to stop is %v", tt.to, tt.verified, stops)
		}
	}
}

// The first notice says why it waits, by the rule that decided; a review tells
// nothing of what was found.
func TestCompose_WhyItWaits(t *testing.T) {
	t.Parallel()
	m := mailer(t, "localhost:25")
	out := outMail(t, approvals.MailNotice)
	out.Action.Decision.Rules = []approvals.Rule{{ID: "FIRST", Text: map[string]string{"en": "first"}}, {ID: "SECOND", Text: map[string]string{"en": "second"}}}
	for outcome, want := range map[approvals.Outcome]string{approvals.Allow: "first", approvals.Review: "", approvals.Freeze: ""} {
		out.Action.Decision.Outcome = outcome
		composed, err := m.compose(out)
		if err != nil {
			t.Fatal(err)
		}
		if why := composed.(templates.NoticeMail).Why["en"]; why != want {
			t.Errorf("%s: %q, want %q", outcome, why, want)
		}
	}
}
