package auth

import "countersign/approvals"

// Subject is what a proof is to be about. Two subjects that differ anywhere
// need two proofs.
type Subject struct {
	Seller     approvals.SellerKey
	Action     approvals.ActionID
	Generation int
	Stage      approvals.Stage
	Digest     approvals.Digest
}

// SubjectOf returns the subject of this stage of a.
func SubjectOf(a approvals.Action, stage approvals.Stage) Subject {
	return Subject{
		Seller:     a.SellerKey(),
		Action:     a.ID,
		Generation: a.Generation,
		Stage:      stage,
		Digest:     a.Digest,
	}
}
