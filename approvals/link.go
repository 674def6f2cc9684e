package approvals

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// Purpose is what a link opens. A link of one purpose is unknown to every
// other.
type Purpose string

const (
	HandoffLink Purpose = "handoff" // from the marketplace; spent by the first proof
	ConfirmLink Purpose = "confirm" // from the delayed mail; spent by the confirmation
	StopLink    Purpose = "stop"    // in every mail about the action; never spent
	VerifyLink  Purpose = "verify"  // mailed to a new address, kept with its notice; never spent
	NoticeLink  Purpose = "notice"  // in every mail of a security notice; never spent
	JoinLink    Purpose = "join"    // invites a person who is to approve; their passkey spends it
	ApproveLink Purpose = "approve" // asks one approver; as old as the confirmation's, and gone with it
	RecoverLink Purpose = "recover" // sets up what is new by an open recovery; a newer one replaces it, and its use spends it
)

// Lives of links.
const (
	HandoffLife = 10 * time.Minute
	ConfirmLife = 24 * time.Hour
)

// Link is a pointer to an action, mailed or handed over. It opens a page and
// is never a factor (DESIGN rule 2). Only the SHA-256 of its token is stored
// (STANDARDS EM-04); Serial tells successive links of one purpose apart, and
// a newer one replaces the older.
type Link struct {
	Hash      [sha256.Size]byte
	Action    ActionID
	Purpose   Purpose
	Serial    int       // the action's version that made it
	ExpiresAt time.Time // zero: as long as the action is kept
	Replaced  bool
	SpentAt   time.Time
	Kind      Kind       // of the action; the store sets it when it reads a link
	Approver  ApproverID // whom a JoinLink or an ApproveLink was mailed to, else empty
}

// LinkKey derives tokens, so that a mail sent twice carries the same link
// although no token is stored. It is 32 random bytes kept outside the
// database: without it the database opens nothing.
type LinkKey [32]byte

// String keeps the key out of logs.
func (LinkKey) String() string { return "link key" }

// GoString keeps the key out of %#v.
func (LinkKey) GoString() string { return "link key" }

// Token returns the token of the link with this purpose and serial: a letter
// for the purpose and 256 bits in base64url. It says nothing by itself.
func (k LinkKey) Token(p Purpose, id ActionID, serial int) string {
	mac := hmac.New(sha256.New, k[:])
	fmt.Fprintf(mac, "countersign/link/v1\n%s\n%s\n%d", p, id, serial)
	return string(p[0]) + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Of returns the token of a link.
func (k LinkKey) Of(l Link) string {
	if l.Approver == "" {
		return k.Token(l.Purpose, l.Action, l.Serial)
	}
	return k.ApproverToken(l.Purpose, l.Action, l.Approver, l.Serial)
}

// ApproverToken returns the token of a link that was mailed to one approver.
func (k LinkKey) ApproverToken(p Purpose, id ActionID, to ApproverID, serial int) string {
	return k.Token(p, id+"/"+ActionID(to), serial)
}

// NoticeToken returns the token of "this was not me" in the mails of a security
// notice. It works for as long as the notice is kept.
func (k LinkKey) NoticeToken(notice string) string { return k.Token(NoticeLink, ActionID(notice), 1) }

// RecoveryToken returns the token of a recovery's link with this serial.
func (k LinkKey) RecoveryToken(recovery string, serial int) string {
	return k.Token(RecoverLink, ActionID(recovery), serial)
}

// HashToken is what the store looks a token up by.
func HashToken(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }
