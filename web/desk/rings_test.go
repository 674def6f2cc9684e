package desk_test

import (
	"regexp"
	"strings"
	"testing"

	"countersign/auth"
)

// Everybody at the desk reads rings, and nobody a whole account or its fingerprint
// (UX C8, C7).
func TestRings(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Service.Rings = o.Parts.Rings
	for seller := range int64(3) {
		o.Named(t, seller+1, 7)
	}
	first := o.Named(t, 9, 8)
	for _, role := range auth.DeskRoles() {
		b := o.join(role, "Some "+string(role))
		list := b.get("/desk/rings").want(200, "").says("R-1", "••-••-60 ••••0007", "3 sellers", "3 changes of payout account", "review: what waits")
		ring := b.get("/desk/rings/R-1").want(200, "").says("Ring R-1: 3 sellers, 1 destination, less than an hour, 3 changes of payout account at stake.", `<svg class="ring" role="img"`, "held, review", "C-1000")
		for _, page := range []seen{list, ring} {
			for _, secret := range []string{first.Fingerprint, "00000007", "204060", "Anna Rossi", string(o.SellerKey(9).Seller) + "<"} {
				if strings.Contains(page.text, secret) {
					t.Errorf("%s reads %q:\n%s", role, secret, page.text)
				}
			}
			if long := regexp.MustCompile(`[0-9a-f]{32,}`).FindString(strings.ReplaceAll(page.text, page.field("seen"), "")); long != "" {
				t.Errorf("%s reads %s", role, long)
			}
		}
		for _, unknown := range []string{"R-99", "R-0", "R-x", "1", "R-99999999999999999999", first.Fingerprint} {
			b.get("/desk/rings/"+unknown).want(404, "")
		}
		b.get("/desk/rings?before=R-1").want(200, "").says("There is no ring")
		b.get("/desk/rings?before=1").want(404, "")
	}
}
