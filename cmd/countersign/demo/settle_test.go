package demo

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/client"
)

const oldIBAN = "IT60X0542811101000000123456"

// approvedChange is a shop whose seller asked and proved themselves twice.
func approvedChange(t *testing.T) (*shop, string) {
	t.Helper()
	s := newShop(t)
	s.signIn()
	id := s.change()
	s.gateway.become(id, client.Approved)
	return s, id
}

// changedOnce checks the one thing that may have happened.
func (s *shop) changedOnce() {
	s.t.Helper()
	if got := s.account("S-2201"); got != wantedIBAN {
		s.t.Errorf("paid into %s, want %s", got, wantedIBAN)
	}
	s.gateway.set(func() {
		if s.gateway.claims != 1 || !slices.Equal(s.gateway.results, []string{"executed BOTTEGA-BD-a1"}) {
			s.t.Errorf("%d claims, results %q", s.gateway.claims, s.gateway.results)
		}
	})
}

// unchanged checks that nothing happened.
func (s *shop) unchanged() {
	s.t.Helper()
	if got := s.account("S-2201"); got != oldIBAN {
		s.t.Errorf("paid into %s, want %s", got, oldIBAN)
	}
}

func TestWebhookChangesTheAccount(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	if code := s.hook("action.approved", id, nil); code != 204 {
		t.Fatalf("webhook: %d", code)
	}
	s.changedOnce()
	bank := s.get("/bank")
	if got := textOf(byID(bank.doc, "account")); got != "We pay you into IT25 •••• •••• 2606 Ferri Ceramiche S.r.l. UniCredit, IT" {
		t.Errorf("account: %s", got)
	}
	if got := textOf(byID(bank.doc, "change")); !strings.Contains(got, "In use: you are paid into the new account. Paid into before IT60 •••• •••• 3456") {
		t.Errorf("change: %s", got)
	}
	if byID(bank.doc, "supersede") != nil {
		t.Error("a change that is over can be replaced")
	}
}

// TestWebhookTwiceLateAndTogether: duplicates, disorder and a crowd have one
// effect.
func TestWebhookTwiceLateAndTogether(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() {
			if code := s.hook("action.approved", id, nil); code != 204 {
				t.Errorf("webhook: %d", code)
			}
		})
	}
	crowd.Wait()
	for _, event := range []string{"action.cooling_off", "action.approved", "action.executed", "seller.locked"} {
		if code := s.hook(event, id, nil); code != 204 {
			t.Errorf("%s: %d", event, code)
		}
	}
	s.restart()
	s.hook("action.approved", id, nil)
	s.changedOnce()
}

// TestWebhookIsAPointer: an event that says approved is not believed (CI-04).
func TestWebhookIsAPointer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.change()
	for _, state := range []client.State{client.AwaitingStepUp, client.CoolingOff, client.AwaitingConfirmation, client.Held, client.Cancelled} {
		s.gateway.become(id, state)
		if code := s.hook("action.approved", id, nil); code != 204 {
			t.Errorf("%s: %d", state, code)
		}
	}
	s.unchanged()
	s.gateway.set(func() {
		if s.gateway.claims != 0 {
			t.Errorf("%d claims", s.gateway.claims)
		}
	})
}

// TestForgedWebhook: THREATS C18.
func TestForgedWebhook(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	for name, edit := range map[string]func(http.Header){
		"unsigned": func(h http.Header) { h.Del("webhook-signature") },
		"wrong": func(h http.Header) {
			h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
		},
		"another id": func(h http.Header) { h.Set("webhook-id", "evt_2") },
		"old":        func(h http.Header) { h.Set("webhook-timestamp", "1700000000") },
	} {
		if code := s.hook("action.approved", id, edit); code != 400 {
			t.Errorf("%s: %d, want 400", name, code)
		}
	}
	s.unchanged()
	if code := s.hook("action.approved", "nobody-knows", nil); code != 204 {
		t.Errorf("unknown action: %d", code)
	}
}

