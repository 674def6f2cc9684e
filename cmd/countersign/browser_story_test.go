package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/auth/authtest"
	"countersign/client"
	"countersign/cmd/countersign/demo"
	"countersign/templates"
)

// The seller of every story, and the end of the account asked for: those of
// the demo marketplace's first seller.
const (
	storySeller = "S-2201"
	storyEmail  = "giulia@ferri.example"
	oldAccount  = "3456"
	newAccount  = "2606"
)

// storyWait is the cooling-off of every story: long enough that it is not over
// before somebody skips it, and shorter than a session.
const storyWait = 4 * time.Minute

// story is one seller, one browser and a whole gateway with its marketplace
// and mailbox, started the way "countersign demo" starts them.
type story struct {
	t      *testing.T
	demo   *Demo
	api    *client.Client
	p      *tab
	finger fingerprint
	app    *authtest.App // set up by setUpApp
	say    words
	id     string // of the action, once asked for
}

// tell starts a story in one language.
func tell(t *testing.T, c *chromium, say words) *story {
	t.Helper()
	return tellWaiting(t, c, say, storyWait)
}

// tellWaiting is tell for a story whose waits are counted from another one: an
// approval with a passkey waits once, the other waits are three and seven times
// as long.
func tellWaiting(t *testing.T, c *chromium, say words, wait time.Duration) *story {
	t.Helper()
	empty, err := emptyDatabase()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(demoDatabase(dir), empty, 0o600); err != nil {
		t.Fatal(err)
	}
	said := &journal{}
	d, err := startDemo(t.Context(), demoOptions{
		Addr: "localhost:0", Dir: dir, Delay: wait,
		Log: slog.New(slog.NewTextHandler(said, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Errorf("stop the demo: %v", err)
		}
		said.mustKeep(t, d)
	})
	if err := d.await(t.Context()); err != nil {
		t.Fatal(err)
	}
	api, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
	if err != nil {
		t.Fatal(err)
	}
	p := c.tab(t)
	return &story{t: t, demo: d, api: api, p: p, finger: p.addFingerprint(), say: say}
}

// demoDatabase is where a demo in dir keeps its database.
func demoDatabase(dir string) string { return filepath.Join(dir, "countersign.db") }

// emptyDatabase is a database with the schema and nothing in it. Migrating
// takes seconds under the race detector, and every story begins with it.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "countersign-story-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrateUp(context.Background(), "sqlite:"+demoDatabase(dir)); err != nil {
		return nil, err
	}
	return os.ReadFile(demoDatabase(dir))
})

// journal is what a gateway and its marketplace have logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

// mustKeep fails the test if a mailed token, a key or an account number is in
// the log (STANDARDS EM-06, TA-15).
func (j *journal) mustKeep(t *testing.T, d *Demo) {
	t.Helper()
	secrets := []string{d.APIKey, d.WebhookSecret, "IT60X0542811101000000123456", "IT25I0200809606000000072606"}
	for _, m := range d.Mailbox.Messages() {
		for _, link := range m.Links {
			if _, token, ok := strings.Cut(strings.TrimPrefix(link, d.BaseURL+"/"), "/"); ok && len(token) > 20 {
				secrets = append(secrets, token)
			}
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, secret := range secrets {
		if strings.Contains(j.text.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if lines := strings.Split(j.text.String(), "\n"); t.Failed() {
		t.Logf("the end of the log:\n%s", strings.Join(lines[max(0, len(lines)-30):], "\n"))
	}
}

// action is the story's action as the API shows it.
func (s *story) action() *client.Action {
	s.t.Helper()
	a, err := s.api.Action(s.t.Context(), s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// await waits until the action is in a state.
func (s *story) await(want client.State) {
	s.t.Helper()
	if !inTime(func() bool { return s.action().State == want }) {
		s.mustBe(want)
	}
}

// mustBe fails the test unless the action is in a state now.
func (s *story) mustBe(want client.State) {
	s.t.Helper()
	if a := s.action(); a.State != want {
		s.t.Fatalf("the action is %s, want %s; its history: %+v%s", a.State, want, a.Timeline, s.p.where())
	}
}

// later moves the gateway's clock; everything due on the way has happened when
// it returns.
func (s *story) later(by time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if _, err := s.api.AdvanceTestClock(ctx, by); err != nil {
		s.t.Fatal(err)
	}
}

// mails are the seller's mails so far, oldest first.
func (s *story) mails() []demo.Message {
	var all []demo.Message
	for _, m := range s.demo.Mailbox.Messages() {
		if len(m.To) == 1 && m.To[0] == storyEmail {
			all = append(all, m)
		}
	}
	return all
}

// mail waits for a mail whose subject begins so and returns the newest.
func (s *story) mail(subject string) demo.Message {
	s.t.Helper()
	var found demo.Message
	poll(s.t, "a mail called "+subject, func() bool {
		for _, m := range s.mails() {
			if strings.HasPrefix(m.Subject, subject) {
				found = m
			}
		}
		return found.ID != 0
	})
	return found
}

// link is the one link of a mail that leads to a page, "confirm" or "cancel".
func (s *story) link(m demo.Message, to string) string {
	s.t.Helper()
	for _, l := range m.Links {
		if strings.HasPrefix(l, s.demo.BaseURL+"/"+to+"/") {
			return l
		}
	}
	s.t.Fatalf("the mail %q has no link to %s: %q", m.Subject, to, m.Links)
	return ""
}

// words are what the pages and mails say in one language.
type words struct {
	locale                                  templates.Locale
	review, nothing, waiting, idle, approve string
	question, again, confirmed, inUse       string
	requested, notice, confirm, executed    string // beginnings of subjects
}

// languages are those a story is told in.
var languages = []words{
	{
		locale: templates.EN,
		review: "Review and approve: change of payout account", nothing: "Nothing has changed yet.",
		waiting: "Your change is waiting", idle: "You do not need to do anything now.", approve: "Approved at",
		question: "Did you ask for this change?", again: "Review and confirm: change of payout account",
		confirmed: "Confirmed at", inUse: "The new account is in use",
		requested: "Change of payout account requested", notice: "New account ending " + newAccount,
		confirm: "Confirm account ending " + newAccount, executed: "You are now paid into the account ending " + newAccount,
	},
	{
		locale: templates.IT,
		review: "Controlla e approva: nuovo conto per i pagamenti", nothing: "Per ora non è cambiato nulla.",
		waiting: "La modifica è in attesa", idle: "Adesso non devi fare nulla.", approve: "Approvata alle",
		question: "Hai chiesto tu questa modifica?", again: "Controlla e conferma: nuovo conto per i pagamenti",
		confirmed: "Confermata alle", inUse: "Il nuovo conto è in uso",
		requested: "Richiesta di cambio del conto", notice: "Nuovo conto " + newAccount,
		confirm: "Conferma il conto che finisce con " + newAccount, executed: "Ora ti paghiamo sul conto che finisce con " + newAccount,
	},
}

// english is the language of the stories that are told once.
func english() words { return languages[0] }
