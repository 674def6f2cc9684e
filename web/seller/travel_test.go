package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestTravelLock_SpendsNothing: a proof that comes while the seller travels is
// not looked at; the page says until when, and cancelling works.
func TestTravelLock_SpendsNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	page := b.get("/actions/" + a.Reference + "/code").want(http.StatusOK)
	until := g.Clock.Now().Add(24 * time.Hour)
	if err := g.Service.TravelLock(t.Context(), a.SellerKey(), until); err != nil {
		t.Fatal(err)
	}
	form := values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))
	refused := b.post("/actions/"+a.Reference+"/step-up", form).want(http.StatusConflict)
	if !strings.Contains(refused.title(), "Your travel lock is on") || !refused.leads("/actions/"+a.Reference+"/cancel") {
		t.Errorf("page %q: %s", refused.title(), refused.body)
	}
	g.state(a, approvals.AwaitingStepUp)
	g.Clock.Set(until)
	b = g.browser()
	b.session(a)
	page = b.get("/actions/" + a.Reference + "/code")
	if page.StatusCode == http.StatusOK {
		b.post("/actions/"+a.Reference+"/step-up", values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusOK)
	}
}
