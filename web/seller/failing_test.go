package seller_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// noStore is a store whose database cannot be asked any more.
type noStore struct{ approvals.Store }

func (noStore) Update(context.Context, approvals.ActionKey, func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, approvals.Refuse(approvals.CodeUnavailable)
}

func (noStore) Judge(context.Context, approvals.ActionKey, func(approvals.Action) approvals.Look, func(approvals.Action, approvals.Seller, approvals.Signals) (approvals.Change, error)) (approvals.Action, error) {
	return approvals.Action{}, approvals.Refuse(approvals.CodeUnavailable)
}

func (noStore) UpdateSeller(context.Context, approvals.SellerKey, func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) (approvals.Seller, error) {
	return approvals.Seller{}, approvals.Refuse(approvals.CodeUnavailable)
}

func (noStore) Refuse(context.Context, audit.Event, string) error {
	return approvals.Refuse(approvals.CodeUnavailable)
}

// TestAS42_AWriteThatFails (TA-06): everything that would change an action answers 503
// with a page, and the action is as it was.
func TestAS42_AWriteThatFails(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	review := b.handoff(a)
	path := "/actions/" + a.Reference
	proof := values("csrf", review.csrf(), "credential", b.assert(device, review))
	stop := b.copied()
	stopCSRF := stop.mail(approvals.StopLink, a).csrf()
	g.Clock.Advance(g.Service.HumanDelay)
	g.Service.Store = noStore{g.Service.Store}

	b.post(path+"/cancel", values("csrf", review.csrf(), "answer", "changed_mind")).want(http.StatusServiceUnavailable)
	stop.post("/cancel", values("csrf", stopCSRF, "answer", "not_me")).want(http.StatusServiceUnavailable)
	stop.post("/cancel", values("csrf", stopCSRF, "answer", "changed_mind")).want(http.StatusServiceUnavailable)
	page := b.post(path+"/step-up", proof).want(http.StatusServiceUnavailable)
	if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || page.title() == "" || page.Header.Get("Retry-After") == "" {
		t.Errorf("no page: %v %s", page.Header, page.body)
	}
	g.state(a, approvals.AwaitingStepUp)
}

// TestAS42_AConfirmationThatFails is the same for the second proof and for the
// mail asked for.
func TestAS42_AConfirmationThatFails(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	device := g.phone(a)
	a = g.drive(a, approvals.AwaitingConfirmation)
	g.Clock.Advance(g.Service.HumanDelay)
	b := g.browser()
	page := b.mail(approvals.ConfirmLink, a)
	review := b.post("/confirm", values("csrf", page.csrf(), "answer", "yes"))
	g.Service.Store = noStore{g.Service.Store}
	for _, answer := range []string{"changed_mind", "not_me"} {
		b.post("/confirm", values("csrf", page.csrf(), "answer", answer)).want(http.StatusServiceUnavailable)
	}
	b.post("/confirm/resend", values("csrf", page.csrf())).want(http.StatusServiceUnavailable)
	b.post("/confirm/proof", values("csrf", review.csrf(), "credential", b.assert(device, review))).want(http.StatusServiceUnavailable)
	g.state(a, approvals.AwaitingConfirmation)
}

// TestAS42_NoDatabase: with the database gone, every route is 503 and a page,
// and none lets anything pass.
func TestAS42_NoDatabase(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	b := g.visitor(a)
	if err := g.db.SQL().Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range g.unsafeRoutes(a) {
		if got := b.send(http.MethodPost, path, goingOn()); got.StatusCode == http.StatusOK || got.StatusCode == http.StatusSeeOther {
			t.Errorf("POST %s: %d", path, got.StatusCode)
		}
	}
}
