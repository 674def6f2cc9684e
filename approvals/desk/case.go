package desk

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Waits of a case.
const (
	AnswerWithin = 24 * time.Hour   // a case is to be decided
	PromiseLife  = 72 * time.Hour   // the next answer, after a lock was kept
	ClaimLife    = 30 * time.Minute // of a claim; every act of its owner renews it
)

// Case is what agents work on: what went wrong with one seller for one reason. It
// opens itself, and fresh trouble of the same seller and reason joins it while it is
// open; of a ring, trouble of the same destination.
type Case struct {
	Number      int64
	Seller      approvals.SellerKey
	Reason      approvals.CaseReason
	Action      approvals.ActionID // that opened it; empty where it is about the seller alone
	Fingerprint string             // of the destination it is about, if it is about one
	OpenedAt    time.Time
	DecideBy    time.Time
	AnsweredAt  time.Time // the first decision carried out; zero before
	ClosedAt    time.Time // zero while it is open
	Joined      int       // how often fresh trouble joined it
	Owner       string    // the person who claimed it; see Owned
	OwnedUntil  time.Time
	Outcome     string // the verb that closed it
}

// Name is what people quote, "C-10442".
func (c Case) Name() string { return fmt.Sprintf("C-%d", c.Number) }

// CaseNumber is the number in a name, or 0 where it is none.
func CaseNumber(name string) int64 {
	digits, ok := strings.CutPrefix(strings.ToUpper(strings.TrimSpace(name)), "C-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || n < 1 {
		return 0
	}
	return n
}

// Open reports whether there is still something to decide.
func (c Case) Open() bool { return c.ClosedAt.IsZero() }

// Owned reports whether the case is claimed at this time, by this person or, where
// it is empty, by anybody.
func (c Case) Owned(person string, now time.Time) bool {
	return c.Owner != "" && now.Before(c.OwnedUntil) && (person == "" || c.Owner == person)
}

// CaseQuery says which cases to list, in the order of their DecideBy. Empty fields
// do not matter.
type CaseQuery struct {
	Open   bool // false: closed ones, the newest first
	Reason approvals.CaseReason
	Owner  string
	Search string // a case's name, a seller's id, or an action's reference
	After  CaseCursor
	Limit  int // 1 to 200
}

// CaseCursor is the place after a line of the queue; zero is the beginning.
type CaseCursor struct {
	At     time.Time // DecideBy of open cases, ClosedAt of others
	Number int64
}

// CaseLine is one line of the queue.
type CaseLine struct {
	Case
	SellerName string // not masked
	Locked     bool
	AtStake    string          // kind and amount of money, with no account in it; empty where nothing waits
	Class      approvals.Class // the worst of what is open
	Proposal   *Decision       // that waits for a second person
}

// Cursor is the place after this line.
func (l CaseLine) Cursor() CaseCursor {
	if l.Open() {
		return CaseCursor{At: l.DecideBy, Number: l.Number}
	}
	return CaseCursor{At: l.ClosedAt, Number: l.Number}
}

// Counts is what the head of the queue says.
type Counts struct {
	Open      int64
	Unclaimed int64
	Overdue   int64
	ToDecide  int64 // proposals that wait for this person or another, and are not their own
	Newest    int64 // number of the newest case
}

// Note is what a person wrote in a case. Nobody outside the desk reads it, and
// nothing changes it.
type Note struct {
	ID   string
	Case int64
	By   string // a person
	Text string
	At   time.Time
}

// MaxNote is how long a note is, in bytes.
const MaxNote = 4000

// MailFact is what became of one mail to the seller.
type MailFact struct {
	Kind      approvals.MailKind
	To        string // not masked
	Action    approvals.ActionID
	CreatedAt time.Time
	SettledAt time.Time // accepted or refused for good; zero before
	State     approvals.MailState
	Answer    string // the mail server's own line
}

// Dossier is all that a person reads of one case. Nothing in it is masked: whoever
// shows it masks it.
type Dossier struct {
	Case      Case
	Seller    approvals.Seller
	Actions   []approvals.Action // open or unresolved, and the one that opened the case
	Events    []audit.Event      // of the seller and of these actions, the newest first
	Notes     []Note             // oldest first
	Decisions []Decision         // newest first
	Proposal  *Decision          // of this case, that waits for a second person
	Facts     Facts
	Others    []Case // other open ones of the seller
	Mails     []MailFact
	May       []CaseVerb // what can be proposed now, whoever asks
	// Recovery is the seller's newest recovery, zero where there never was one, and
	// Blocked, of a recovery case, why two cannot agree on one now: recovery_running,
	// contact_changed or nothing_to_recover. Recovery.Calendar, or
	// approvals.PreviewRecovery of now, is what the seller is told.
	Recovery approvals.Recovery
	Blocked  approvals.Code
}
