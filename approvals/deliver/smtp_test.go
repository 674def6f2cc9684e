package deliver

import (
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/templates"
)

// mailServer is a real SMTP server on loopback that answers as it is told.
type mailServer struct {
	mu       sync.Mutex
	messages []string
	refuse   func(to string) error
}

func (s *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{s}, nil }

type mailSession struct{ s *mailServer }

func (m *mailSession) Reset()                               {}
func (m *mailSession) Logout() error                        { return nil }
func (m *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (m *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if m.s.refuse != nil {
		return m.s.refuse(to)
	}
	return nil
}

func (m *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	m.s.messages = append(m.s.messages, string(b))
	return err
}

func startMailServer(t *testing.T, s *mailServer) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(s)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return l.Addr().String()
}

func mailer(t *testing.T, address string) *Mailer {
	t.Helper()
	pages, err := templates.New(templates.Config{PasskeyDomain: "market.example", Typed: map[templates.Locale]string{templates.EN: "market.example/security"}})
	if err != nil {
		t.Fatal(err)
	}
	return &Mailer{
		Pages: pages, SMTP: SMTP{Address: address, TLS: NoTLS}, From: "security@market.example",
		PublicURL: "https://approve.market.example", Now: func() time.Time { return at },
	}
}

func outMail(t *testing.T, kind approvals.MailKind) approvals.OutMail {
	t.Helper()
	seller := approvals.Seller{
		SellerKey: approvals.SellerKey{Marketplace: "m1", Seller: "S-1"}, Name: "Giulia Ferri", Locale: "en", TimeZone: "Europe/Rome",
		Contacts: []approvals.Contact{{Email: "giulia@ferri.example"}},
	}
	details := []byte(`{"from":{"holder":"Ferri Ceramiche","iban":"IT60X0542811101000000123456"},"to":{"holder":"G. Ferri","iban":"NL91ABNA0417164300"}}`)
	c, err := approvals.Propose(approvals.Draft{ID: "0190-a", Kind: approvals.PayoutAccountChange, Details: details}, seller, approvalstest.DefaultWaits.Decide(approvals.Facts{}), at)
	if err != nil {
		t.Fatal(err)
	}
	return approvals.OutMail{
		ID: "0190-m", Mail: approvals.Mail{Kind: kind, To: "giulia@ferri.example", Generation: 1},
		Marketplace: approvals.Marketplace{ID: "m1", Name: "Bottega Demo"}, Seller: seller, Action: &c.Action, StopToken: "sTOKEN",
	}
}

func TestMailIsWhatASellerShouldGet(t *testing.T) {
	t.Parallel()
	server := &mailServer{}
	m := mailer(t, startMailServer(t, server))
	for range 2 { // sent twice, it is one mail
		verdict, _, err := m.Send(t.Context(), outMail(t, approvals.MailRequested))
		if err != nil || verdict != approvals.VerdictAccepted {
			t.Fatalf("%q, %v", verdict, err)
		}
	}
	var ids []string
	for _, raw := range server.messages {
		msg, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, msg.Header.Get("Message-Id"))
		if msg.Header.Get("Auto-Submitted") != "auto-generated" || msg.Header.Get("List-Unsubscribe") != "" {
			t.Errorf("headers %v", msg.Header)
		}
		if from := msg.Header.Get("From"); from != `"Bottega Demo Security" <security@market.example>` {
			t.Errorf("From %s", from)
		}
		if !strings.HasPrefix(msg.Header.Get("Content-Type"), "multipart/alternative") {
			t.Errorf("Content-Type %s", msg.Header.Get("Content-Type"))
		}
		if !strings.Contains(raw, "https://approve.market.example/cancel/sTOKEN") && !strings.Contains(raw, "cancel/sTO") {
			t.Error("the stop link is missing")
		}
	}
	if len(ids) != 2 || ids[0] != ids[1] || ids[0] != "<0190-m@market.example>" {
		t.Errorf("Message-IDs %v", ids)
	}
}

func TestF27_MailServersLastWord(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want approvals.Verdict
	}{
		{"no such mailbox", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, approvals.VerdictRefused},
		{"greylisted", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later"}, approvals.VerdictLater},
		{"mailbox full", &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "full"}, approvals.VerdictLater},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := mailer(t, startMailServer(t, &mailServer{refuse: func(string) error { return tt.err }}))
			verdict, answer, err := m.Send(t.Context(), outMail(t, approvals.MailNotice))
			if err != nil || verdict != tt.want {
				t.Errorf("%q (%q), %v", verdict, answer, err)
			}
		})
	}
	m := mailer(t, "127.0.0.1:1")
	if verdict, _, err := m.Send(t.Context(), outMail(t, approvals.MailNotice)); err != nil || verdict != approvals.VerdictLater {
		t.Errorf("no server: %q, %v", verdict, err)
	}
}

// Every kind of mail is written, in both languages: a kind without words would
// be found by a seller.
func TestEveryKindOfMailIsWritten(t *testing.T) {
	t.Parallel()
	m := mailer(t, startMailServer(t, &mailServer{}))
	for _, kind := range []approvals.MailKind{
		approvals.MailRequested, approvals.MailNotice, approvals.MailNoticeAgain, approvals.MailBeforeWindow, approvals.MailConfirm,
		approvals.MailConfirmAgain, approvals.MailExecuted, approvals.MailCancelled, approvals.MailNotConfirmed,
		approvals.MailLockedByYou, approvals.MailLockedByUs, approvals.MailHeld, approvals.MailApproveAgain,
	} {
		for _, locale := range []string{"en", "it"} {
			out := outMail(t, kind)
			out.Seller.Locale, out.ConfirmToken = locale, "cTOKEN"
			out.Seller.Locked, out.Seller.LockedAt, out.Seller.LockedBy = true, at, approvals.LockNotMe
			out.Action.State, out.Action.Hold, out.Action.HeldFrom, out.Action.Cancel = approvals.Held, approvals.HoldNotice, approvals.Notifying, approvals.ChangedMind
			if verdict, _, err := m.Send(t.Context(), out); err != nil || verdict != approvals.VerdictAccepted {
				t.Errorf("%s in %s: %q, %v", kind, locale, verdict, err)
			}
		}
	}
}
