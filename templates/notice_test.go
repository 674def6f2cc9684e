package templates

import (
	"html"
	"strings"
	"testing"

	"countersign/approvals"
)

// TestNI21_NoticesAndTheirPage say the same: what happened, when, from where,
// and how to repudiate it.
func TestNI21_NoticesAndTheirPage(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	for name, n := range SampleNotices() {
		for _, l := range Locales() {
			m, err := r.Mail(l, SecurityMail{MailFrame: MailFrame{Marketplace: "Bottega", Zone: sampleZone(), Stop: "https://approve.market.example/not-me/n"}, Notice: n})
			if err != nil {
				t.Fatal(err)
			}
			page := squeeze(html.UnescapeString(renderPage(t, r, l, Stop{
				Frame: Frame{Marketplace: "Bottega", Now: n.At, Zone: sampleZone()}, State: StopNotice, Submit: "/not-me", Notice: n,
			})))
			lead, err := r.words[l].noticeLead(n, "Bottega", sampleZone())
			if err != nil {
				t.Fatal(err)
			}
			rows, err := r.words[l].noticeRows(n, sampleZone())
			if err != nil {
				t.Fatal(err)
			}
			want := []string{lead}
			for _, row := range rows {
				want = append(want, row.Value)
			}
			for _, part := range want {
				if !strings.Contains(squeeze(m.Text), squeeze(part)) || !strings.Contains(page, squeeze(part)) {
					t.Errorf("%s in %s: not both say %q", name, l, part)
				}
			}
			if n.Label != "" && strings.Contains(m.Subject, n.Label) {
				t.Errorf("%s in %s: the subject says the name %q", name, l, m.Subject)
			}
		}
	}
}

// TestB8_NamesThatLead: a name that a mail program makes a link of, or that is
// a number to call, is left out: whoever added the authenticator chose it.
func TestB8_NamesThatLead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"iPhone": "iPhone", "Giulia's 2nd phone": "Giulia's 2nd phone", "YubiKey 5.7": "YubiKey 5.7", "": "",
		"https://evil.example": "", "evil.example": "", "a@evil.example": "", "call +39 0612345678": "", `\\evil`: "", "см. пример.рф": "",
	} {
		if got := NoticeOf(approvals.SecurityNotice{Name: name}).Label; got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}
