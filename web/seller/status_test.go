package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

// TestS5_EveryState: the status has a page in every state, tells only masked
// addresses and accounts, and leads where the state can go.
func TestS5_EveryState(t *testing.T) {
	t.Parallel()
	for _, state := range everyState {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.drive(g.Create(t), state)
			b := g.browser()
			b.keep(g.begin(a, false))
			path := "/actions/" + a.Reference
			page := b.get(path + "/status").want(http.StatusOK)
			for _, c := range a.Contacts {
				if strings.Contains(page.body, c.Email) {
					t.Error("an address is shown in full")
				}
			}
			if !page.leads(path+"/cancel") || !page.leads(a.ReturnURL) {
				t.Errorf("no way to S7 or back: %s", page.byID("main"))
			}
			if resend := page.posts(path + "/resend"); resend != (state == approvals.AwaitingConfirmation) {
				t.Errorf("offers to send the mail again: %v", resend)
			}
			if approve := page.leads(path); approve != (state == approvals.AwaitingStepUp) {
				t.Errorf("leads to the review: %v", approve)
			}
			if to := b.get(path).path; (to == path) != (state == approvals.AwaitingStepUp) {
				t.Errorf("the review's address shows %s", to)
			}
		})
	}
}

// TestS12_TheResultIsToldOnce: right after the proof the status says what was
// done; when it is opened again it does not.
func TestS12_TheResultIsToldOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	b.handoff(a)
	first := b.stepUpByPasskey(a, device).want(http.StatusOK)
	again := b.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
	if first.byID("main") == again.byID("main") {
		t.Error("the page after the proof is the page of any day")
	}
}

// TestStatusResend sends the mail again from the status, and says when it is
// too soon.
func TestStatusResend(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	b := g.browser()
	b.keep(g.begin(a, false))
	path := "/actions/" + a.Reference
	csrf := b.get(path + "/status").csrf()
	first := b.post(path+"/resend", values("csrf", csrf)).want(http.StatusOK).at(path + "/status")
	if g.reload(a).Resends != 1 {
		t.Error("no mail was asked for")
	}
	second := b.post(path+"/resend", values("csrf", csrf)).want(http.StatusOK)
	if g.reload(a).Resends != 1 || first.byID("main") == second.byID("main") {
		t.Error("asking again at once was not refused, or reads the same")
	}
}

// TestSuperseded leads to the newer action, where the session may open it.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	again := g.Request(a.SellerKey())
	again.Supersede = true
	newer, err := g.Service.Create(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	page := b.get("/actions/" + a.Reference).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	if page.leads("/actions/" + newer.Reference) {
		t.Error("leads to an action the session may not open")
	}
	// AS-01: of the same seller, and not handed over.
	b.get("/actions/" + newer.Reference).want(http.StatusNotFound)
	b.handoff(newer)
	if page := b.get("/actions/" + a.Reference + "/status").want(http.StatusOK); !page.leads("/actions/" + newer.Reference) {
		t.Error("does not lead to the newer action")
	}
}
