package deliver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"countersign/approvals"
	"countersign/approvals/crashpoint"
	"countersign/templates"
)

// SMTP says how to reach the mail server.
type SMTP struct {
	Address  string // host:port
	TLS      TLS
	Username string
	Password string
}

// TLS is how the connection to the mail server is protected.
type TLS string

const (
	StartTLS    TLS = "starttls" // mandatory, never given up for plain text
	ImplicitTLS TLS = "implicit"
	NoTLS       TLS = "none" // for a mail server on this machine
)

// smtpTimeout bounds one mail from dial to the server's last word.
const smtpTimeout = 30 * time.Second

// Mailer writes mails and hands them to a mail server. It implements
// approvals.Mailer.
type Mailer struct {
	Pages     *templates.Renderer
	SMTP      SMTP
	From      string // bare address
	ReplyTo   string // bare address, empty: none
	PublicURL string
	Now       func() time.Time
}

// locale is the language of a mail: the seller's, but for a notice that says
// itself in which it is to be read.
func locale(out approvals.OutMail) string {
	if out.Notice != nil && out.Notice.Locale != "" {
		return out.Notice.Locale
	}
	return out.Seller.Locale
}

// Send writes and sends one mail. The Message-ID comes from the row, so a mail
// that has to be sent twice is one mail to every program that reads it.
func (m *Mailer) Send(ctx context.Context, out approvals.OutMail) (approvals.Verdict, string, error) {
	page, err := m.compose(out)
	if err != nil {
		return "", "", fmt.Errorf("compose: %w", err)
	}
	written, err := m.Pages.Mail(templates.Match(locale(out)), page)
	if err != nil {
		return "", "", fmt.Errorf("render: %w", err)
	}
	msg, err := m.message(out, written)
	if err != nil {
		return "", "", err
	}
	client, err := m.client()
	if err != nil {
		return "", "", fmt.Errorf("mail client: %w", err)
	}
	crashpoint.Hit("mail before send")
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	crashpoint.Hit("mail after send")
	if msg.IsDelivered() { // accepted, whatever became of the goodbye
		err = nil
	}
	verdict, answer := judge(err)
	return verdict, answer, nil
}

func (m *Mailer) message(out approvals.OutMail, w templates.Message) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(out.Marketplace.Name+" Security", m.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("reply to: %w", err)
		}
	}
	if err := msg.To(out.Mail.To); err != nil {
		return nil, errors.New("to: the stored address cannot be used")
	}
	domain := m.From[strings.LastIndex(m.From, "@")+1:]
	msg.SetMessageIDWithValue(out.ID + "@" + domain)
	if out.Action != nil {
		thread := "<" + string(out.Action.ID) + "@" + domain + ">"
		msg.SetGenHeader(mail.HeaderReferences, thread)
		msg.SetGenHeader(mail.HeaderInReplyTo, thread)
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetDateWithValue(m.Now())
	msg.Subject(w.Subject)
	msg.SetBodyString(mail.TypeTextPlain, w.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, w.HTML)
	return msg, nil
}

func (m *Mailer) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(m.SMTP.Address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	opts := []mail.Option{mail.WithPort(n), mail.WithTimeout(smtpTimeout), mail.WithDialContextFunc(dialUntil)}
	switch m.SMTP.TLS {
	case StartTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	case ImplicitTLS:
		opts = append(opts, mail.WithSSL())
	case NoTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if m.SMTP.Username != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.SMTP.Username), mail.WithPassword(m.SMTP.Password))
	}
	return mail.NewClient(host, opts...)
}

// dialUntil connects, and ends the connection with ctx however often the client
// asks for more time.
func dialUntil(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	end, bounded := ctx.Deadline()
	if !bounded {
		return c, nil
	}
	return endingConn{c, end}, c.SetDeadline(end)
}

// endingConn has one deadline that cannot be moved.
type endingConn struct {
	net.Conn
	end time.Time
}

func (c endingConn) SetDeadline(t time.Time) error      { return c.Conn.SetDeadline(c.earlier(t)) }
func (c endingConn) SetReadDeadline(t time.Time) error  { return c.Conn.SetReadDeadline(c.earlier(t)) }
func (c endingConn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.earlier(t)) }

func (c endingConn) earlier(t time.Time) time.Time {
	if t.IsZero() || t.After(c.end) {
		return c.end
	}
	return t
}

// judge boils a mail server's answer down. No answer at all is "later": the
// mail may have gone out, and the same Message-ID tells a second one apart.
func judge(err error) (approvals.Verdict, string) {
	if err == nil {
		return approvals.VerdictAccepted, "250"
	}
	sent, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return approvals.VerdictLater, "no connection"
	}
	code := sent.ErrorCode()
	answer := strings.TrimSpace(fmt.Sprintf("%d %s", code, sent.EnhancedStatusCode()))
	aboutUs := sent.Reason == mail.ErrSMTPMailFrom // our sender address, not the reader's
	if code >= 500 && code < 600 && !aboutUs {
		return approvals.VerdictRefused, answer
	}
	return approvals.VerdictLater, answer
}
