package seller_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
)

// TestS6_EveryStateExplainsItself opens the newest confirmation link of an
// action in every state it can reach after the window opened.
func TestS6_EveryStateExplainsItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		state  approvals.State
		status int
		says   string
	}{
		{approvals.AwaitingConfirmation, http.StatusOK, "Did you ask for this change?"},
		{approvals.Approved, http.StatusOK, ""},
		{approvals.Releasing, http.StatusOK, ""},
		{approvals.Executed, http.StatusOK, ""},
		{approvals.ExecutionFailed, http.StatusOK, ""},
		{approvals.Unresolved, http.StatusOK, ""},
	} {
		t.Run(string(test.state), func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.drive(g.Create(t), test.state)
			page := g.browser().mail(approvals.ConfirmLink, a).want(test.status).at("/confirm")
			if !strings.Contains(page.body, test.says) || !strings.Contains(page.body, a.Reference) {
				t.Errorf("page: %s", page.byID("main"))
			}
			if asks := page.posts("/confirm"); asks != (test.state == approvals.AwaitingConfirmation) {
				t.Errorf("asks for an answer: %v", asks)
			}
		})
	}
}

// waiting is a gateway with an action that waits for its confirmation, and a
// browser that came from the mail after the time it takes to read it.
func waiting(t *testing.T) (*gateway, *browser, approvals.Action) {
	t.Helper()
	g := newGateway(t)
	a := g.Create(t)
	g.phone(a)
	a = g.drive(a, approvals.AwaitingConfirmation)
	b := g.browser()
	b.mail(approvals.ConfirmLink, a).want(http.StatusOK)
	g.Clock.Advance(g.config.Dwell)
	return g, b, a
}

// TestS6_OverAndReplacedLinks (NI-19): 410, and the way to a new link.
func TestS6_OverAndReplacedLinks(t *testing.T) {
	t.Parallel()
	t.Run("after 24 hours", func(t *testing.T) {
		t.Parallel()
		g, _, a := waiting(t)
		link := "/confirm/" + g.token(approvals.ConfirmLink, a)
		g.Clock.Advance(approvals.ConfirmLife)
		page := g.browser().get(link).want(http.StatusGone).at("/confirm")
		if !page.posts("/confirm/resend") || page.posts("/confirm") {
			t.Errorf("page: %s", page.byID("main"))
		}
	})
	t.Run("replaced by a newer mail", func(t *testing.T) {
		t.Parallel()
		g, b, a := waiting(t)
		page := b.get("/confirm")
		sent := b.post("/confirm/resend", values("csrf", page.csrf())).want(http.StatusOK).at("/confirm")
		if sent.posts("/confirm") {
			t.Error("the replaced link still asks")
		}
		g.Clock.Advance(3 * time.Minute)
		b.get("/confirm").want(http.StatusGone)
		b.send(http.MethodPost, "/confirm", values("csrf", page.csrf(), "answer", "yes")).want(http.StatusGone)
		// A proof through a link that counts no more is not even looked at.
		b.send(http.MethodPost, "/confirm/proof", values("csrf", page.csrf(), "credential", "{}")).want(http.StatusGone)
		b.send(http.MethodPost, "/confirm/options", values("csrf", page.csrf())).want(http.StatusConflict)
		if _, left, err := g.auth.Blocked(t.Context(), a.SellerKey()); err != nil || left != auth.MaxTries {
			t.Errorf("%d tries left, %v", left, err)
		}
		g.browser().mail(approvals.ConfirmLink, g.reload(a)).want(http.StatusOK)
	})
	t.Run("the window is over", func(t *testing.T) {
		t.Parallel()
		g, _, a := waiting(t)
		link := "/confirm/" + g.token(approvals.ConfirmLink, a)
		g.Clock.Set(a.ConfirmBy)
		page := g.browser().get(link).want(http.StatusGone)
		if page.posts("/confirm/resend") || !page.leads(a.ReturnURL) {
			t.Errorf("page: %s", page.byID("main"))
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		g, b, a := waiting(t)
		if _, err := g.Service.Cancel(t.Context(), a.Key(), approvals.ByMarketplace, a.SellerActor()); err != nil {
			t.Fatal(err)
		}
		b.get("/confirm").want(http.StatusGone)
		b.get("/confirm/review").want(http.StatusGone).at("/confirm")
	})
	t.Run("locked", func(t *testing.T) {
		t.Parallel()
		g, b, a := waiting(t)
		if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", a.SellerActor()); err != nil {
			t.Fatal(err)
		}
		csrf := b.get("/confirm/cancel").csrf()
		b.get("/confirm").want(http.StatusConflict)
		b.post("/confirm", values("csrf", csrf, "answer", "yes")).want(http.StatusConflict)
		g.state(a, approvals.Held)
	})
}

