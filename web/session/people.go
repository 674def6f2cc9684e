package session

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"countersign/approvals"
	"countersign/auth"
)

// personCookie is the kind of the cookie of people.
const personCookie = "person"

// PeopleConfig is what a PeopleStore is made of; Keys, Secure, Now and Log are
// as in Config.
type PeopleConfig struct {
	Rows   auth.Sessions
	People *auth.People
	Keys   func() [][]byte
	Secure bool
	Now    func() time.Time
	Log    *slog.Logger
}

// PeopleStore keeps the presences of people.
type PeopleStore struct {
	jar
	people *auth.People
}

// NewPeople returns a PeopleStore, or an error when a cookie key is missing or
// short.
func NewPeople(c PeopleConfig) (*PeopleStore, error) {
	box, err := newCookies(c.Keys, c.Secure)
	if err != nil {
		return nil, err
	}
	box.sameSite = http.SameSiteStrictMode
	return &PeopleStore{jar: jar{rows: c.Rows, kind: personCookie, cookies: box, now: c.Now, log: c.Log}, people: c.People}, nil
}

// Presence is one person's session in one browser.
type Presence struct {
	Person auth.Person // as stored now
	Values PresenceValues

	g *sessions.Session
}

// PresenceValues is what the server remembers of a presence.
type PresenceValues struct {
	// Page is the token that the presence's own forms carry.
	Page string `json:"page"`
	// Asked is what waits for a fresh proof, as the page that asks for it put it
	// down; never a secret.
	Asked json.RawMessage `json:"asked,omitempty"`
	// Done is what the person has just done, told on the next page.
	Done string `json:"done,omitempty"`
}

// OwnPage reports whether token is the presence's page token, in constant time.
func (p *Presence) OwnPage(token string) bool { return sameToken(p.Values.Page, token) }

// Until is when the presence ends: a while after the last act, and final where that
// is the end of the longest that it lasts.
func (p *Presence) Until() (at time.Time, final bool) {
	row := p.g.Values[rowKey{}].(auth.Session)
	idle, end := row.SeenAt.Add(auth.PersonIdle), row.CreatedAt.Add(auth.PersonLife)
	if end.After(idle) {
		return idle, false
	}
	return end, true
}

// Current finds the request's presence: nil when there is none, when it has
// ended, and when the person is not active any more, whatever the session's row
// says. An error means that it could not be asked.
func (s *PeopleStore) Current(r *http.Request) (*Presence, error) {
	g, err := s.Get(r, s.cookies.name(s.kind))
	if err != nil {
		return nil, err
	}
	row, ok := g.Values[rowKey{}].(auth.Session)
	if !ok || !row.Live(s.now()) {
		return nil, nil
	}
	person, err := s.people.Person(r.Context(), row.Person)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read who is there: %w", err)
	}
	if !person.Active() {
		return nil, nil
	}
	p := &Presence{Person: person, g: g}
	if err := json.Unmarshal(row.Values, &p.Values); err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	return p, nil
}

// Begin starts the presence of a person who has just proved that it is them,
// under a new id. One that was there ends.
func (s *PeopleStore) Begin(w http.ResponseWriter, r *http.Request, person auth.Person) error {
	g, err := s.Get(r, s.cookies.name(s.kind))
	if err != nil {
		return err
	}
	if !g.IsNew {
		if err := s.rows.EndSession(r.Context(), sha256.Sum256([]byte(g.ID))); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	now := s.now()
	g.ID, g.IsNew = "", true
	g.Values[rowKey{}] = auth.Session{Person: person.ID, CreatedAt: now, SeenAt: now, UserAgent: userAgent(r)}
	return s.save(w, r, &Presence{Person: person, Values: PresenceValues{Page: pageToken()}, g: g})
}

// Touch records an act of the person and saves the presence's values.
func (s *PeopleStore) Touch(w http.ResponseWriter, r *http.Request, p *Presence) error {
	row := p.g.Values[rowKey{}].(auth.Session)
	row.SeenAt = s.now()
	p.g.Values[rowKey{}] = row
	return s.save(w, r, p)
}

// Renew gives the presence a new id and a new page token, after a fresh proof
// (STANDARDS SM-02). The eight hours go on from where they began.
func (s *PeopleStore) Renew(w http.ResponseWriter, r *http.Request, p *Presence) error {
	if err := s.renew(r, p.g); err != nil {
		return err
	}
	p.Values.Page = pageToken()
	return s.Touch(w, r, p)
}

func (s *PeopleStore) save(w http.ResponseWriter, r *http.Request, p *Presence) error {
	raw, err := json.Marshal(p.Values)
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	row := p.g.Values[rowKey{}].(auth.Session)
	row.Values = raw
	p.g.Values[rowKey{}] = row
	return s.Save(r, w, p.g)
}
