package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	maxMessage    = 1 << 20 // bytes
	maxRecipients = 50
	smtpTimeout   = time.Minute
)

// Answers for MailboxConfig.Fault.
var (
	ErrRejected = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	ErrTryLater = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
)

// MailboxConfig is what a Mailbox needs.
type MailboxConfig struct {
	Listener net.Listener     // SMTP, on a loopback address; the mailbox closes it
	Dir      string           // one file a message; made when it is not there
	Notice   string           // the sentence on top of every page
	Now      func() time.Time // when a message arrived
	Log      io.Writer        // faults of connections; nil for none

	// Fault is asked about each recipient. An error refuses it: ErrRejected,
	// ErrTryLater or another *smtp.SMTPError. Blocking stalls the connection.
	// nil accepts all. It is for tests.
	Fault func(recipient string) error
}

// Mailbox is an SMTP server that keeps what it is sent. It is safe for
// concurrent use.
type Mailbox struct {
	config MailboxConfig
	server *smtp.Server

	mu       sync.RWMutex
	messages []Message // oldest first; the ids are 1, 2, …
}

// OpenMailbox reads the messages in c.Dir. It does not accept any before Serve.
func OpenMailbox(c MailboxConfig) (*Mailbox, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the mailbox directory: %w", err)
	}
	messages, err := loadMessages(c.Dir)
	if err != nil {
		return nil, err
	}
	m := &Mailbox{config: c, messages: messages}
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{mailbox: m}, nil }))
	m.server.Domain = "localhost"
	m.server.MaxMessageBytes = maxMessage
	m.server.MaxRecipients = maxRecipients
	m.server.ReadTimeout, m.server.WriteTimeout = smtpTimeout, smtpTimeout
	m.server.EnableSMTPUTF8 = true
	m.server.ErrorLog = log.New(io.Discard, "", 0)
	if c.Log != nil {
		m.server.ErrorLog = log.New(c.Log, "mailbox: ", 0)
	}
	return m, nil
}

// Addr is where mail is sent to, "127.0.0.1:2525".
func (m *Mailbox) Addr() string { return m.config.Listener.Addr().String() }

// Serve accepts mail until Shutdown, and then returns nil.
func (m *Mailbox) Serve() error {
	if err := m.server.Serve(m.config.Listener); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve the mailbox: %w", err)
	}
	return nil
}

// Shutdown stops accepting connections, waits for those that are open until
// ctx is done and then cuts them. What was accepted is on disk.
func (m *Mailbox) Shutdown(ctx context.Context) error {
	_ = m.config.Listener.Close() // also when Serve was never called
	err := m.server.Shutdown(ctx)
	if ctx.Err() != nil {
		return m.server.Close()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop the mailbox: %w", err)
	}
	return nil
}

// Messages returns all messages, oldest first.
func (m *Mailbox) Messages() []Message {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.messages)
}

// message finds one by its id.
func (m *Mailbox) message(id int) (Message, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if id < 1 || id > len(m.messages) {
		return Message{}, false
	}
	return m.messages[id-1], true
}

// keep saves a message and then shows it.
func (m *Mailbox) keep(e envelope) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := len(m.messages) + 1
	if err := saveEnvelope(m.config.Dir, id, e); err != nil {
		return err
	}
	m.messages = append(m.messages, e.message(id))
	return nil
}

// delivery is one SMTP connection's message.
type delivery struct {
	mailbox *Mailbox
	from    string
	to      []string
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.from = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if fault := d.mailbox.config.Fault; fault != nil {
		if err := fault(to); err != nil {
			return err
		}
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	e := envelope{ReceivedAt: d.mailbox.config.Now().UTC(), From: d.from, To: slices.Clone(d.to), Raw: raw}
	if d.mailbox.keep(e) != nil {
		return ErrTryLater
	}
	return nil
}

func (d *delivery) Reset()        { d.from, d.to = "", nil }
func (d *delivery) Logout() error { return nil }
