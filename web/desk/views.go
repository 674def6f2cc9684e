package desk

import "countersign/approvals/desk"

// Views is what the desk reads beside cases.
type Views struct {
	Rings desk.Rings
	Audit desk.AuditLog
	Shift desk.Shift
}
