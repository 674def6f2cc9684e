package session_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/web/session"
)

var (
	giulia = approvals.SellerKey{Marketplace: "acme", Seller: "seller-1"}
	marco  = approvals.SellerKey{Marketplace: "acme", Seller: "seller-2"}
)

// gateway is a Store on a real database, with a clock to turn and its log.
type gateway struct {
	*session.Store
	rows  auth.SessionStore
	clock *approvalstest.Clock
	log   bytes.Buffer
	keys  [][]byte
}

func newGateway(t *testing.T, secure bool) *gateway {
	t.Helper()
	db := approvalstest.OpenSQLite(t)
	world := approvalstest.Service(t, db, approvalstest.NewClock())
	g := &gateway{clock: world.Clock, rows: authdb.New(db), keys: [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}}
	for _, key := range []approvals.SellerKey{giulia, marco} {
		if got := world.Create(t).SellerKey(); got != key {
			t.Fatalf("made %v, want %v", got, key)
		}
	}
	g.Store = g.open(t, secure, g.keys...)
	return g
}

func (g *gateway) open(t *testing.T, secure bool, keys ...[]byte) *session.Store {
	t.Helper()
	s, err := session.New(session.Config{
		Rows: g.rows, Keys: func() [][]byte { return keys }, Secure: secure, Now: g.clock.Now, Log: slog.New(slog.NewTextHandler(&g.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// browser keeps cookies as a browser does.
type browser struct {
	cookies []*http.Cookie
	agent   string
}

// do runs one request of the browser and keeps the cookies it was given.
func (b *browser) do(f func(http.ResponseWriter, *http.Request)) *http.Response {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	r.Header.Set("User-Agent", b.agent)
	w := httptest.NewRecorder()
	f(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		b.cookies = slices.DeleteFunc(slices.Clone(b.cookies), func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 {
			b.cookies = append(b.cookies, c)
		}
	}
	return answer
}

// begin starts a visit.
func (b *browser) begin(t *testing.T, g *gateway, seller approvals.SellerKey, action approvals.ActionID) *http.Response {
	t.Helper()
	return b.do(func(w http.ResponseWriter, r *http.Request) {
		if _, err := g.Begin(w, r, session.Beginning{Seller: seller, Action: action}); err != nil {
			t.Fatal(err)
		}
	})
}

// find reads the browser's visit without an act of the seller.
func (b *browser) find(t *testing.T, s *session.Store) session.Found {
	t.Helper()
	var found session.Found
	b.do(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		if found, err = s.Current(r); err != nil {
			t.Fatal(err)
		}
	})
	return found
}

// act is one act of the seller in the visit.
func (b *browser) act(t *testing.T, g *gateway, what func(w http.ResponseWriter, r *http.Request, v *session.Visit) error) error {
	t.Helper()
	var err error
	b.do(func(w http.ResponseWriter, r *http.Request) {
		found, readErr := g.Current(r)
		if readErr != nil || found.Visit == nil {
			t.Fatalf("no visit to act in: %v", readErr)
		}
		err = what(w, r, found.Visit)
	})
	return err
}

func (b *browser) cookie(t *testing.T, part string) *http.Cookie {
	t.Helper()
	for _, c := range b.cookies {
		if strings.Contains(c.Name, part) {
			return c
		}
	}
	t.Fatalf("no cookie %s", part)
	return nil
}
