package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"countersign/approvals"
	"countersign/auth"
)

// visitCookie is the kind of the session cookie.
const visitCookie = "session"

// Config is what a Store is made of.
type Config struct {
	Rows auth.SessionStore
	// Keys returns what signs the cookies, newest first; older ones are still
	// read. Each has at least 32 bytes. It is asked each time, so that keys
	// change while the node runs.
	Keys func() [][]byte
	// Secure says that the public URL is https.
	Secure bool
	Now    func() time.Time
	Log    *slog.Logger
}

// Store keeps the visits of sellers. Pages use Current, Begin, Touch, Renew and
// End.
type Store struct {
	jar
	rows auth.SessionStore
}

// New returns a Store, or an error when a cookie key is missing or short.
func New(c Config) (*Store, error) {
	box, err := newCookies(c.Keys, c.Secure)
	if err != nil {
		return nil, err
	}
	return &Store{jar: jar{rows: c.Rows, kind: visitCookie, cookies: box, now: c.Now, log: c.Log}, rows: c.Rows}, nil
}

// jar keeps sessions on the server, of sellers or of people: one kind of cookie,
// and the rows behind it. It implements gorilla's sessions.Store.
type jar struct {
	rows    auth.Sessions
	kind    string
	cookies cookies
	now     func() time.Time
	log     *slog.Logger
}

var _ sessions.Store = (*jar)(nil)

// rowKey is where a gorilla session holds its row. The row's Values are in
// Visit.Values or Presence.Values while the request runs.
type rowKey struct{}

// Get returns the request's session, read at most once a request.
func (s *jar) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session the request's cookie names, or returns an empty one.
// An id that was never issued here, or whose row is gone, gives an empty one:
// it is not adopted. An error means that the rows could not be read.
func (s *jar) New(r *http.Request, name string) (*sessions.Session, error) {
	g := sessions.NewSession(s, name)
	g.Options = s.cookies.options(0)
	g.IsNew = true
	var id string
	ok, foreign := s.cookies.read(r, s.kind, &id)
	if !ok {
		if foreign != "" {
			s.log.WarnContext(r.Context(), "session id not issued here", "session", s.tag(foreign))
		}
		return g, nil
	}
	row, err := s.rows.Session(r.Context(), sha256.Sum256([]byte(id)))
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		s.log.WarnContext(r.Context(), "session unknown", "session", s.tag(id))
		return g, nil
	}
	if err != nil {
		return g, fmt.Errorf("read session: %w", err)
	}
	g.ID, g.IsNew = id, false
	g.Values[rowKey{}] = row
	trail(r, row.Hash)
	return g, nil
}

// Save writes the session's row and, for a session that is new or at its end,
// the cookie. MaxAge below zero ends it.
func (s *jar) Save(r *http.Request, w http.ResponseWriter, g *sessions.Session) error {
	row, _ := g.Values[rowKey{}].(auth.Session)
	if g.Options.MaxAge < 0 {
		return s.erase(r, w, g, row)
	}
	if g.ID == "" {
		g.ID = rand.Text() + rand.Text() // 260 bits
	}
	row.Hash = sha256.Sum256([]byte(g.ID))
	if err := s.rows.SaveSession(r.Context(), row); err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	trail(r, row.Hash)
	g.Values[rowKey{}] = row
	if !g.IsNew {
		return nil
	}
	g.IsNew = false
	return s.cookies.write(w, s.kind, g.ID, 0)
}

func (s *jar) erase(r *http.Request, w http.ResponseWriter, g *sessions.Session, row auth.Session) error {
	if g.ID != "" {
		if err := s.rows.EndSession(r.Context(), row.Hash); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	delete(g.Values, rowKey{})
	g.ID, g.IsNew = "", true
	return s.cookies.write(w, s.kind, "", -1)
}

// renew gives a session a new id; the old one opens nothing from then on.
func (s *jar) renew(r *http.Request, g *sessions.Session) error {
	id := rand.Text() + rand.Text()
	old, renewed := sha256.Sum256([]byte(g.ID)), sha256.Sum256([]byte(id))
	err := s.rows.RotateSession(r.Context(), old, renewed, s.now())
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) { // ended while this request ran
		err = approvals.Refuse(approvals.CodeSessionEnded)
	}
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	g.ID, g.IsNew = id, true
	trail(r, renewed)
	return nil
}

// trail lets the audit lines of this request name its session by the hash of its
// id (STANDARDS PS-20).
func trail(r *http.Request, hash [32]byte) {
	approvals.TrailOf(r.Context()).Session = hex.EncodeToString(hash[:])
}

// End ends the request's session, if there is one, and takes its cookie away.
// What the browser had kept of its pages goes too (STANDARDS SM-06).
func (s *jar) End(w http.ResponseWriter, r *http.Request) error {
	g, err := s.Get(r, s.cookies.name(s.kind))
	if err != nil {
		return err
	}
	g.Options.MaxAge = -1
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.Save(r, w, g)
}

// tag names a session in logs: a keyed hash, so that a log opens nothing and
// guesses cannot be checked against it (STANDARDS SM-05).
func (s *jar) tag(id string) string {
	mac := hmac.New(sha256.New, s.cookies.keys()[0])
	mac.Write([]byte("countersign/session-tag/v1\n" + id))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// pageToken is 256 random bits for the hidden field of a session's forms.
func pageToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}
