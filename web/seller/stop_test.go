package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

// ways are the three ways to the question of S7.
func (g *gateway) ways(a approvals.Action) map[string]func(b *browser) (question string) {
	return map[string]func(b *browser) string{
		"session": func(b *browser) string { b.session(a); return "/actions/" + a.Reference + "/cancel" },
		"confirm": func(b *browser) string { b.mail(approvals.ConfirmLink, a); return "/confirm/cancel" },
		"stop":    func(b *browser) string { b.mail(approvals.StopLink, a); return "/cancel" },
	}
}

// TestS7_StoppingNeedsNoProof: both answers, by every way.
func TestS7_StoppingNeedsNoProof(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"session", "confirm", "stop"} {
		for _, answer := range []string{"changed_mind", "not_me"} {
			t.Run(way+" "+answer, func(t *testing.T) {
				t.Parallel()
				g := newGateway(t)
				a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
				g.Clock.Advance(g.Service.HumanDelay)
				b := g.browser()
				question := g.ways(a)[way](b)
				page := b.get(question).want(http.StatusOK)
				none := b.post(question, values("csrf", page.csrf())).want(http.StatusUnprocessableEntity)
				if !strings.HasPrefix(none.title(), "Error:") {
					t.Errorf("title %q", none.title())
				}
				g.state(a, approvals.AwaitingConfirmation)

				done := b.post(question, values("csrf", page.csrf(), "answer", answer)).want(http.StatusOK)
				a = g.state(a, approvals.Cancelled)
				if string(a.Cancel) != answer {
					t.Errorf("reason %s", a.Cancel)
				}
				s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey())
				if err != nil || s.Locked != (answer == "not_me") {
					t.Errorf("locked %v, %v", s.Locked, err)
				}
				g.saysWhatWasDone(done, a, way, answer)
				b.get(done.path).want(http.StatusOK) // and again
			})
		}
	}
}

// saysWhatWasDone checks the done page: the case number only where the reader
// came from a mail.
func (g *gateway) saysWhatWasDone(done *answer, a approvals.Action, way, answered string) {
	g.t.Helper()
	if answered == "changed_mind" {
		if !done.leads(a.ReturnURL) || strings.Contains(done.body, "C-1") {
			g.t.Errorf("done page: %s", done.byID("main"))
		}
		return
	}
	c, err := g.Parts.Cases.OpenCase(g.t.Context(), a.SellerKey())
	if err != nil {
		g.t.Fatal(err)
	}
	if told := strings.Contains(done.body, c.Number); told != (way != "session") {
		g.t.Errorf("%s tells the case number: %v", way, told)
	}
	if !done.leads("/locked") {
		g.t.Errorf("done page does not lead to S8")
	}
}

// TestS7_AfterTheEnd: the stop link goes on working; what is left to say is "I
// did not ask for this".
func TestS7_AfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, state := range []approvals.State{
		approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved, approvals.Expired, approvals.Failed,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.drive(g.Create(t), state)
			g.Clock.Advance(g.Service.HumanDelay)
			b := g.browser()
			page := b.mail(approvals.StopLink, a).want(http.StatusOK)
			if strings.Contains(page.body, `value="changed_mind"`) || !strings.Contains(page.body, `value="not_me"`) {
				t.Errorf("page offers: %s", page.byID("main"))
			}
			b.post("/cancel", values("csrf", page.csrf(), "answer", "changed_mind")).want(http.StatusConflict)
			b.post("/cancel", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK).at("/cancel/cancelled")
			g.state(a, state)
			s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey())
			if err != nil || !s.Locked {
				t.Errorf("locked %v, %v", s.Locked, err)
			}
		})
	}
}

// TestS7_ActuallyIDidNotAsk: the page of a cancellation leads to the stronger
// answer.
func TestS7_ActuallyIDidNotAsk(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.Clock.Advance(g.Service.HumanDelay)
	b := g.browser()
	page := b.mail(approvals.StopLink, a)
	done := b.post("/cancel", values("csrf", page.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	if !done.leads("/cancel") {
		t.Fatal("no way to say more")
	}
	again := b.get("/cancel").want(http.StatusOK)
	b.post("/cancel", values("csrf", again.csrf(), "answer", "not_me")).want(http.StatusOK)
	s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey())
	if err != nil || !s.Locked {
		t.Errorf("locked %v, %v", s.Locked, err)
	}
}

// TestUXS7_AMachineCancelsOnly: an answer that comes faster than anybody reads
// cancels and locks nobody.
func TestUXS7_AMachineCancelsOnly(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.CoolingOff) // its notice was accepted just now
	b := g.browser()
	page := b.mail(approvals.StopLink, a)
	done := b.post("/cancel", values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)
	if s, err := g.Service.Reader.Seller(t.Context(), a.SellerKey()); err != nil || s.Locked {
		t.Errorf("locked %v, %v", s.Locked, err)
	}
	if done.leads("/locked") {
		t.Error("the page says that the account is locked")
	}
}

// TestL1_ALockedSeller can read and stop, and not go forward.
func TestL1_ALockedSeller(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	device := g.phone(a)
	review := b.handoff(a)
	path := "/actions/" + a.Reference
	if _, err := g.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", a.SellerActor()); err != nil {
		t.Fatal(err)
	}
	b.post(path+"/step-up", values("csrf", review.csrf(), "credential", b.assert(device, review))).want(http.StatusOK).at(path + "/status")
	g.state(a, approvals.Held)
	b.get("/enrol").want(http.StatusConflict)
	locked := b.get("/locked").want(http.StatusOK)
	if !strings.Contains(locked.body, "locked") {
		t.Errorf("page: %s", locked.byID("main"))
	}
	stop := b.get(path + "/cancel").want(http.StatusOK)
	b.post(path+"/cancel", values("csrf", stop.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)
}

// TestNotMe_SignsOthersOut: "I did not ask for this" in a session ends the
// seller's other sessions: whoever did ask for it may be in one of them. The
// reader's own stays, to read what was done.
func TestNotMe_SignsOthersOut(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.CoolingOff)
	g.Clock.Advance(g.Service.HumanDelay)
	owner, thief := g.browser(), g.browser()
	owner.keep(g.begin(a, false))
	thief.keep(g.begin(a, true))
	thief.get("/actions/" + a.Reference + "/status").want(http.StatusOK)
	question := "/actions/" + a.Reference + "/cancel"
	page := owner.get(question).want(http.StatusOK)
	done := owner.post(question, values("csrf", page.csrf(), "answer", "not_me")).want(http.StatusOK)
	owner.get(done.path).want(http.StatusOK)
	thief.get("/actions/" + a.Reference + "/status").want(http.StatusUnauthorized)
}
