package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"countersign/approvals"
)

// Pointer is a mailed link that this browser has opened. It is no session: it
// says which link, and whatever the link's row says when it is looked up
// again is what it opens. Confirming asks for a fresh proof besides, and
// stopping needs nothing, so a pointer carries no right of its own.
type Pointer struct {
	Purpose approvals.Purpose
	Token   string
	// Ended says that the link was opened too long ago: the pointer is only
	// good for leading back to it.
	Ended bool
}

// Lives of a pointer. After an hour, on the server's clock, its page asks to be
// opened again, so that it is not left open on a shared computer; for a day the
// browser still knows which link that was.
const (
	PointerLife = time.Hour
	pointerKept = 24 * time.Hour
)

// pointed is a pointer's cookie, signed.
type pointed struct {
	Token string    `json:"token"`
	At    time.Time `json:"at"`
}

// Point remembers a link in a cookie, so that its token leaves the address
// (STANDARDS EM-06). Nothing is written on the server.
func (s *Store) Point(w http.ResponseWriter, p Pointer) error {
	return s.cookies.write(w, string(p.Purpose), pointed{p.Token, s.now()}, int(pointerKept/time.Second))
}

// Pointed returns the link of this purpose that the browser has opened.
func (s *Store) Pointed(r *http.Request, purpose approvals.Purpose) (Pointer, bool) {
	var c pointed
	if ok, _ := s.cookies.read(r, string(purpose), &c); !ok || s.now().After(c.At.Add(pointerKept)) {
		return Pointer{}, false
	}
	return Pointer{Purpose: purpose, Token: c.Token, Ended: s.now().After(c.At.Add(PointerLife))}, true
}

// Unpoint forgets the link of this purpose.
func (s *Store) Unpoint(w http.ResponseWriter, purpose approvals.Purpose) error {
	return s.cookies.write(w, string(purpose), nil, -1)
}

// Page is the token that the forms of this pointer's pages carry. It is
// derived from the link's own token, which no other site and no log knows.
func (p Pointer) Page() string {
	mac := hmac.New(sha256.New, []byte(p.Token))
	mac.Write([]byte("countersign/page/v1\n" + string(p.Purpose)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// OwnPage reports whether token is the pointer's page token, in constant time.
func (p Pointer) OwnPage(token string) bool { return sameToken(p.Page(), token) }
