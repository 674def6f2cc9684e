package auth

import "countersign/approvals"

// SealedFor is the associated data of an authenticator's secret: what a sealed
// value is bound to, for whoever seals it anew with another key.
func SealedFor(seller approvals.SellerKey, method approvals.Method, id string) []byte {
	return rowIdentity(seller, method, id)
}
