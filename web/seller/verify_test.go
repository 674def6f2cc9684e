package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

const newAddress = "anna@post.example"

// contactChange is a change of address of a's seller, approved, whose notices
// are not accepted yet.
func (g *gateway) contactChange(a approvals.Action) approvals.Action {
	g.t.Helper()
	r := g.Request(a.SellerKey())
	r.Kind = approvals.ContactChange
	r.Details = []byte(`{"from":{"email":"` + a.Contacts[0].Email + `"},"to":{"email":"` + newAddress + `"}}`)
	change, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return g.DriveOn(g.t, change, approvals.Notifying)
}

// TestNI18_NewAddressAnswers (NI-18): the new address of a contact.change is
// asked whose it is, without a sign-in. Opening the page says nothing yet, the page
// tells a stranger nothing of the seller, and only then can the old address
// confirm.
func TestNI18_NewAddressAnswers(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	first := g.Create(t)
	g.phone(first)
	change := g.drive(g.contactChange(first), approvals.AwaitingConfirmation)

	owner := g.browser()
	owner.mail(approvals.ConfirmLink, change).want(http.StatusConflict)
	reader := g.browser()
	page := reader.mail(approvals.VerifyLink, change).want(http.StatusOK).at("/verify")
	for _, secret := range []string{change.Contacts[0].Email, change.Context.IP, change.Reference} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the page tells %q", secret)
		}
	}
	if g.Read(t, change).Verified() {
		t.Fatal("opening the page answered it")
	}
	reader.send(http.MethodPost, "/verify", values("csrf", "forged")).want(http.StatusForbidden)
	for range 2 { // twice is the same as once
		reader.send(http.MethodPost, "/verify", values("csrf", page.csrf()))
	}
	if !g.Read(t, change).Verified() {
		t.Fatal("the answer was not kept")
	}
	owner.get("/confirm").want(http.StatusOK)
	g.browser().get("/verify/vunknown").want(http.StatusNotFound)
}

// TestNI18_VerifyOver: after the change is over its link says so and changes
// nothing.
func TestNI18_VerifyOver(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	change := g.contactChange(g.Create(t))
	reader := g.browser()
	page := reader.mail(approvals.VerifyLink, change)
	if _, err := g.Service.Cancel(t.Context(), change.Key(), approvals.ChangedMind, change.SellerActor()); err != nil {
		t.Fatal(err)
	}
	reader.send(http.MethodPost, "/verify", values("csrf", page.csrf())).at("/verify")
	if g.Read(t, change).Verified() {
		t.Error("a cancelled change took an answer")
	}
}
