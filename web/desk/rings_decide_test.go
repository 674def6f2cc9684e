package desk_test

import (
	"net/url"
	"testing"

	"countersign/auth"
)

// share says of some sellers of a ring that they know of each other, or not.
func (b *browser) share(ring, verb string, sellers ...string) seen {
	b.o.t.Helper()
	page := b.get("/desk/rings/"+ring).want(200, "")
	return b.shareFrom(page, ring, verb, sellers...)
}

// shareFrom does it from a page that was opened before.
func (b *browser) shareFrom(page seen, ring, verb string, sellers ...string) seen {
	b.o.t.Helper()
	return b.send("POST", "/desk/rings/"+ring+"/decide", url.Values{
		"csrf": {page.csrf()}, "seen": {page.field("seen")}, "verb": {verb}, "sellers": sellers, "reason": {"K1"},
	})
}

// Two agents say that sellers share a destination knowingly. Only sellers of the ring
// can be named, by those who decide, and one person alone says nothing (UX C8).
func TestRings_Declare(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Service.Rings = o.Parts.Rings
	marco, anna := o.pair()
	for seller := range int64(3) {
		o.Named(t, seller+1, 7)
	}
	stranger := o.Named(t, 9, 8)
	own := func(seller string) string { return string(o.Marketplace.ID) + "/" + seller }
	o.join(auth.Auditor, "Aud").share("R-1", "declare_shared", own("seller-1")).want(403, "")
	for _, bad := range [][]string{
		{"declare_shared"}, {"unlock", own("seller-1")}, {"", own("seller-1")}, {"declare_shared", own(string(stranger.Seller))},
		{"declare_shared", own("seller-1"), "other/seller-1"}, {"split", own("seller-1"), own("seller-1")},
	} {
		anna.share("R-1", bad[0], bad[1:]...).want(422, "").says("There is a problem")
	}
	old := anna.get("/desk/rings/R-1").want(200, "")
	marco.decide("/desk/cases/10003", "lock").want(303, "/desk/sign")
	marco.signs().want(303, "/desk/cases/10003")
	anna.shareFrom(old, "R-1", "declare_shared", own("seller-1")).want(409, "").says("It is not what your page showed")
	anna.get("/desk/rings/R-1/decide").want(303, "/desk/rings/R-1")
	anna.share("R-1", "split", own("seller-1")).want(409, "").says("Nobody is declared to share the account.")
	anna.share("R-1", "declare_shared", own("seller-1"), own("seller-2")).want(303, "/desk/sign")
	anna.get("/desk/sign").says("seller-1 of ", "seller-2 of ", "K1")
	anna.signs().want(303, "/desk/cases/10003")
	anna.get("/desk/rings/R-1").says("3 sellers, 1 destination")
	marco.answers("/desk/cases/10003", "approve").want(303, "/desk/cases/10003")
	marco.get("/desk/rings/R-1").says("1 seller and 2 declared ones", "shares it knowingly, by the word of two", `<rect class="declared"`)
}

// Who decides about a destination signs over its masked account and its ring's name.
func TestRings_SignsTheAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Service.Rings = o.Parts.Rings
	marco, anna := o.pair()
	for seller := range int64(3) {
		o.Named(t, seller+1, 7)
	}
	ring, err := o.Parts.RingViews.Ring(t.Context(), 1)
	o.ok(err)
	where := []string{"<dt>Ring</dt><dd>R-1</dd>", "<dt>Account</dt><dd>" + ring.Account + "</dd>"}
	marco.decide("/desk/cases/10003", "freeze_ring").want(303, "/desk/sign")
	marco.get("/desk/sign").says(where...)
	marco.signs().want(303, "/desk/cases/10003")
	marco.decide("/desk/cases/10003", "end_ring").want(303, "/desk/sign")
	marco.get("/desk/sign").says(where...).says("End the ring; what is held stays held")
	marco.signs().want(303, "/desk/cases/10003")
	anna.press(anna.get("/desk/cases/10003"), "/desk/cases/10003/answer", "answer", "approve", "reason", "V4").want(303, "/desk/sign")
	anna.get("/desk/sign").says(where...)
}
