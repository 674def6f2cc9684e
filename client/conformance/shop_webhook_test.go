package conformance_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/client"
)

// genuine verifies a webhook, or fails to.
func (s *shop) genuine(h http.Header, body []byte) bool {
	hooks, err := client.NewWebhook(s.settings.WebhookSecret)
	if err != nil {
		return false
	}
	switch sent, _ := strconv.ParseInt(h.Get("webhook-timestamp"), 10, 64); s.mistake {
	case "ignores the signature": // but not the time
		return time.Since(time.Unix(sent, 0)).Abs() < 5*time.Minute
	case "looks at the first signature":
		first, _, _ := strings.Cut(h.Get("webhook-signature"), " ")
		h = h.Clone()
		h.Set("webhook-signature", first)
	case "ignores the timestamp":
		hooks.Now = func() time.Time { return time.Unix(sent, 0) }
	}
	return hooks.Verify(h, body) == nil
}

// heard does what follows from an event. An error asks for it again.
func (s *shop) heard(r *http.Request, e client.Event) error {
	c := s.change(e.Data.ID)
	switch {
	case e.Type == "seller.locked":
		if s.mistake != "keeps the session after a lock" {
			s.mu.Lock()
			s.session = ""
			s.mu.Unlock()
		}
		return nil
	case s.mistake == "knows every event" && (!strings.HasPrefix(e.Type, "action.") && !strings.HasPrefix(e.Type, "seller.")):
		return errors.New("unknown event")
	case s.mistake == "knows every event" && strings.HasSuffix(e.Type, ".something_new"):
		return errors.New("unknown event")
	case c == nil:
		return nil
	case s.mistake == "believes the webhook" && e.Type == "action.approved" && !c.done:
		s.save(c.action.ID, "")
		return nil
	case s.mistake == "goes back with late events" && e.Data.State == client.CoolingOff && c.done:
		s.mu.Lock()
		s.account, s.saved = "DE89370400440532013000", s.saved+1
		s.mu.Unlock()
		return nil
	}
	return s.settle(r, c, e.Type == "action.approved")
}

// settle looks where the action stands and goes on from there.
func (s *shop) settle(r *http.Request, c *change, approved bool) error {
	if s.mistake == "takes no answer for yes" {
		return s.settleOpenly(r, c)
	}
	now, err := s.gateway.Action(r.Context(), c.action.ID)
	if err != nil {
		return err
	}
	switch now.State {
	case client.Approved, client.Releasing, client.ExecutionFailed:
		return s.claim(r, c)
	case client.AwaitingStepUp, client.CoolingOff, client.AwaitingConfirmation:
		if s.mistake == "believes the webhook more" && approved {
			s.save(c.action.ID, "")
		}
	}
	return nil
}

// settleOpenly lets through what it could not ask about.
func (s *shop) settleOpenly(r *http.Request, c *change) error {
	now, err := s.hasty().Action(r.Context(), c.action.ID)
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusServiceUnavailable {
		s.save(c.action.ID, "rel_"+c.action.ID)
		return nil
	}
	if err == nil && (now.State == client.Approved || now.State == client.Releasing) {
		return s.claim(r, c)
	}
	return err
}

// refusals are the codes of a claim that a mistake takes for yes.
var refusals = map[string]string{
	"takes payload_mismatch for yes": client.CodePayloadMismatch,
	"takes seller_locked for yes":    client.CodeSellerLocked,
	"takes not_approved for yes":     client.CodeNotApproved,
}

// claim takes the action over, puts it in place and reports.
func (s *shop) claim(r *http.Request, c *change) error {
	details := c.details
	if s.mistake == "keeps one change a seller" {
		s.mu.Lock()
		details = s.newest
		s.mu.Unlock()
	}
	claimed, err := s.ask(r, c, details)
	if code, mistaken := refusals[s.mistake]; mistaken && client.HasCode(err, code) {
		s.save(c.action.ID, "")
		return nil
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusConflict {
		return nil // a refusal, for good
	}
	if err != nil {
		return err
	}
	releaseID, err := s.verify(r, c, claimed.ReleaseToken)
	if err != nil {
		return nil // the token was refused; nothing is carried out
	}
	if s.mistake == "works on two webhooks at once" {
		return s.saveTogether(r, c, releaseID)
	}
	s.save(c.action.ID, releaseID)
	return s.report(r, c)
}

func (s *shop) ask(r *http.Request, c *change, details client.AccountChange) (*client.Claimed, error) {
	if s.mistake == "claims again under a new key" {
		return again(func() (*client.Claimed, error) { return s.hasty().Claim(r.Context(), c.action.ID, details) })
	}
	claimed, err := s.gateway.Claim(r.Context(), c.action.ID, details, client.IdempotencyKey(fmt.Sprintf("claim-%s-%d", c.action.ID, c.refusals)))
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusConflict && s.mistake != "claims again under the old key" {
		c.refusals++
	}
	return claimed, err
}

// saveTogether looks first and saves later, as two webhooks at once do that
// share no lock: each waits until the other has looked, or a short time.
func (s *shop) saveTogether(r *http.Request, c *change, releaseID string) error {
	s.mu.Lock()
	before := s.releasedIDs[releaseID]
	c.arrived++
	s.mu.Unlock()
	for range 100 {
		s.mu.Lock()
		together := c.arrived > 1
		s.mu.Unlock()
		if together || before {
			break
		}
		<-time.After(2 * time.Millisecond)
	}
	if !before {
		s.mu.Lock()
		s.releasedIDs[releaseID] = true
		s.account, s.saved = c.details.To.IBAN, s.saved+1
		s.mu.Unlock()
	}
	return s.report(r, c)
}

func (s *shop) report(r *http.Request, c *change) error {
	switch s.mistake {
	case "reports nothing":
		return nil
	case "reports again under a new key":
		_, err := again(func() (*client.Action, error) {
			return s.hasty().Report(r.Context(), c.action.ID, client.Executed("b-1"))
		})
		return err
	case "reports once and forgets":
		_, _ = s.hasty().Report(r.Context(), c.action.ID, client.Executed("b-1"))
		return nil
	}
	_, err := s.gateway.Report(r.Context(), c.action.ID, client.Executed("b-1"), client.IdempotencyKey("done-"+c.action.ID))
	return err
}

// verify opens a release token by the package's verifier, or by hand where a
// mistake leaves a check out.
func (s *shop) verify(r *http.Request, c *change, token string) (string, error) {
	if left, byHand := strings.CutPrefix(s.mistake, "token: "); byHand {
		return s.verifyByHand(r.Context(), c, token, left)
	}
	release, err := s.releases.Verify(r.Context(), token, client.Expect{
		Action: c.action.ID, Kind: client.PayoutAccountChange, Seller: shopSeller, Digest: c.action.Digest,
	})
	return release.ReleaseID, err
}
