package approvals

import (
	"slices"
	"time"

	"countersign/approvals/audit"
)

// Change is everything one step does: the action as it will be, its audit
// event, and what leaves the building because of it. A Store saves all of it
// in one transaction or nothing (DESIGN rule 15). A Change whose Action has
// the version it was read with is no change, and nothing is saved.
type Change struct {
	Action    Action
	Event     audit.Event
	Proof     *Proof  // newly spent
	Links     []Link  // new; each replaces the older ones of its purpose
	Spend     Purpose // links of this purpose are spent, empty for none
	Mails     []Mail
	MailDone  *MailDone // the mail whose acceptance or refusal this is
	Webhooks  []string  // event types
	Claim     *Claim
	Push      *Push    // of a new action: the request to be kept sealed
	Case      *Case    // to be opened
	Answer    *Answer  // the API answer kept under an idempotency key
	Sightings []string // fingerprints seen, recorded whatever becomes of the action
	Strong    bool     // beside a first proof: something else is wrong with the request
	Seller    *Seller  // as it is afterwards, where the move changes it
	Places    Places   // beside a proof: where the action was asked for
}

// Case asks for a case on the seller. The store numbers it; an open case of
// the same seller and reason is joined, never doubled.
type Case struct {
	Reason      CaseReason
	Number      string   // given by the store, "C-10442"
	Action      ActionID // that it is about; of a Change's own it need not be said
	Fingerprint string   // of the destination it is about; likewise
}

// CaseReason says why a case opened itself.
type CaseReason string

const (
	CaseNotMe      CaseReason = "not_me"
	CaseNotMeFast  CaseReason = "not_me_within_seconds" // no human reads that fast: cancelled, not locked
	CaseLock       CaseReason = "seller_locked"
	CaseNotice     CaseReason = "notice_failed"
	CaseMismatch   CaseReason = "payload_mismatch"
	CaseUnresolved CaseReason = "claim_without_result"
	CaseReview     CaseReason = "review"
	CaseCancels    CaseReason = "cancel_loop" // five changes cancelled in 30 days
	CaseRing       CaseReason = "ring"        // other sellers name the same destination
	CaseRecovery   CaseReason = "recovery"    // somebody says that they cannot sign in any more
	CaseAsked      CaseReason = "marketplace" // the marketplace asks for a look
)

// Claim is one hand-over of an action to its marketplace.
type Claim struct {
	Number int
	Digest Digest
	At     time.Time
}

// Answer is the stored answer to a call with an Idempotency-Key, saved in the
// transaction of what the call did.
type Answer struct {
	Marketplace MarketplaceID
	Key         string
	RequestHash string // SHA-256 over marketplace, route and canonical body
	Action      ActionID
	Status      int
	Body        []byte // may hold a link or a release token: the store seals it
	At          time.Time
}

// Changed reports whether there is anything to save over old.
func (c Change) Changed(old Action) bool { return c.Action.Version != old.Version }

// step is one change of an action by somebody for a reason.
type step struct {
	by   audit.Actor
	verb string
	now  time.Time
	data map[string]string
}

// move is the only writer of State. It looks the pair up, raises the version
// and writes the event; the webhook of the new state goes with it.
func (a Action) move(to State, s step) (Change, error) {
	from := a.State
	if !slices.Contains(next[from], to) {
		return Change{}, a.refuse(CodeState)
	}
	a.State = to
	a.Push = a.Push.entering(to, a.at(s.now))
	if to.Final() {
		a.EndedAt = a.at(s.now)
	}
	if from == Held {
		a.HeldFrom, a.Hold = "", ""
		if to != Expired { // there it says why the action ended
			a.HoldBy = time.Time{}
		}
	}
	c := a.record(from, s)
	c.Webhooks = []string{"action." + string(to)}
	return c, nil
}

// record raises the version and writes the event of a step, whether or not it
// moved the state.
func (a Action) record(from State, s step) Change {
	a.Version++
	a.MovedAt = a.at(s.now)
	return Change{Action: a, Event: audit.Event{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID),
		Version: a.Version, Generation: a.Generation, Verb: s.verb,
		From: string(from), To: string(a.State), Actor: s.by, At: a.MovedAt, Data: s.data,
	}}
}

// at is now, or the action's own last time where a node's clock is behind, so
// that time never goes back within an action.
func (a Action) at(now time.Time) time.Time {
	if now.Before(a.MovedAt) {
		return a.MovedAt
	}
	return now
}

// refuse says no and in which state the action is.
func (a Action) refuse(c Code) *Error {
	e := Refuse(c).With("state", string(a.State)).With("action_id", string(a.ID))
	if !a.NotBefore.IsZero() {
		e = e.With("not_before", FormatTime(a.NotBefore))
	}
	return e
}

// Unchanged is the Change of a step that has nothing to do.
func Unchanged(a Action) Change { return Change{Action: a} }

// bySystem is the gateway itself: time that has come, a mail server's word, and
// every refusal, whoever asked.
var bySystem = audit.Actor{Type: audit.System}

// SellerActor is the seller of a.
func (a Action) SellerActor() audit.Actor {
	return audit.Actor{Type: audit.Seller, ID: string(a.Seller)}
}
