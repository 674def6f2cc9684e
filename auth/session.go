package auth

import (
	"context"
	"time"

	"countersign/approvals"
)

// Limits of a session (STANDARDS C5, PS-07).
const (
	SessionIdle = 5 * time.Minute
	SessionLife = 15 * time.Minute
)

// Session is one seller's visit, or one person's work, kept on the server so
// that it can be ended.
type Session struct {
	Hash      [32]byte // SHA-256 of the id in the cookie; the id itself is stored nowhere
	Seller    approvals.SellerKey
	Person    PersonID // whose it is where it is no seller's
	Values    []byte   // JSON, opaque here
	CreatedAt time.Time
	SeenAt    time.Time
	Proved    bool // the seller has given a proof in it
	// UserAgent is what the browser called itself when the session began, cut at
	// MaxUserAgent bytes: a label for its owner, by which nothing is decided.
	UserAgent string
}

// MaxUserAgent is how much of a browser's name a session keeps, in bytes.
const MaxUserAgent = 256

// Live reports whether the session still counts at this time.
func (s Session) Live(now time.Time) bool {
	idle, life := SessionIdle, SessionLife
	if s.Person != "" {
		idle, life = PersonIdle, PersonLife
	}
	return now.Sub(s.SeenAt) <= idle && now.Sub(s.CreatedAt) <= life
}

// Sessions keeps sessions. It does not judge their age: Live does.
type Sessions interface {
	// Session finds one by the hash of its id. Unknown and ended are CodeNotFound.
	Session(ctx context.Context, hash [32]byte) (Session, error)

	// SaveSession adds a session, or updates what may change in one: Values,
	// SeenAt, and Proved, which never goes back. A session that was ended
	// while a request still held it does not come back: CodeSessionEnded.
	SaveSession(ctx context.Context, s Session) error

	// RotateSession gives a session a new id, so that one learnt before a
	// proof is worth nothing after it. The old id is ended in the same
	// transaction. CodeNotFound when the old one is unknown or ended.
	RotateSession(ctx context.Context, old, fresh [32]byte, now time.Time) error

	// EndSession ends a session at once. Ending an unknown one is no error.
	EndSession(ctx context.Context, hash [32]byte) error

	// EndIdleSessions deletes sessions last seen before idleBefore or made
	// before createdBefore, and returns how many.
	EndIdleSessions(ctx context.Context, idleBefore, createdBefore time.Time) (int, error)
}

// SellerSessions finds and ends the sessions of one seller.
type SellerSessions interface {
	// SessionsOf returns a seller's sessions that are not ended and lie in the
	// window, the last seen first. It does not return their Values.
	SessionsOf(ctx context.Context, seller approvals.SellerKey, window SessionWindow) ([]Session, error)

	// EndSessionsOf ends every session of a seller at once and returns how many.
	EndSessionsOf(ctx context.Context, seller approvals.SellerKey) (int, error)

	// EndOtherSessions ends every session of a seller but the one with this hash,
	// and returns how many.
	EndOtherSessions(ctx context.Context, seller approvals.SellerKey, kept [32]byte) (int, error)
}

// SessionWindow says which sessions still count, and how many to return.
type SessionWindow struct {
	SeenSince  time.Time
	BegunSince time.Time
	Limit      int
}

// LiveAt is the window of the sessions that are alive at this time.
func LiveAt(now time.Time, limit int) SessionWindow {
	return SessionWindow{SeenSince: now.Add(-SessionIdle), BegunSince: now.Add(-SessionLife), Limit: limit}
}

// SessionStore is all that is kept of sessions.
type SessionStore interface {
	Sessions
	SellerSessions
}
