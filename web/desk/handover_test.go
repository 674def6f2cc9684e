package desk_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// Everybody at the desk reads what the next shift has to know (UX C9).
func TestHandover(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.Drive(t, approvals.CoolingOff)
	_, err := o.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
	o.ok(err)
	o.Clock.Advance(time.Hour)
	for _, role := range auth.DeskRoles() {
		o.join(role, "Some "+string(role)).get("/desk/handover").want(200, "").says("Your promises today", "locked", "<dd>1</dd>", "7 days", "30 days", "no case")
	}
}
