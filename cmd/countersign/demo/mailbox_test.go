package demo

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/html"
)

const letter = "From: Bottega Demo Security <security@market.example>\r\n" +
	"To: giulia@ferri.example\r\n" +
	"Subject: =?utf-8?q?Citt=C3=A0_di_prova?=\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Perch=C3=A9? Open http://127.0.0.1:8080/a/x=\r\nyz. <b>No</b>\r\n.\r\nAgain: http://127.0.0.1:8080/a/xyz\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PHA+aGVsbG88c2NyaXB0PmFsZXJ0KDEpPC9zY3JpcHQ+PC9wPg==\r\n" +
	"--b--\r\n"

var arrived = time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC)

func openMailbox(t *testing.T, dir string, fault func(string) error) *Mailbox {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := OpenMailbox(MailboxConfig{Listener: l, Dir: dir, Notice: Notice("30 seconds"), Now: func() time.Time { return arrived }, Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- m.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		if err := errors.Join(m.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return m
}

func send(m *Mailbox, to, text string) error {
	c, err := smtp.Dial(m.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SendMail("security@market.example", []string{to}, strings.NewReader(text)); err != nil {
		return err
	}
	return c.Quit()
}

// TestMailboxKeepsMail: what comes over SMTP is there, decoded, and there
// again after a restart on the same directory.
func TestMailboxKeepsMail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := openMailbox(t, dir, nil)
	if err := send(m, "giulia@ferri.example", letter); err != nil {
		t.Fatal(err)
	}
	if err := send(m, "hannah@webbwool.example", "Subject: plain\r\n\r\nhello\r\n"); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*Mailbox{m, openMailbox(t, dir, nil)} {
		all := one.Messages()
		if len(all) != 2 {
			t.Fatalf("%d messages", len(all))
		}
		got := all[0]
		if got.ID != 1 || got.Subject != "Città di prova" || got.From != "security@market.example" || got.To[0] != "giulia@ferri.example" || !got.ReceivedAt.Equal(arrived) {
			t.Errorf("got %+v", got)
		}
		if want := "Perché? Open http://127.0.0.1:8080/a/xyz. <b>No</b>\n.\nAgain: http://127.0.0.1:8080/a/xyz"; got.Text != want {
			t.Errorf("text %q", got.Text)
		}
		if got.HTML != "<p>hello<script>alert(1)</script></p>" || len(got.Links) != 1 || got.Links[0] != "http://127.0.0.1:8080/a/xyz" {
			t.Errorf("html %q, links %q", got.HTML, got.Links)
		}
		if all[1].Text != "hello\n" || all[1].Subject != "plain" {
			t.Errorf("got %+v", all[1])
		}
	}
}

// TestMailboxFaults: a refused recipient, a temporary failure, a stall, a
// full disk.
func TestMailboxFaults(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	dir := t.TempDir()
	m := openMailbox(t, dir, func(to string) error {
		switch to {
		case "gone@ferri.example":
			return ErrRejected
		case "busy@ferri.example":
			return ErrTryLater
		case "slow@ferri.example":
			<-release
		}
		return nil
	})
	for to, code := range map[string]int{"gone@ferri.example": 550, "busy@ferri.example": 451} {
		err := send(m, to, letter)
		if refused, ok := errors.AsType[*smtp.SMTPError](err); !ok || refused.Code != code {
			t.Errorf("%s: got %v, want %d", to, err, code)
		}
	}
	stalled := make(chan error, 1)
	go func() { stalled <- send(m, "slow@ferri.example", letter) }()
	if err := send(m, "giulia@ferri.example", letter); err != nil {
		t.Errorf("beside a stall: %v", err)
	}
	select {
	case err := <-stalled:
		t.Errorf("the stall ended by itself: %v", err)
	default:
	}
	close(release)
	if err := <-stalled; err != nil {
		t.Errorf("after the stall: %v", err)
	}
	if got := len(m.Messages()); got != 2 {
		t.Errorf("%d messages, want 2", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if refused, ok := errors.AsType[*smtp.SMTPError](send(m, "giulia@ferri.example", letter)); !ok || refused.Code != 451 {
		t.Errorf("nothing to write to: got %v", refused)
	}
	if got := len(m.Messages()); got != 2 {
		t.Errorf("%d messages, want 2: one was shown that was not kept", got)
	}
}

// fetch asks the mailbox's pages for a path.
func fetch(t *testing.T, m *Mailbox, path string) (*http.Response, string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	resp := w.Result()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestMailboxPages(t *testing.T) {
	t.Parallel()
	m := openMailbox(t, t.TempDir(), nil)
	if _, body := fetch(t, m, "/"); !strings.Contains(body, "No mail yet.") {
		t.Errorf("empty: %s", body)
	}
	for _, to := range []string{"giulia@ferri.example", "hannah@webbwool.example"} {
		if err := send(m, to, letter); err != nil {
			t.Fatal(err)
		}
	}
	_, body := fetch(t, m, "/")
	if strings.Index(body, "/messages/2") > strings.Index(body, "/messages/1") || !strings.Contains(body, "Cooling-off shortened to 30 seconds.") {
		t.Errorf("list: %s", body)
	}
	resp, body := fetch(t, m, "/messages/1")
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var links []string
	for d := range byID(doc, "text").Descendants() {
		if d.Data == "a" {
			links = append(links, attr(d, "href")+" "+attr(d, "rel"))
		}
		if d.Data == "b" {
			t.Error("the mail's text became markup")
		}
	}
	if len(links) != 2 || links[0] != "http://127.0.0.1:8080/a/xyz noopener noreferrer" {
		t.Errorf("links %q", links)
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("policy %q", resp.Header.Get("Content-Security-Policy"))
	}
	resp, body = fetch(t, m, "/messages/1/html")
	if body != "<p>hello<script>alert(1)</script></p>" || !strings.HasPrefix(resp.Header.Get("Content-Security-Policy"), "sandbox allow-popups") ||
		strings.Contains(resp.Header.Get("Content-Security-Policy"), "script") {
		t.Errorf("html: %q, %q", body, resp.Header.Get("Content-Security-Policy"))
	}
	for _, path := range []string{"/messages/0", "/messages/3", "/messages/x", "/messages/-1", "/messages/..%2f..", "/other"} {
		if resp, _ := fetch(t, m, path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	_, body = fetch(t, m, "/messages.json?to=hannah@webbwool.example")
	var list struct{ Messages []Message }
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Messages) != 1 || list.Messages[0].ID != 2 || len(list.Messages[0].Links) != 1 {
		t.Errorf("json: %v %s", err, body)
	}
}

// TestMalformedMail: whatever arrives is shown, and nothing breaks.
func TestMalformedMail(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"empty": "", "no header": "hello", "no boundary": "Content-Type: multipart/mixed\r\n\r\nhello",
		"cut off": letter[:len(letter)/2], "bad base64": "Content-Transfer-Encoding: base64\r\n\r\n!!!",
		"bad type": "Content-Type: ;;\r\n\r\nhello", "bad UTF-8": "Subject: x\r\n\r\n\xff\xfe",
		"nested": strings.Repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 50) + "\r\nhello",
	} {
		m := envelope{Raw: []byte(raw)}.message(1)
		if strings.ContainsRune(m.Text, 0) || m.Links == nil || m.Headers == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