// TestS6_NoAnswer: none chosen is 422, and nothing happened.
func TestS6_NoAnswer(t *testing.T) {
	t.Parallel()
	g, b, a := waiting(t)
	page := b.get("/confirm")
	for _, form := range []string{"", "maybe", "approve"} {
		got := b.post("/confirm", values("csrf", page.csrf(), "answer", form)).want(http.StatusUnprocessableEntity)
		if !strings.HasPrefix(got.title(), "Error:") || got.byID("summary") == "" {
			t.Errorf("answer %q: title %q, no summary", form, got.title())
		}
	}
	g.state(a, approvals.AwaitingConfirmation)
}

// TestC9_YesAloneConfirmsNothing (TA-06, NI-04, NI-06): neither the answer nor the link nor a session
// without a proof moves anything forward.
func TestC9_YesAloneConfirmsNothing(t *testing.T) {
	t.Parallel()
	g, b, a := waiting(t)
	page := b.get("/confirm")
	review := b.post("/confirm", values("csrf", page.csrf(), "answer", "yes")).want(http.StatusOK).at("/confirm/review")
	b.post("/confirm/proof", values("csrf", review.csrf(), "credential", "")).want(http.StatusUnprocessableEntity)
	b.post("/confirm/proof", values("csrf", review.csrf(), "credential", "{}")).want(http.StatusUnprocessableEntity)
	b.send(http.MethodPost, "/confirm/proof", values("credential", "{}")).want(http.StatusForbidden)
	g.state(a, approvals.AwaitingConfirmation)
}

// TestAS05_HumanTiming: a confirmation one second after its mail was accepted
// is asked to come again, and nothing of it is spent.
func TestAS05_HumanTiming(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	device := g.phone(a)
	a = g.drive(a, approvals.AwaitingConfirmation)
	if mailed, err := g.Service.Outbox.MailedAt(t.Context(), a.Key()); err != nil || mailed.IsZero() {
		t.Fatalf("no mail was accepted: %v, %v", mailed, err)
	}
	b := g.browser()
	page := b.mail(approvals.ConfirmLink, a)
	review := b.post("/confirm", values("csrf", page.csrf(), "answer", "yes"))
	proof := values("csrf", review.csrf(), "credential", b.assert(device, review))
	b.post("/confirm/proof", proof).want(http.StatusConflict)
	g.state(a, approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	b.post("/confirm/proof", proof).want(http.StatusOK)
	g.state(a, approvals.Approved)
}

// TestC2_L7_AFreedAction: after a hold was lifted the old link says that the
// change must be approved again, and during the new wait from when it can be
// confirmed. It confirms neither time.
func TestC2_L7_AFreedAction(t *testing.T) {
	t.Parallel()
	g, b, a := waiting(t)
	csrf := b.get("/confirm").csrf()
	g.step(a, func(a approvals.Action, _ approvals.Seller) (approvals.Change, error) {
		return a.HoldFor(approvals.HoldAgent, a.SellerActor(), g.Clock.Now())
	})
	b.get("/confirm").want(http.StatusConflict)
	g.Agreed(t, "resume", a)
	a = g.step(a, func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		return a.Restart(s, a.SellerActor(), g.Clock.Now())
	})
	b.get("/confirm").want(http.StatusGone)
	b.post("/confirm", values("csrf", csrf, "answer", "yes")).want(http.StatusGone)

	session := g.browser()
	session.keep(g.begin(a, false))
	if page := session.get("/actions/" + a.Reference).want(http.StatusOK); !strings.Contains(page.body, "approve this change again") {
		t.Errorf("S1 does not say that it is asked again: %s", page.byID("main"))
	}
	a = g.drive(a, approvals.CoolingOff)
	early := b.send(http.MethodPost, "/confirm", values("csrf", csrf, "answer", "yes")).want(http.StatusConflict)
	if clock := g.inZone(a.NotBefore).Format("15:04"); !strings.Contains(early.body, clock) {
		t.Errorf("the page does not say from when: %s", early.byID("main"))
	}
	g.state(a, approvals.CoolingOff)
}

// step takes one step of the domain that no page offers.
func (g *gateway) step(a approvals.Action, take func(approvals.Action, approvals.Seller) (approvals.Change, error)) approvals.Action {
	g.t.Helper()
	now, err := g.Service.Store.Update(g.t.Context(), a.Key(), take)
	if err != nil {
		g.t.Fatal(err)
	}
	return now
}

// TestResendIsLimited: two minutes apart, three in a window; it says so.
func TestResendIsLimited(t *testing.T) {
	t.Parallel()
	g, b, a := waiting(t)
	csrf := b.get("/confirm").csrf()
	b.post("/confirm/resend", values("csrf", csrf)).want(http.StatusOK)
	b.post("/confirm/resend", values("csrf", csrf)).want(http.StatusTooManyRequests)
	before := g.reload(a)
	g.Clock.Advance(2 * time.Minute)
	b.post("/confirm/resend", values("csrf", csrf)).want(http.StatusOK)
	if after := g.reload(a); !after.NotBefore.Equal(before.NotBefore) || !after.ConfirmBy.Equal(before.ConfirmBy) {
		t.Error("EM-12: asking again moved a deadline")
	}
}
