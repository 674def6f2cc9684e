package seller_test

import (
	"net/http"
	"testing"

	"countersign/approvals"
)

// TestC10_TwoTabs: what a second tab sends after the first has moved on is
// answered with where things stand, and stopping works at the second press.
func TestC10_TwoTabs(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	path := "/actions/" + a.Reference
	review := b.handoff(a)
	question := b.get(path + "/cancel")
	b.stepUpByPasskey(a, device).want(http.StatusOK)

	b.post(path+"/step-up", values("csrf", review.csrf(), "credential", b.assert(device, review))).want(http.StatusOK).at(path + "/status")
	again := b.post(path+"/cancel", values("csrf", question.csrf(), "answer", "changed_mind")).want(http.StatusForbidden)
	g.state(a, approvals.Notifying)
	b.post(path+"/cancel", values("csrf", again.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)
}

// TestC10_ANewVisitMeanwhile: the page of the visit before comes again with a
// token that counts; what it sent was not looked at.
func TestC10_ANewVisitMeanwhile(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	path := "/actions/" + a.Reference
	old := b.handoff(a)
	b.handoff(a)
	fresh := b.post(path+"/step-up", values("csrf", old.csrf(), "credential", b.assert(device, old))).want(http.StatusForbidden)
	g.state(a, approvals.AwaitingStepUp)
	b.post(path+"/step-up", values("csrf", fresh.csrf(), "credential", b.assert(device, fresh))).want(http.StatusOK)
	g.state(a, approvals.Notifying)
}

// TestBackAndReload: the address a form was sent to can be opened, and leads on.
func TestBackAndReload(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	path := "/actions/" + a.Reference
	b.handoff(a)
	b.post(path+"/step-up", values("csrf", b.get(path+"/code").csrf(), "totp", wrongCode(app, g.Clock.Now()))).want(http.StatusUnprocessableEntity)
	if page := b.get(path + "/step-up").want(http.StatusOK); !page.posts(path + "/step-up") {
		t.Error("the code page does not come back")
	}
	for _, from := range []string{"/reveal", "/resend"} {
		b.get(path + from).want(http.StatusOK).at(path)
	}
	a = g.drive(g.reload(a), approvals.AwaitingConfirmation)
	b = g.browser()
	b.mail(approvals.ConfirmLink, a)
	if page := b.get("/confirm/proof").want(http.StatusOK); !page.posts("/confirm/proof") {
		t.Error("the code page of the confirmation does not come back")
	}
	b.get("/confirm/resend").want(http.StatusOK)
}
