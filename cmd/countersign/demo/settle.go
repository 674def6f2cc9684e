package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"countersign/client"
)

// settle asks the gateway where an action stands and does what follows from
// it: claim an approved one and put it in place, report one that is in place,
// note the end of one that is over. It is the only way to a changed account, and
// to a loan that is paid out.
// Calling it too often, too early or after a crash does no harm, so webhooks
// and pages both call it.
func (m *Marketplace) settle(ctx context.Context, id string) (*client.Action, error) {
	m.settling.Lock()
	defer m.settling.Unlock()
	books := m.books.read()
	c, known := books.change(id)
	if !known {
		return nil, errUnknownChange
	}
	action, err := m.gateway.Action(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case c.ReleaseID != "" && !c.Reported:
		action, err = m.report(ctx, *c)
	case c.ReleaseID == "" && claimable(action.State):
		action, err = m.claim(ctx, *c)
	}
	if err != nil {
		return nil, err
	}
	if over(action.State) && c.open() {
		err = m.books.edit(id, func(c *change) { c.End = action.State })
	}
	return action, err
}

// claimable names the states in which a claim may be answered with a token:
// releasing too, when the answer to an earlier claim was lost.
func claimable(s client.State) bool {
	return s == client.Approved || s == client.Releasing || s == client.ExecutionFailed
}

// over reports whether an action in s has ended.
func over(s client.State) bool {
	switch s {
	case client.ExecutedState, client.Cancelled, client.Denied, client.Expired, client.FailedState:
		return true
	}
	return false
}

// claim takes the action over and puts it in place. The key stays the same
// until the claim is answered for good, so that a lost answer comes again.
func (m *Marketplace) claim(ctx context.Context, c change) (*client.Action, error) {
	key := client.IdempotencyKey(fmt.Sprintf("claim-%s-%d", c.ID, c.Tries))
	claimed, err := m.gateway.Claim(ctx, c.ID, c.payload(), key)
	if refused(err) {
		return nil, errors.Join(err, m.nextTry(c))
	}
	if err != nil {
		return nil, err
	}
	release, err := m.verify(ctx, c, claimed.ReleaseToken)
	if errors.Is(err, client.ErrRelease) {
		return nil, errors.Join(err, m.reportFailed(ctx, c), m.nextTry(c))
	}
	if err != nil {
		return nil, err
	}
	c.ReleaseID, c.BankReference = release.ReleaseID, "BOTTEGA-"+c.Reference
	if err := m.books.carryOut(c.ID, c.ReleaseID, c.BankReference); err != nil {
		return nil, err
	}
	m.config.Log.InfoContext(ctx, "carried out", "kind", c.kind(), "action", c.ID, "release", c.ReleaseID)
	return m.report(ctx, c)
}

// refused reports whether err is an answer that the same key would bring
// again.
func refused(err error) bool {
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests && p.Status != http.StatusUnauthorized
}

func (m *Marketplace) nextTry(c change) error {
	return m.books.edit(c.ID, func(c *change) { c.Tries++ })
}

// verify holds the token against our own records: the digest is recomputed
// from the details that will be put in place.
func (m *Marketplace) verify(ctx context.Context, c change, token string) (client.Release, error) {
	digest, err := client.Digest(client.Digested{
		ID: c.ID, Kind: c.kind(), Marketplace: m.config.MarketplaceID,
		Seller: c.Seller, Details: c.payload(), CreatedAt: c.CreatedAt,
	})
	if err != nil {
		return client.Release{}, err
	}
	return m.releases.Verify(ctx, token, client.Expect{
		Action: c.ID, Kind: c.kind(), Seller: c.Seller, Digest: digest,
	})
}

// report tells the gateway that the change is in place.
func (m *Marketplace) report(ctx context.Context, c change) (*client.Action, error) {
	key := client.IdempotencyKey(fmt.Sprintf("executed-%s-%s", c.ID, c.ReleaseID))
	action, err := m.gateway.Report(ctx, c.ID, client.Executed(c.BankReference), key)
	if err != nil {
		return nil, err
	}
	return action, m.books.edit(c.ID, func(c *change) { c.Reported = true })
}

// reportFailed tells the gateway that nothing was put in place, so that it
// may be claimed again. A token that came too late ends here.
func (m *Marketplace) reportFailed(ctx context.Context, c change) error {
	key := client.IdempotencyKey(fmt.Sprintf("failed-%s-%d", c.ID, c.Tries))
	_, err := m.gateway.Report(ctx, c.ID, client.Failed("the release token was refused"), key)
	return err
}
