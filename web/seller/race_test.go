package seller_test

import (
	"net/http"
	"sync"
	"testing"

	"countersign/approvals"
)

// together sends the same form from many tabs of one browser at once and counts
// the answers by status.
func together(b *browser, n int, path string, form map[string][]string) map[int]int {
	counts := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range n {
		tab := b.copied()
		wg.Go(func() {
			got := tab.send(http.MethodPost, path, form)
			mu.Lock()
			defer mu.Unlock()
			counts[got.StatusCode]++
		})
	}
	wg.Wait()
	return counts
}

// moves counts the events of an action with this verb.
func (g *gateway) moves(a approvals.Action, verb string) (n int) {
	g.t.Helper()
	events, err := g.Service.Reader.Timeline(g.t.Context(), a.Key())
	if err != nil {
		g.t.Fatal(err)
	}
	for _, e := range events {
		if e.Verb == verb && e.Data["refused"] == "" {
			n++
		}
	}
	return n
}

// TestC4_OneCodeManyTimes: one code sent twenty times at once approves once.
func TestC4_OneCodeManyTimes(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	path := "/actions/" + a.Reference
	form := values("csrf", b.get(path+"/code").csrf(), "totp", app.Code(g.Clock.Now()))
	counts := together(b, 20, path+"/step-up", form)
	g.state(a, approvals.Notifying)
	if n := g.moves(a, "step_up"); n != 1 {
		t.Errorf("%d step-ups; answers %v", n, counts)
	}
	if counts[http.StatusInternalServerError] > 0 {
		t.Errorf("answers %v", counts)
	}
}

// TestC4_OneCancellation: thirty-two presses of the button cancel once.
func TestC4_OneCancellation(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	page := b.mail(approvals.StopLink, a)
	counts := together(b, 32, "/cancel", values("csrf", page.csrf(), "answer", "changed_mind"))
	g.state(a, approvals.Cancelled)
	if n := g.moves(a, "cancel"); n != 1 || counts[http.StatusSeeOther] != 32 {
		t.Errorf("%d cancellations, answers %v", n, counts)
	}
}
