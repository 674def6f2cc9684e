package auth

import (
	"strings"
	"time"
	"unicode"

	"countersign/approvals"
)

// Authenticator is what a page may show of one.
type Authenticator struct {
	ID         string // UUIDv7
	Seller     approvals.SellerKey
	Method     approvals.Method
	Name       string // given by the seller, may be empty
	Provider   string // who keeps a passkey, as far as it says so: a label, never trusted
	CreatedAt  time.Time
	UsableFrom time.Time // not accepted for money before (DESIGN rule 11); zero: it waits for its action and proves nothing
	LastUsedAt time.Time // zero: never
	DisabledAt time.Time // zero: in use
	Failures   int       // in a row; at MaxFailures it is switched off

	BackupEligible bool // a passkey that may be synchronised between devices
	BackedUp       bool // and was, when last used
}

// Usable reports whether this authenticator may approve money at this time.
func (a Authenticator) Usable(now time.Time) bool {
	return a.enrolled() && !now.Before(a.UsableFrom)
}

// InQuarantine reports whether it is enrolled and its wait is not over (DESIGN
// rule 11).
func (a Authenticator) InQuarantine(now time.Time) bool {
	return a.alive() && now.Before(a.UsableFrom)
}

// Pending reports whether it still waits for the end of its authenticator.add.
func (a Authenticator) Pending() bool { return a.alive() && a.UsableFrom.IsZero() }

// enrolled reports whether it is there and neither pending nor switched off.
func (a Authenticator) enrolled() bool { return a.alive() && !a.UsableFrom.IsZero() }

// inUse reports whether it is there, pending or not.
func (a Authenticator) inUse() bool { return a.DisabledAt.IsZero() }

func (a Authenticator) alive() bool { return a.DisabledAt.IsZero() && a.Failures < MaxFailures }

// Record is an authenticator as stored.
type Record struct {
	Authenticator
	Sealed []byte // the seed, or the passkey's key, sealed with rowIdentity

	CredentialID []byte // of a passkey, at most 1023 bytes, unique over all sellers
	Transports   []string
	SignCount    uint32

	LastStep int64 // of TOTP: the step last spent
}

// rowIdentity is the associated data a record's secret is sealed with. Every
// part has its length in front, so that no two rows share one.
func rowIdentity(seller approvals.SellerKey, method approvals.Method, id string) []byte {
	b := []byte("countersign/authenticator/v1")
	for _, part := range []string{string(seller.Marketplace), string(seller.Seller), string(method), id} {
		b = append(b, byte(len(part)>>8), byte(len(part)))
		b = append(b, part...)
	}
	return b
}

// maxLabel bounds names that come from a person, in characters.
const maxLabel = 64

// label makes a person's text safe to show: no control or direction
// characters, no runs of blanks, at most maxLabel characters.
func label(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
	if r := []rune(s); len(r) > maxLabel {
		s = strings.TrimSpace(string(r[:maxLabel]))
	}
	return s
}
