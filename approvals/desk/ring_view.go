package desk

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"countersign/approvals"
)

// RingState is what holds for whoever names the destination of a ring.
type RingState string

// The states of a ring.
const (
	RingReviewed RingState = "review"
	RingFrozen   RingState = "frozen"
	RingDenied   RingState = "denied"
	RingEnded    RingState = "ended" // by two people; only its page still tells of it
)

// Limits of what is read of a ring. What is beyond them is said to be.
const (
	RingSellers = 200 // sellers of one ring, and as many of what waits
	RingOthers  = 10  // other destinations that some of them share
	RingHub     = 20  // sellers of a destination so common that it says nothing
)

// RingView is a destination that sellers share, or that is denied: what the list of
// them shows. The account is masked; its fingerprint is no name for people.
type RingView struct {
	Number   int64
	Key      approvals.RingKey
	Account  string // masked, empty where no request that names it is left
	State    RingState
	Since    time.Time
	Sellers  int       // who named it, without declared ones; at most RingSellers are counted
	Declared int       // who share it by the word of two
	First    time.Time // the first time that one of Sellers named it
	Last     time.Time
	Stake    Stake
}

// Name is what people quote, "R-31".
func (r RingView) Name() string { return fmt.Sprintf("R-%d", r.Number) }

// RingDossier is a ring with all that is to be seen of it.
type RingDossier struct {
	RingView
	Members []RingMember // declared ones too, by marketplace and seller
	Others  []RingOther
	Case    int64 // an open case of the ring that it can be decided in, 0 if there is none
	More    bool  // there are more members, or more of theirs waits, than is read
}

// Wait gives each member what it has waiting; who has no line of their own gets one.
func (r *RingDossier) Wait(waiting []approvals.Action) {
	for _, a := range waiting {
		i := slices.IndexFunc(r.Members, func(m RingMember) bool { return m.Seller == a.SellerKey() })
		if i < 0 {
			i = len(r.Members)
			r.Members = append(r.Members, RingMember{Seller: a.SellerKey(), First: a.CreatedAt, Last: a.CreatedAt})
		}
		r.Members[i].Waiting = append(r.Members[i].Waiting, a)
	}
}

// RingMember is one seller who named the destination.
type RingMember struct {
	Seller      approvals.SellerKey
	First, Last time.Time
	Declared    bool
	Proved      bool // gave a first proof of something that names it
	Vain        bool // tried without a proof, and no more
	Disputed    bool // said "I did not ask for this" of it
	Case        int64
	Waiting     []approvals.Action // on this destination
}

// RingOther is another destination that at least two of the members named.
type RingOther struct {
	Number  int64 // of its own ring, 0 if it is none
	Account string
	Sellers []approvals.SellerKey // members
	Hub     bool                  // more than RingHub sellers named it
}

// Rings reads rings for people. What it returns is as of one moment.
type Rings interface {
	// Rings lists those that hold something, the newest first, before this number
	// where one is given.
	Rings(ctx context.Context, before int64, limit int) ([]RingView, error)
	// Ring returns one, an ended one too. Unknown is CodeNotFound.
	Ring(ctx context.Context, number int64) (RingDossier, error)
	// RingOf returns that of a destination. Unknown is CodeNotFound.
	RingOf(ctx context.Context, key approvals.RingKey) (RingView, error)
}

// Stake is what waits on a destination: loans by currency, and changes of where
// payouts go, whose sums only the marketplace knows.
type Stake struct {
	Loans   []Sum
	Changes int
	More    bool // more waits than was counted
}

// Sum is an amount of money, decimal, with the currency's minor units.
type Sum struct{ Amount, Currency string }

// StakeOf adds up what waits.
func StakeOf(actions []approvals.Action) Stake {
	sums, out := map[string]*big.Rat{}, Stake{}
	for _, a := range actions {
		loan, is := approvals.LoanOf(a)
		if !is {
			out.Changes++
			continue
		}
		amount, ok := new(big.Rat).SetString(loan.Amount)
		if !ok {
			continue
		}
		if sums[loan.Currency] == nil {
			sums[loan.Currency] = new(big.Rat)
		}
		sums[loan.Currency].Add(sums[loan.Currency], amount)
	}
	for currency, sum := range sums {
		units, _ := approvals.MinorUnits(currency)
		out.Loans = append(out.Loans, Sum{sum.FloatString(units), currency})
	}
	slices.SortFunc(out.Loans, func(a, b Sum) int { return strings.Compare(a.Currency, b.Currency) })
	return out
}
