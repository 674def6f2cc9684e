package templates

import (
	"time"

	"countersign/approvals"
)

// supportNotices are those of what people of the desk did on a seller.
func supportNotices(at time.Time) map[string]SecurityNotice {
	const reference = "BD-7K4Q-2M9X"
	return map[string]SecurityNotice{
		"support-unlocked": {What: approvals.SecuritySupportUnlocked, At: at},
		"support-kept":     {What: approvals.SecuritySupportKept, At: at, Until: at.AddDate(0, 0, 3)},
		"support-extended": {What: approvals.SecuritySupportExtended, At: at, Label: reference, Until: at.AddDate(0, 0, 14)},
		"support-denied":   {What: approvals.SecuritySupportDenied, At: at, Label: reference},
		"support-failed":   {What: approvals.SecuritySupportFailed, At: at, Label: reference},
		"support-checked":  {What: approvals.SecuritySupportChecked, At: at},
		"support-known":    {What: approvals.SecuritySupportKnown, At: at},
		"support-unknown":  {What: approvals.SecuritySupportUnknown, At: at},
		"support-revealed": {What: approvals.SecuritySupportRevealed, At: at},
	}
}
