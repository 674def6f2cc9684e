package deliver

import (
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// readMail returns the subject and the text part of a mail as it was sent.
func readMail(t *testing.T, raw string) (*mail.Message, string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(msg.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return msg, string(text)
}

func securityMail(n approvals.SecurityNotice, locale string) approvals.OutMail {
	return approvals.OutMail{
		ID: "0190-n", Mail: approvals.Mail{Kind: approvals.MailSecurity, To: "giulia@ferri.example"}, Notice: &n, StopToken: "nTOKEN",
		Marketplace: approvals.Marketplace{ID: "m1", Name: "Bottega Demo"},
		Seller:      approvals.Seller{Name: "Giulia Ferri", Locale: locale, TimeZone: "Europe/Rome"},
	}
}

// TestMF06_NoticeAsItIsSent: NI-21, a notice says what happened, when, with
// which device, from which country, and how to say that it was somebody else.
func TestMF06_NoticeAsItIsSent(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	m := mailer(t, startMailServer(t, server))
	n := approvals.SecurityNotice{
		What: approvals.SecurityBlocked, At: at, Until: at.Add(15 * time.Minute),
		Origin: approvals.Origin{IP: "203.0.113.24", Country: "NL", UserAgent: "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"},
	}
	if verdict, _, err := m.Send(t.Context(), securityMail(n, "en")); err != nil || verdict != approvals.VerdictAccepted {
		t.Fatalf("%q, %v", verdict, err)
	}
	msg, text := readMail(t, server.messages[0])
	if msg.Header.Get("Message-Id") != "<0190-n@market.example>" || msg.Header.Get("List-Unsubscribe") != "" || msg.Header.Get("References") != "" {
		t.Errorf("headers %v", msg.Header)
	}
	for _, part := range []string{
		"Giulia Ferri", "Bottega Demo", "Firefox on Windows", "Netherlands, IP 203.0.113.24", "https://approve.market.example/not-me/nTOKEN",
		"We never ask for codes or passwords", "It cannot be switched off",
	} {
		if !strings.Contains(strings.ReplaceAll(text, "\r\n", " "), part) {
			t.Errorf("the mail does not say %q:\n%s", part, text)
		}
	}
	if subject := msg.Header.Get("Subject"); strings.ContainsAny(subject, "0123456789@") {
		t.Errorf("the subject says %q", subject)
	}
}

// TestEveryNoticeIsWritten, in both languages, also where nothing but the time
// is known.
func TestEveryNoticeIsWritten(t *testing.T) {
	t.Parallel()
	m := mailer(t, startMailServer(t, &mailServer{}))
	for _, what := range []approvals.SecurityEvent{
		approvals.SecurityFirstAuthenticator, approvals.SecurityAuthenticatorAdded, approvals.SecurityAuthenticatorUsable, approvals.SecurityAuthenticatorRemoved, approvals.SecurityAuthenticatorOff,
		approvals.SecurityCodesMade, approvals.SecurityCodeUsed, approvals.SecurityRecoveryStarted, approvals.SecurityWait,
		approvals.SecurityTravel, approvals.SecuritySignedOut, approvals.SecurityLastTries, approvals.SecurityBlocked,
		approvals.SecurityDowngrade, approvals.SecurityReplay, approvals.SecurityLanguage, approvals.SecurityCounter,
		approvals.SecurityDeviceAdded, approvals.SecurityApproverJoined, approvals.SecuritySupportUnlocked, approvals.SecuritySupportKept,
		approvals.SecuritySupportExtended, approvals.SecuritySupportDenied, approvals.SecuritySupportFailed, approvals.SecuritySupportRevealed,
		approvals.SecuritySupportChecked, approvals.SecuritySupportKnown, approvals.SecuritySupportUnknown,
		approvals.SecurityRecoveryAsked, approvals.SecurityRecoveryAgreed, approvals.SecurityRecoveryOpen,
		approvals.SecurityRecoveryStopped, approvals.SecurityRecoveryDeclined, approvals.SecurityRecoveryLapsed, approvals.SecurityRecoveryDone,
	} {
		for _, locale := range []string{"en", "it"} {
			for _, n := range []approvals.SecurityNotice{
				{What: what, At: at},
				{What: what, At: at, Method: "recovery", Name: "x", From: at.Add(time.Hour), Until: at.Add(time.Hour), Left: 1},
			} {
				if verdict, _, err := m.Send(t.Context(), securityMail(n, locale)); err != nil || verdict != approvals.VerdictAccepted {
					t.Errorf("%s in %s: %q, %v", what, locale, verdict, err)
				}
			}
		}
	}
	if _, _, err := m.Send(t.Context(), securityMail(approvals.SecurityNotice{What: approvals.SecurityWrongCode, At: at}, "en")); err == nil {
		t.Error("what nobody is told was written")
	}
}

// TestNoticeInTheLanguageOfBefore: that the language of mails was changed is said
// in the one the owner reads.
func TestNoticeInTheLanguageOfBefore(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	m := mailer(t, startMailServer(t, server))
	n := approvals.SecurityNotice{What: approvals.SecurityLanguage, At: at, Locale: "en"}
	if verdict, _, err := m.Send(t.Context(), securityMail(n, "it")); err != nil || verdict != approvals.VerdictAccepted {
		t.Fatalf("%q, %v", verdict, err)
	}
	msg, text := readMail(t, server.messages[0])
	if msg.Header.Get("Subject") != "The language of our emails was changed" || !strings.Contains(text, "chose another language") {
		t.Errorf("the mail says %q:\n%s", msg.Header.Get("Subject"), text)
	}
}
