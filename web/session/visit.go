package session

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/sessions"

	"countersign/approvals"
	"countersign/auth"
)

// Visit is one seller's session in one browser.
type Visit struct {
	Seller approvals.SellerKey
	// Proved says that an authenticator of the seller answered in this visit.
	Proved bool
	Values Values

	g *sessions.Session
}

// Values is what the server remembers of a visit.
type Values struct {
	// Page is the token that the visit's own forms carry.
	Page string `json:"page"`
	// Whole says that the marketplace handed over the seller and not one action.
	Whole bool `json:"whole,omitempty"`
	// Door is the hash of the hand-off that the visit's first form spends, empty
	// once it did or where nothing is to be spent.
	Door string `json:"door,omitempty"`
	// Actions the visit may open, the newest last.
	Actions []approvals.ActionID `json:"actions"`
	// Handoff is the link that opened the newest; zero when none did.
	Handoff Handoff `json:"handoff,omitzero"`
	// Enrolment is the authenticator app being set up.
	Enrolment string `json:"enrolment,omitempty"`
	// Recover says that the seller comes from the ways back: what is added now is
	// proved with a printed code.
	Recover bool `json:"recover,omitempty"`
	// Recovery is the recovery by whose link the visit began. Such a visit sets up
	// what is new and opens nothing else.
	Recovery string `json:"recovery,omitempty"`
	// Done is what the seller has just done, told on the next page.
	Done string `json:"done,omitempty"`
}

// Handoff names a hand-off link without its token.
type Handoff struct {
	Serial int       `json:"serial"`
	Until  time.Time `json:"until"`
}

// maxActions bounds what one visit may open.
const maxActions = 8

// Own reports whether the visit may open what is the seller's as a whole: the
// history and the settings. The marketplace handed the seller over, or the
// seller has given a proof in this visit.
func (v *Visit) Own() bool { return v.Values.Whole || v.Proved }

// May reports whether the visit was handed this action.
func (v *Visit) May(id approvals.ActionID) bool { return slices.Contains(v.Values.Actions, id) }

// OwnPage reports whether token is the visit's page token, in constant time.
func (v *Visit) OwnPage(token string) bool { return sameToken(v.Values.Page, token) }

func sameToken(want, got string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}

// Found is what a browser's session cookie leads to.
type Found struct {
	Visit *Visit // nil when there is none
	// Ended says that the visit's time is over: it opens nothing and is only
	// good for finding the way back.
	Ended bool
}

// Current finds the request's visit. An error means that it could not be
// asked, never that there is none.
func (s *Store) Current(r *http.Request) (Found, error) {
	g, err := s.Get(r, s.cookies.name(visitCookie))
	if err != nil {
		return Found{}, err
	}
	row, ok := g.Values[rowKey{}].(auth.Session)
	if !ok {
		return Found{}, nil
	}
	v := &Visit{Seller: row.Seller, Proved: row.Proved, g: g}
	if err := json.Unmarshal(row.Values, &v.Values); err != nil {
		return Found{}, fmt.Errorf("read session: %w", err)
	}
	return Found{Visit: v, Ended: !row.Live(s.now())}, nil
}

// Beginning is what a visit begins with.
type Beginning struct {
	Seller  approvals.SellerKey
	Action  approvals.ActionID // empty where there is none
	Handoff Handoff            // the link that led here, if one did
	Door    string             // the hash of the hand-off of a whole seller, where one led here
	Proved  bool               // a proof led here
	Done    string             // what the seller has just done
	// Recovery is the recovery whose link led here. Nothing of an older visit of this
	// browser stays open with it.
	Recovery string
}

// Begin starts a visit under a new id. The one that was there ends; what it
// could open stays open when it was alive and the same seller's.
func (s *Store) Begin(w http.ResponseWriter, r *http.Request, b Beginning) (*Visit, error) {
	old, err := s.Current(r)
	if err != nil {
		return nil, err
	}
	v := &Visit{Seller: b.Seller, Proved: b.Proved, Values: Values{
		Page: pageToken(), Handoff: b.Handoff, Done: b.Done, Whole: b.Door != "", Door: b.Door, Recovery: b.Recovery,
	}}
	if old.Visit != nil {
		if !old.Ended && old.Visit.Seller == b.Seller && b.Recovery == "" {
			was := old.Visit.Values
			v.Values.Actions, v.Values.Whole = was.Actions, v.Values.Whole || was.Whole
			v.Values.Door = cmp.Or(v.Values.Door, was.Door)
		}
		if err := s.rows.EndSession(r.Context(), sha256.Sum256([]byte(old.Visit.g.ID))); err != nil {
			return nil, fmt.Errorf("end session: %w", err)
		}
	}
	v.add(b.Action)
	if v.g, err = s.Get(r, s.cookies.name(visitCookie)); err != nil {
		return nil, err
	}
	now := s.now()
	v.g.ID, v.g.IsNew = "", true
	v.g.Values[rowKey{}] = auth.Session{Seller: b.Seller, CreatedAt: now, SeenAt: now, UserAgent: userAgent(r)}
	return v, s.save(w, r, v)
}

// Hand lets the visit open one more action of its seller.
func (s *Store) Hand(w http.ResponseWriter, r *http.Request, v *Visit, id approvals.ActionID) error {
	v.add(id)
	return s.Touch(w, r, v)
}

// add lets the visit open one more action; the oldest give way.
func (v *Visit) add(id approvals.ActionID) {
	if id == "" {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(v.Values.Actions), func(a approvals.ActionID) bool { return a == id })
	kept = append(kept, id)
	v.Values.Actions = kept[max(0, len(kept)-maxActions):]
}

// Touch records an act of the seller and saves the visit's values.
func (s *Store) Touch(w http.ResponseWriter, r *http.Request, v *Visit) error {
	row := v.g.Values[rowKey{}].(auth.Session)
	row.SeenAt = s.now()
	v.g.Values[rowKey{}] = row
	return s.save(w, r, v)
}

func (s *Store) save(w http.ResponseWriter, r *http.Request, v *Visit) error {
	raw, err := json.Marshal(v.Values)
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	row := v.g.Values[rowKey{}].(auth.Session)
	row.Values, row.Proved = raw, v.Proved
	v.g.Values[rowKey{}] = row
	return s.Save(r, w, v.g)
}

// Renew gives the visit a new id and a new page token. It is called for each
// proof and each new authenticator; whoever knew the old id has nothing
// (STANDARDS SM-02). The fifteen minutes go on from where they began.
func (s *Store) Renew(w http.ResponseWriter, r *http.Request, v *Visit, proved bool) error {
	if err := s.renew(r, v.g); err != nil {
		return err
	}
	v.Proved = v.Proved || proved
	v.Values.Page = pageToken()
	return s.Touch(w, r, v)
}