// TestMissedWebhook: CI-07, the flow completes without any.
func TestMissedWebhook(t *testing.T) {
	t.Parallel()
	s, _ := approvedChange(t)
	bank := s.get("/bank")
	s.changedOnce()
	if got := textOf(byID(bank.doc, "change")); got == "" || attr(byID(bank.doc, "change"), "data-state") != "executed" {
		t.Errorf("change: %s", got)
	}
}

// TestForgedRelease: a token that is not for this change changes nothing, is
// reported as failed, and does not stand in the way of a genuine one.
func TestForgedRelease(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(map[string]any){
		"other details":     func(c map[string]any) { c["digest"] = "00" },
		"other seller":      func(c map[string]any) { c["seller"] = "S-2218" },
		"other action":      func(c map[string]any) { c["action"] = "a9" },
		"other marketplace": func(c map[string]any) { c["aud"] = "else" },
		"expired":           func(c map[string]any) { c["exp"] = c["iat"] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, id := approvedChange(t)
			s.gateway.set(func() { s.gateway.token = edit })
			if code := s.hook("action.approved", id, nil); code != 503 {
				t.Errorf("webhook: %d, want 503", code)
			}
			s.unchanged()
			s.gateway.set(func() {
				if !slices.Equal(s.gateway.results, []string{"failed "}) {
					t.Errorf("results %q", s.gateway.results)
				}
				s.gateway.token = nil
			})
			if code := s.hook("action.approved", id, nil); code != 204 || s.account("S-2201") != wantedIBAN {
				t.Errorf("a genuine token afterwards: %d, paid into %s", code, s.account("S-2201"))
			}
		})
	}
}

// TestLostAnswers: the claim's answer, or the report's, never arrives, and the
// process starts again before it looks.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"claim answer", "result answer", "jwks.json", "result"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			s, id := approvedChange(t)
			s.gateway.set(func() {
				s.gateway.faults[verb] = func(w http.ResponseWriter) bool { w.WriteHeader(500); return true }
			})
			if code := s.hook("action.approved", id, nil); code != 503 {
				t.Errorf("webhook: %d, want 503", code)
			}
			s.gateway.set(func() { s.gateway.faults = map[string]func(http.ResponseWriter) bool{} })
			s.restart()
			if code := s.hook("action.approved", id, nil); code != 204 {
				t.Errorf("again: %d", code)
			}
			s.changedOnce()
		})
	}
}

// TestLateToken: the process was away for longer than the token lives. The
// claim is given back and made again: one release id, one effect.
func TestLateToken(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	s.gateway.set(func() {
		s.gateway.faults["claim answer"] = func(w http.ResponseWriter) bool { w.WriteHeader(500); return true }
	})
	s.hook("action.approved", id, nil)
	s.gateway.set(func() {
		s.gateway.faults = map[string]func(http.ResponseWriter) bool{}
		s.gateway.now = s.gateway.now.Add(6 * time.Minute)
	})
	s.hook("action.approved", id, nil)
	s.unchanged()
	s.get("/bank")
	if got := s.account("S-2201"); got != wantedIBAN {
		t.Errorf("paid into %s", got)
	}
	s.gateway.set(func() {
		if !slices.Equal(s.gateway.results, []string{"failed ", "executed BOTTEGA-BD-a1"}) {
			t.Errorf("results %q", s.gateway.results)
		}
	})
}

// TestRefusedClaim: a lock between approval and claim wins (rule 13), and a
// later claim is a new one, not the replay of the refusal.
func TestRefusedClaim(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	s.gateway.set(func() { s.gateway.locked["S-2201"] = true })
	if code := s.hook("action.approved", id, nil); code != 204 {
		t.Errorf("webhook: %d", code)
	}
	s.unchanged()
	s.gateway.set(func() { s.gateway.locked["S-2201"] = false })
	s.get("/bank")
	s.changedOnce()
}

// TestSpentRelease: a release id that changed one account changes no other.
func TestSpentRelease(t *testing.T) {
	t.Parallel()
	s, id := approvedChange(t)
	if err := s.m.books.write(func(l *ledger) error { l.Releases["rel-"+id] = "a0"; return nil }); err != nil {
		t.Fatal(err)
	}
	if code := s.hook("action.approved", id, nil); code != 503 {
		t.Errorf("webhook: %d", code)
	}
	s.unchanged()
}
