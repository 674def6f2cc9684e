package approvals

import (
	"context"
	"strings"
	"time"

	"countersign/approvals/audit"
)

// SecurityEvent is what a security notice tells about.
type SecurityEvent string

// What a seller is told of, at every contact (STANDARDS NI-14, NI-20).
const (
	SecurityFirstAuthenticator   SecurityEvent = "authenticator_first"    // enrolled; From says from when it approves payouts
	SecurityAuthenticatorAdded   SecurityEvent = "authenticator_added"    // one more; From as above
	SecurityAuthenticatorUsable  SecurityEvent = "authenticator_usable"   // the wait of the first one is over
	SecurityAuthenticatorRemoved SecurityEvent = "authenticator_removed"  // taken away by its action
	SecurityAuthenticatorOff     SecurityEvent = "authenticator_disabled" // switched off for good, by the gateway
	SecurityCodesMade            SecurityEvent = "recovery_codes_made"    // the ones before are void
	SecurityCodeUsed             SecurityEvent = "recovery_code_used"     // Left says how many are left
	SecurityRecoveryStarted      SecurityEvent = "recovery_started"       // a recovery code stood in for a first proof
	SecuritySignedOut            SecurityEvent = "signed_out_everywhere"
	SecurityApproverJoined       SecurityEvent = "approver_joined" // Name; From says when their word counts
	SecurityDeviceAdded          SecurityEvent = "device_added"    // a proof was made on it; From says when it counts as known

	SecurityLastTries SecurityEvent = "last_tries"      // before a switch-off for good: Left (PS-06)
	SecurityBlocked   SecurityEvent = "proving_blocked" // too many tries: Until (OT-09, MF-06)
	SecurityDowngrade SecurityEvent = "downgrade_refused"
	SecurityReplay    SecurityEvent = "code_replayed"   // a right code that was spent
	SecurityCounter   SecurityEvent = "counter_back"    // of a synchronised passkey; what it proved counts
	SecurityWait      SecurityEvent = "wait_lengthened" // for every change to come, on the seller's own pages
	SecurityTravel    SecurityEvent = "travel_locked"
	SecurityLanguage  SecurityEvent = "language_changed" // of all pages and mails; told in the language of before

	// What people of the desk did on the seller (DESIGN rule 14).
	SecuritySupportUnlocked SecurityEvent = "support_unlocked"
	SecuritySupportKept     SecurityEvent = "support_kept_locked"    // the lock stays; Until says when the next answer comes
	SecuritySupportExtended SecurityEvent = "support_hold_extended"  // of the action named by Name; Until
	SecuritySupportDenied   SecurityEvent = "support_denied"         // the action named by Name has ended
	SecuritySupportFailed   SecurityEvent = "support_settled_failed" // the action named by Name was not carried out
	SecuritySupportRevealed SecurityEvent = "support_revealed"       // somebody was shown what is masked

	// What people of the desk said of an account that was asked for. Nothing says that
	// others named it too.
	SecuritySupportChecked SecurityEvent = "support_account_checked" // the check of it is over
	SecuritySupportKnown   SecurityEvent = "support_account_known"   // the seller knows it
	SecuritySupportUnknown SecurityEvent = "support_account_unknown" // that was taken back

	// What the desk does about lost sign-in methods (STANDARDS NI-28).
	SecurityRecoveryAsked   SecurityEvent = "support_recovery_asked"   // a case was opened
	SecurityRecoveryAgreed  SecurityEvent = "support_recovery_agreed"  // From: the link; Until: the first payout
	SecurityRecoveryOpen    SecurityEvent = "support_recovery_open"    // Until: this link; From: the last one; Recovery, Serial
	SecurityRecoveryStopped SecurityEvent = "support_recovery_stopped" // nothing was changed
	// SecurityRecoveryDeclined ends a request that no two agreed on; nothing was changed.
	SecurityRecoveryDeclined SecurityEvent = "support_recovery_declined"

	SecurityRecoveryLapsed SecurityEvent = "support_recovery_lapsed" // nothing was changed
	SecurityRecoveryDone   SecurityEvent = "support_recovery_done"   // what was there is off; From: the first payout

	// SecurityWrongCode is told to nobody. It is kept for a moment where a
	// replay would be, so that a wrong code costs what a replayed one does.
	SecurityWrongCode SecurityEvent = "code_wrong"
)

// NoticePause is how long nothing is said again of what can be made to happen
// again and again, by a stranger or by whoever sits in the seller's session.
const NoticePause = 10 * time.Minute

