package session_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/web/session"
)

func TestSM03_AnIDWeDidNotIssueIsIgnored(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		plant func(t *testing.T, g *gateway, b *browser)
	}{
		{"made up", func(_ *testing.T, _ *gateway, b *browser) {
			b.cookies = []*http.Cookie{{Name: "__Host-countersign-session", Value: "planted-session-id"}}
		}},
		{"signed with another key", func(t *testing.T, g *gateway, b *browser) {
			g.Store = g.open(t, true, bytes.Repeat([]byte{9}, 32))
			b.begin(t, g, giulia, "a-1")
			g.Store = g.open(t, true, g.keys...)
		}},
		{"another cookie's value", func(t *testing.T, g *gateway, b *browser) {
			b.begin(t, g, giulia, "a-1")
			b.do(func(w http.ResponseWriter, _ *http.Request) {
				if err := g.SetLocale(w, "it"); err != nil {
					t.Fatal(err)
				}
			})
			b.cookie(t, "session").Value = b.cookie(t, "lang").Value
		}},
		{"doubled (RELIABILITY D3)", func(t *testing.T, g *gateway, b *browser) {
			b.begin(t, g, giulia, "a-1")
			b.cookies = append(b.cookies, b.cookies[0])
		}},
		{"its row is gone", func(t *testing.T, g *gateway, b *browser) {
			b.begin(t, g, giulia, "a-1")
			later := g.clock.Now().Add(time.Hour)
			if _, err := g.rows.EndIdleSessions(t.Context(), later, later); err != nil {
				t.Fatal(err)
			}
		}},
		{"without the prefix", func(t *testing.T, g *gateway, b *browser) {
			b.begin(t, g, giulia, "a-1")
			b.cookies[0].Name = "countersign-session"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g, b := newGateway(t, true), new(browser)
			test.plant(t, g, b)
			if found := b.find(t, g.Store); found.Visit != nil {
				t.Fatalf("found %+v", found.Visit)
			}
			planted := b.cookies[0]
			b.begin(t, g, giulia, "a-2")
			if c := b.cookie(t, "__Host-countersign-session"); c.Value == planted.Value {
				t.Error("the planted id was adopted")
			}
			if strings.Contains(g.log.String(), planted.Value) {
				t.Error("SM-05: the log holds the id")
			}
			if planted.Name == "__Host-countersign-session" && !strings.Contains(g.log.String(), "session=") {
				t.Error("SM-03: nothing was logged")
			}
		})
	}
}

func TestCookieKeysRotate(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	added := g.open(t, true, bytes.Repeat([]byte{7}, 32), g.keys[0])
	if b.find(t, added).Visit == nil {
		t.Error("a cookie of the older key is not read")
	}
	if b.find(t, g.open(t, true, bytes.Repeat([]byte{7}, 32))).Visit != nil {
		t.Error("a cookie of a key taken away is read")
	}
}

// TestSM05_KeysRotateWhileTheNodeRuns: a new key signs from the moment it is
// there, and nobody is signed out by it.
func TestSM05_KeysRotateWhileTheNodeRuns(t *testing.T) {
	t.Parallel()
	g, b, later := newGateway(t, true), new(browser), new(browser)
	keys := [][]byte{bytes.Repeat([]byte{1}, 32)}
	s, err := session.New(session.Config{
		Rows: g.rows, Keys: func() [][]byte { return keys }, Secure: true, Now: g.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Store = s
	b.begin(t, g, giulia, "a-1")
	keys = [][]byte{bytes.Repeat([]byte{2}, 32), keys[0]}
	if b.find(t, s).Visit == nil {
		t.Error("a rotation signed the seller out")
	}
	err = b.act(t, g, func(w http.ResponseWriter, r *http.Request, v *session.Visit) error { return g.Renew(w, r, v, true) })
	if err != nil || b.find(t, s).Visit == nil {
		t.Errorf("the visit does not go on: %v", err)
	}
	later.begin(t, g, marco, "b-1")
	keys = keys[:1]
	if b.find(t, s).Visit == nil || later.find(t, s).Visit == nil {
		t.Error("the new key did not sign")
	}
}

func TestNewRefusesWeakKeys(t *testing.T) {
	t.Parallel()
	for _, keys := range [][][]byte{nil, {[]byte("short")}, {bytes.Repeat([]byte{1}, 32), []byte("short")}} {
		if _, err := session.New(session.Config{Keys: func() [][]byte { return keys }}); err == nil {
			t.Errorf("%d keys were taken", len(keys))
		}
	}
}

// dead is a database that cannot be asked.
type dead struct{ auth.SessionStore }

func (dead) Session(context.Context, [sha256.Size]byte) (auth.Session, error) {
	return auth.Session{}, approvals.Refuse(approvals.CodeUnavailable)
}

func (dead) SaveSession(context.Context, auth.Session) error {
	return approvals.Refuse(approvals.CodeUnavailable)
}

func TestADatabaseThatCannotBeAskedIsNoVisitor(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.begin(t, g, giulia, "a-1")
	g.rows = dead{}
	s := g.open(t, true, g.keys...)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(b.cookies[0])
	if _, err := s.Current(r); !errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
		t.Errorf("Current: %v", err)
	}
	if _, err := s.Begin(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), session.Beginning{Seller: giulia}); err == nil {
		t.Error("Begin did not notice")
	}
}
