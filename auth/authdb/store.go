package authdb

import (
	"fmt"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// Store implements auth.Store and auth.Sessions.
type Store struct{ db *approvaldb.DB }

var (
	_ auth.Store    = (*Store)(nil)
	_ auth.Sessions = (*Store)(nil)
)

// New returns the store on this database.
func New(db *approvaldb.DB) *Store { return &Store{db} }

// nobody is an id that no row has: a statement about it does the same work as
// one that finds something.
const nobody = "00000000-0000-0000-0000-000000000000"

// keyOf is the seller a row is about.
func keyOf(marketplace, seller string) approvals.SellerKey {
	return approvals.SellerKey{Marketplace: approvals.MarketplaceID(marketplace), Seller: approvals.SellerID(seller)}
}

// ofSeller is the condition of rows about one seller.
const ofSeller = "marketplace = ? AND seller = ?"

// explained says what a database error means, and what was being done.
func explained(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, approvaldb.Explain(err))
}

// freeSlot picks the slot of a new row among those of its kind, which are given
// oldest first: one that is free, or the oldest's, which is void then.
func freeSlot(oldestFirst []int64) int64 {
	used := map[int64]bool{}
	for _, slot := range oldestFirst {
		used[slot] = true
	}
	for slot := range int64(auth.MaxChallenges) {
		if !used[slot] {
			return slot
		}
	}
	return oldestFirst[0]
}
