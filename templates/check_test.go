package templates

import (
	"html"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// checkedPages are the pages and mails on which a name check is to be read, with
// the check of c.
func checkedPages(t *testing.T, l Locale, c destination.PayeeCheck) map[string]string {
	t.Helper()
	f := SampleFacts()
	f.To = AccountOf(destination.Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri", PayeeCheck: &c})
	r := sharedRenderer(t)
	review := SampleReviews()[0].Page.(Review)
	review.Facts = f
	confirm := review
	confirm.Stage = approvals.StageConfirmation
	status := SampleStatuses()[0].Page.(Status)
	status.Facts = f
	out := map[string]string{
		"review":  renderPage(t, r, l, review),
		"confirm": renderPage(t, r, l, confirm),
		"status":  renderPage(t, r, l, status),
	}
	for _, s := range SampleMails() {
		var m Mail
		switch mail := s.Mail.(type) {
		case RequestedMail:
			mail.Facts = f
			m = mail
		case NoticeMail:
			mail.Facts = f
			m = mail
		case ConfirmMail:
			mail.Facts = f
			m = mail
		default:
			continue
		}
		sent, err := r.Mail(l, m)
		if err != nil {
			t.Fatal(err)
		}
		out[s.Name+" text"], out[s.Name+" HTML"] = sent.Text, sent.HTML
	}
	return out
}

// TestVP01_EachOutcomeIsShown: what the bank said of the name stands on the
// review, the confirmation, the status and in the mails, and of a close match
// the name that the bank has (VP-02).
func TestVP01_EachOutcomeIsShown(t *testing.T) {
	t.Parallel()
	check := func(r destination.PayeeResult, name, code string) destination.PayeeCheck {
		return destination.PayeeCheck{Scheme: destination.VerificationOfPayee, Result: r, Name: name, Code: code}
	}
	for _, tt := range []struct {
		check  destination.PayeeCheck
		en, it string
		named  bool
	}{
		{check(destination.PayeeMatch, "", "MTCH"), "Name matches", "Il nome corrisponde", false},
		{check(destination.PayeeClose, "Giulio Ferri", "CMTC"), "Name is close", "Il nome corrisponde in parte", true},
		{check(destination.PayeeNoMatch, "", "NMTC"), "Name does not match", "Il nome non corrisponde", false},
		{check(destination.PayeeUnavailable, "", "NOAP"), "Could not be checked", "Verifica non disponibile", false},
		{check(destination.PayeeMatch, "", "ZZZZ"), "Could not be checked", "Verifica non disponibile", false},
		{check(destination.PayeeMatch, "Giulio Ferri", ""), "Could not be checked", "Verifica non disponibile", false},
	} {
		for l, want := range map[Locale]string{EN: tt.en, IT: tt.it} {
			name := map[Locale]string{EN: "The bank has: Giulio Ferri", IT: "La banca indica: Giulio Ferri"}[l]
			for page, got := range checkedPages(t, l, tt.check) {
				got = strings.Join(strings.Fields(html.UnescapeString(got)), " ")
				if !strings.Contains(got, want) {
					t.Errorf("%s %s %+v: not %q", page, l, tt.check, want)
				}
				if strings.Contains(got, name) != tt.named {
					t.Errorf("%s %s %+v: the bank's name is shown: %t", page, l, tt.check, !tt.named)
				}
			}
		}
	}
}

// TestVP02_AHostileNameIsText: the name the bank returns is nobody's markup.
func TestVP02_AHostileNameIsText(t *testing.T) {
	t.Parallel()
	const hostile = `<script>alert(1)</script>"'{{.Facts}}</dd>`
	pages := checkedPages(t, EN, destination.PayeeCheck{Scheme: destination.VerificationOfPayee, Result: destination.PayeeClose, Name: hostile})
	for page, got := range pages {
		if strings.HasSuffix(page, " text") {
			continue
		}
		if strings.Contains(got, "<script>alert") || !strings.Contains(html.UnescapeString(got), hostile) {
			t.Errorf("%s does not show the name as it is", page)
		}
	}
}
