package authdb

import (
	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// SealedColumns lists every sealed column that this package writes; a test
// compares it with the schema. A seed that no code has confirmed yet is sealed as
// the authenticator it becomes.
func SealedColumns() []approvaldb.Sealed {
	return []approvaldb.Sealed{
		{Table: "authenticators", Column: "sealed", Key: []string{"id"}, With: []string{"marketplace", "seller", "method"}, Row: func(v []string) []byte {
			return auth.SealedFor(keyOf(v[1], v[2]), approvals.Method(v[3]), v[0])
		}},
		{Table: "enrolments", Column: "sealed", Key: []string{"id"}, With: []string{"marketplace", "seller"}, Row: func(v []string) []byte {
			return auth.SealedFor(keyOf(v[1], v[2]), approvals.TOTP, v[0])
		}},
		{Table: "approver_passkeys", Column: "sealed", Key: []string{"id"}, Row: func(v []string) []byte { return auth.ApproverSealedFor(v[0]) }},
		{Table: "people_passkeys", Column: "sealed", Key: []string{"id"}, With: []string{"person"}, Row: func(v []string) []byte {
			return auth.PersonSealedFor(auth.PersonID(v[1]), v[0])
		}},
	}
}
