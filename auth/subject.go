package auth

import (
	"crypto/sha256"

	"countersign/approvals"
)

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

// OwnSubject is for a seller who shows that it is them and has no action to show
// it with: to make recovery codes. The digest has a domain of its own, so that a
// proof of it proves no action.
func OwnSubject(seller approvals.SellerKey) Subject {
	return Subject{
		Seller: seller,
		Digest: sha256.Sum256(append([]byte("countersign/own/v1\n"), rowIdentity(seller, approvals.RecoveryCode, "")...)),
	}
}
