package approvals

import (
	"slices"
	"time"
)

// Signals is what the gateway has seen that bears on one request (THREATS §4). A
// store reads them in the transaction that uses them; a policy judges them. The
// zero value is a seller and a destination nobody has seen before.
type Signals struct {
	// Of the destination. Sellers counted are others than this one, without those
	// declared to share it.
	// Who proved an action that names it counts, and who has one waiting; of those
	// who proved none, all together as one. A few are counted, and no more.
	Shared30     int  // sellers who named it in the last 30 days
	Shared365    int  // sellers who named it in the last 365 days
	SharedStrong bool // one of them proved it while something else was wrong
	Denied       bool // it is on the denied list
	Frozen       bool // it is frozen until two agents free it
	// Disputed: "I did not ask for this" was said of it by a seller who is or was paid
	// there, or after a release. Disowned: this seller said so, also where the account
	// was never theirs; of others that is no more than a failed attempt.
	Disputed      bool
	Disowned      bool
	FailedAttempt bool // it was named in what was refused, failed, expired or was disowned unproved
	// DestinationSince is when this seller's money was first sent there, zero if
	// never; DestinationUsed when it last was where the seller is paid.
	DestinationSince time.Time
	DestinationUsed  time.Time
	Current          bool // it is where this seller is paid

	// Of the seller.
	ChangeOpen    bool      // a change of payout account waits
	LastChangeAt  time.Time // the last one that was put in place
	Changes30     int       // changes of payout account asked for in 30 days
	Cancels30     int       // of those, cancelled
	LoanAt        time.Time // the last loan that was asked for
	Loans30       int       // loans asked for in 30 days
	LoansHere     int       // of those, to this destination in the currency of the one that is looked at, without superseded and open ones
	LoanSum       int64     // what those come to, in minor units, MaxSum at most
	NoticeBounced bool      // a notice of a waiting action was refused
	// HasPasskey, HasDevice and HasApprover say what independent proof there is: a
	// passkey usable for money, a device known for 30 days, another person.
	HasPasskey, HasDevice, HasApprover bool

	// AgentVelocity is the most recoveries that one of those had a hand in, in a day, who
	// decided on this seller's last one; 0 where there was none in 30 days.
	AgentVelocity int
	// NewNetwork and NewCountry say that the request came from a network, or a country,
	// that this seller is not known for, while they are known for others. Where nothing
	// is known yet, or nothing is said, there is nothing to compare.
	NewNetwork, NewCountry bool

	// DestinationKnown is when the gateway first heard of the destination, of whomever.
	DestinationKnown time.Time
	// Alike is how many other changes of the last 24 hours are like this one in
	// two traits or more.
	Alike int
}

// Look says which signals are asked for: those of one seller about one
// destination.
type Look struct {
	Seller      SellerKey
	Action      ActionID // of the request itself, which does not count
	Kind        Kind
	Fingerprint string
	Traits      []Trait // of the request, in any order; see Trait
	// Aged are more of them, by how long the destination is known; see AllTraits.
	Aged     [ages][]Trait
	Asked    time.Time // when the request was made
	Self     Trait     // of the seller, whose own traits do not count
	Currency string    // of a loan; empty for all else
	Places   Places    // of the request
	Now      time.Time
}

// look is what a draft of this seller asks the signals for.
func (s *Service) look(d Draft, seller Seller) Look {
	l := Look{
		Seller: seller.SellerKey, Action: d.ID, Kind: d.Kind, Fingerprint: d.seen(), Self: s.self(seller.SellerKey),
		Currency: currency(d.Kind, d.Details), Places: s.places(seller.SellerKey, d.Context), Now: s.Now(),
	}
	l.Asked = l.Now
	domain := ""
	if len(seller.Contacts) > 0 {
		domain = mailDomain(seller.Contacts[0].Email)
	}
	if to, err := destinationIn(d.Kind, d.Definition, d.Details); err == nil { // a draft's are in order
		s.alike(&l, to, d.Context, domain, nil)
	}
	return l
}

// lookAgain is what an action asks them for. What it is like is what it was like
// when it was asked for.
func (s *Service) lookAgain(a Action) Look {
	return Look{
		Seller: a.SellerKey(), Action: a.ID, Kind: a.Kind, Fingerprint: a.seen(), Self: s.self(a.SellerKey()),
		Currency: currency(a.Kind, a.Details), Places: s.places(a.SellerKey(), a.Context), Asked: a.CreatedAt, Now: s.Now(),
	}
}

// lookProved is lookAgain with the first proof at hand: the browser it was made in is
// compared too, with all that was asked for since.
func (s *Service) lookProved(a Action, p Proof) Look {
	l := s.lookAgain(a)
	domain := ""
	if i := slices.IndexFunc(a.Contacts, func(n Notice) bool { return n.Role == ContactCurrent }); i >= 0 {
		domain = mailDomain(a.Contacts[i].Email)
	}
	if to, err := a.Destination(); err == nil {
		s.alike(&l, to, a.Context, domain, &p)
	}
	return l
}

// Proving is what a policy may know of the proof at hand.
type Proving struct {
	Method Method
	// Since is when the authenticator was enrolled.
	Since time.Time
	// DeviceSince is since when the device is known that the proof was made on,
	// zero if it was never seen before.
	DeviceSince time.Time
	// CounterBack is the proof's; see Proof.
	CounterBack bool
}

// Requirement is something a policy asks for beside two proofs and a wait.
type Requirement string

const (
	// SecondApprover is a proof of another person on the seller's account.
	SecondApprover Requirement = "second_approver"
	// IndependentProof is something that a phishing page and a mailbox cannot hold
	// together: a passkey, an answer from a device known for 30 days, a second
	// approver, or two agents (THREATS finding 2).
	IndependentProof Requirement = "independent_proof"
)

// Advice is what a decision recommends to the marketplace.
type Advice string

// PausePayouts: hold back on-demand payouts and loans while this waits.
const PausePayouts Advice = "pause_payouts"