// Repeats reports whether the event can be caused again and again. Of such a
// kind a seller gets at most one notice in NoticePause; every other notice is
// always sent (STANDARDS FP-03).
func (e SecurityEvent) Repeats() bool {
	switch e {
	case SecurityBlocked, SecurityDowngrade, SecurityReplay, SecurityCounter, SecurityWait, SecurityTravel, SecurityLanguage, SecurityWrongCode:
		return true
	case SecurityFirstAuthenticator, SecurityAuthenticatorAdded, SecurityAuthenticatorUsable, SecurityAuthenticatorRemoved,
		SecurityAuthenticatorOff, SecurityCodesMade, SecurityCodeUsed, SecurityRecoveryStarted, SecuritySignedOut, SecurityLastTries, SecurityApproverJoined, SecurityDeviceAdded,
		SecuritySupportUnlocked, SecuritySupportKept, SecuritySupportExtended, SecuritySupportDenied, SecuritySupportFailed, SecuritySupportRevealed,
		SecuritySupportChecked, SecuritySupportKnown, SecuritySupportUnknown,
		SecurityRecoveryAsked, SecurityRecoveryAgreed, SecurityRecoveryOpen, SecurityRecoveryStopped, SecurityRecoveryDeclined, SecurityRecoveryLapsed, SecurityRecoveryDone:
	}
	return false
}

// Deferred reports whether the mails are written a moment later, by the next
// pass of the sweeper. The answer to a replayed code then takes exactly as
// long as the answer to a wrong one (STANDARDS C6).
func (e SecurityEvent) Deferred() bool { return e == SecurityReplay || e == SecurityWrongCode }

// Support reports whether a person of the desk did it. From where is not told. What
// the seller asks for and finishes is the seller's own.
func (e SecurityEvent) Support() bool {
	return strings.HasPrefix(string(e), "support_") && e != SecurityRecoveryAsked && e != SecurityRecoveryDone
}

// Silent reports whether nobody is told.
func (e SecurityEvent) Silent() bool { return e == SecurityWrongCode }

// SecurityNotice tells a seller of a change of, or an attack on, what protects
// the seller's payouts. Every contact gets it, with a link that says "this was
// not me" without signing in. It cannot be switched off.
type SecurityNotice struct {
	ID     string // UUIDv7, given by the store; no secret
	What   SecurityEvent
	At     time.Time
	Origin Origin    // taken from the context where it is zero
	Method Method    // of the authenticator it is about, if it is about one
	Name   string    // of that authenticator, may be empty
	From   time.Time // when it takes effect; zero: at once
	Until  time.Time // when a block ends
	Left   int       // what is left: tries, or recovery codes
	Locale string    // that it is written in; empty: the seller's when it is sent
	// Recovery and Serial name the link that the mails carry, of SecurityRecoveryOpen.
	Recovery string
	Serial   int
	Except   []string // addresses that are told of it by another mail; not stored
}

// Origin is where a request came from, as far as the gateway knows. It is shown
// to the seller and decides nothing.
type Origin struct {
	IP        string
	UserAgent string
	Country   string // ISO 3166-1 alpha-2, often empty
}

type originKey struct{}

// WithOrigin returns ctx for the work a request causes.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf returns the origin of the request that caused this work, zero for
// what no request caused.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Notices keeps security notices. A notice, its mails and their jobs are saved
// together or not at all.
type Notices interface {
	// NotifySeller saves a notice by itself. What is one transaction with
	// something else calls the store's own, in that transaction. A notice of an
	// event that repeats is dropped without an error within NoticePause of
	// another one.
	NotifySeller(ctx context.Context, key SellerKey, n SecurityNotice) error
	// RefuseTold records a refusal, about no new destination, and tells of it.
	RefuseTold(ctx context.Context, e audit.Event, n SecurityNotice) error
	// Notice finds the notice whose stop link's token has this hash, or
	// CodeNotFound.
	Notice(ctx context.Context, hash [32]byte) (SellerKey, SecurityNotice, error)
	// NoticeMailedAt returns when a mail server last accepted a mail of the
	// notice, zero if none has.
	NoticeMailedAt(ctx context.Context, id string) (time.Time, error)
	// NoticesAt returns what a seller was told of that happened at one of these
	// times: only the ID, the event and the time of each.
	NoticesAt(ctx context.Context, key SellerKey, times []time.Time) ([]SecurityNotice, error)
	// Tell writes the mails of notices that were put off, oldest first, and
	// returns how many it has dealt with. What nobody is told it forgets.
	Tell(ctx context.Context, now time.Time, limit int) (int, error)
}
