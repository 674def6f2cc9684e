package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// open is the seller's newest action.
func (g *gateway) open(key approvals.SellerKey) approvals.Action {
	g.t.Helper()
	list, err := g.Parts.Reader.Actions(g.t.Context(), approvals.Query{Marketplace: key.Marketplace, Seller: key.Seller, Limit: 1})
	if err != nil || len(list) == 0 {
		g.t.Fatalf("no action: %v", err)
	}
	return list[0]
}

// has is what the seller of key can be proved by.
func (g *gateway) has(key approvals.SellerKey) []auth.Authenticator {
	g.t.Helper()
	list, err := g.auth.Authenticators(g.t.Context(), key)
	if err != nil {
		g.t.Fatal(err)
	}
	return list
}

// more makes one more passkey on the pages, up to the review of its action.
func (g *gateway) more(b *browser, name string) (*authtest.Device, *answer) {
	g.t.Helper()
	setup := b.get("/enrol/passkey").want(http.StatusOK).at("/enrol/passkey")
	device := authtest.NewDevice(home)
	made, err := device.Create(setup.options())
	if err != nil {
		g.t.Fatal(err)
	}
	return device, b.post("/enrol/passkey", values("csrf", setup.csrf(), "name", name, "credential", string(made))).want(http.StatusOK)
}

// TestOneMore_IsAnAction (DESIGN rule 11, TA-02): a second passkey proves
// nothing until its action has been proved with the first, waited and confirmed.
func TestOneMore_IsAnAction(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	key := a.SellerKey()
	first := g.phone(a)
	b, page := g.settings(a)
	if page.leads("/enrol") {
		t.Error("one more is offered in the middle of an action")
	}
	b.get("/enrol/passkey").want(http.StatusOK).at("/security") // led back
	g.drive(a, approvals.Cancelled)
	b, page = g.settings(a)
	if !page.leads("/enrol") {
		t.Fatal("one more is not offered at a calm moment")
	}
	second, review := g.more(b, "Key")
	add := g.open(key)
	if add.Kind != approvals.AuthenticatorAdd || review.path != "/actions/"+add.Reference || !g.has(key)[1].Pending() {
		t.Fatalf("%s led to %s; %+v", add.Kind, review.path, g.has(key))
	}
	if _, err := second.Get(review.options()); err == nil {
		t.Error("the new passkey is asked to approve itself")
	}
	b.stepUpByPasskey(add, first).want(http.StatusOK)
	b.get("/security").want(http.StatusOK)
	add = g.drive(g.state(add, approvals.Notifying), approvals.AwaitingConfirmation)
	if add.NotBefore.Sub(a.CreatedAt) < 72*time.Hour {
		t.Errorf("it waited until %s only", add.NotBefore)
	}
	g.Clock.Advance(g.config.Dwell)
	g.browser().confirmByPasskey(add, first).want(http.StatusOK)
	g.state(add, approvals.Executed)
	if now := g.has(key)[1]; !now.Usable(g.Clock.Now()) || now.Name != "Key" {
		t.Errorf("%+v", now)
	}
}

// TestOneMore_EndsWithItsAction: cancelled, the new one is off for good.
func TestOneMore_EndsWithItsAction(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	g.drive(a, approvals.Cancelled)
	b, _ := g.settings(a)
	g.more(b, "Key")
	add := g.open(a.SellerKey())
	stop := b.get("/actions/" + add.Reference + "/cancel")
	b.post("/actions/"+add.Reference+"/cancel", values("csrf", stop.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	if list := g.has(a.SellerKey()); len(list) != 2 || list[1].DisabledAt.IsZero() {
		t.Errorf("%+v", list)
	}
}

// TestRemoval_IsAnAction (strip_then_change): the last one stays, another goes
// by an action that waits, and an unknown one is nobody's.
func TestRemoval_IsAnAction(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	key := a.SellerKey()
	first := g.phone(a)
	g.drive(a, approvals.Cancelled)
	b, page := g.settings(a)
	only := g.has(key)[0].ID
	if page.posts("/security/remove") {
		t.Error("the removal of the only one is offered")
	}
	refused := b.post("/security/remove", values("csrf", page.csrf(), "authenticator", only)).want(http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, "only way to approve") {
		t.Error("the page does not say why")
	}
	g.more(b, "Key")
	add := g.open(key)
	b.stepUpByPasskey(add, first).want(http.StatusOK)
	if page = b.get("/security"); page.posts("/security/remove") || !strings.Contains(page.body, "Waits for your confirmation") {
		t.Error("a removal is offered in the middle of an action, or the new one looks usable")
	}
	add = g.drive(g.state(add, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	g.browser().confirmByPasskey(add, first).want(http.StatusOK)

	b, page = g.settings(a)
	if !page.posts("/security/remove") {
		t.Fatal("a removal is not offered")
	}
	b.post("/security/remove", values("csrf", page.csrf(), "authenticator", "x")).want(http.StatusUnprocessableEntity)
	review := b.post("/security/remove", values("csrf", page.csrf(), "authenticator", g.has(key)[1].ID)).want(http.StatusOK)
	remove := g.open(key)
	if remove.Kind != approvals.AuthenticatorRemove || review.path != "/actions/"+remove.Reference {
		t.Fatalf("%s at %s", remove.Kind, review.path)
	}
	if !g.has(key)[1].DisabledAt.IsZero() {
		t.Error("it is off already")
	}
	b.stepUpByPasskey(remove, first).want(http.StatusOK)
	remove = g.drive(g.state(remove, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	g.browser().confirmByPasskey(remove, first).want(http.StatusOK)
	if g.has(key)[1].DisabledAt.IsZero() {
		t.Error("it is still on")
	}
}

// What the marketplace could not put in place waits for nobody: it keeps no
// seller from the settings, which an open action does.
func TestOneMore_AfterAFailedRelease(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	if _, page := g.settings(a); page.leads("/enrol") {
		t.Error("one more is offered while an action waits")
	}
	g.DriveOn(t, a, approvals.ExecutionFailed)
	if _, page := g.settings(a); !page.leads("/enrol") {
		t.Error("a failed release keeps the seller from adding another")
	}
}

// TestOneMore_NotWhileAnOldOneWaits: what waits is found however many came and
// went after it.
func TestOneMore_NotWhileAnOldOneWaits(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.Cancelled)
	g.phone(a)
	change := g.Request(a.SellerKey())
	change.Kind = approvals.ContactChange
	change.Details = []byte(`{"from":{"email":"` + a.Contacts[0].Email + `"},"to":{"email":"new@example.net"}}`)
	old, err := g.Service.Create(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	for range 51 {
		b, err := g.Service.Create(t.Context(), g.Request(a.SellerKey()))
		if err != nil {
			t.Fatal(err)
		}
		g.drive(b, approvals.Cancelled)
	}
	if _, page := g.settings(a); page.leads("/enrol") {
		t.Error("one more is offered while a change of address waits")
	}
	g.drive(old, approvals.Cancelled)
	if _, page := g.settings(a); !page.leads("/enrol") {
		t.Error("one more is not offered when nothing waits")
	}
}
