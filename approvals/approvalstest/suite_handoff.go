package approvalstest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// handSeller makes a hand-off and returns its token.
func (w *World) handSeller(t testing.TB, key approvals.SellerKey, p approvals.SellerPurpose, idempotency string) (string, error) {
	t.Helper()
	var token string
	err := w.Service.HandSeller(ctx, key, p, audit.Actor{Type: audit.Marketplace, ID: string(key.Marketplace)},
		func(_ approvals.SellerHandoff, made string) (*approvals.Answer, error) {
			token = made
			return &approvals.Answer{
				Marketplace: key.Marketplace, Key: idempotency, RequestHash: "h", Status: 200, Body: []byte(made), At: w.Clock.Now(),
			}, nil
		})
	return token, err
}

// sellerHandoffs: opening spends nothing, spending is once, a newer one replaces
// the older, and everything is saved together or not at all.
func sellerHandoffs(t *testing.T, w *World) {
	key := w.Create(t).SellerKey()
	first, err := w.handSeller(t, key, approvals.ForHistory, "k1")
	ok(t, err)
	for range 3 {
		h, err := w.Service.OpenSeller(ctx, first)
		ok(t, err)
		same(t, "what it opens", h.Seller, key)
		same(t, "where it leads", h.Purpose, approvals.ForHistory)
		same(t, "its end", h.ExpiresAt, w.Clock.Now().Add(approvals.HandoffLife))
	}
	_, err = w.Service.OpenSeller(ctx, first+"x")
	refused(t, err, approvals.CodeLinkUnknown)

	other, _ := w.AddMarketplace(t, "globex")
	before, links := w.footprint(t), w.count(t, "seller_handoffs")
	if _, err := w.handSeller(t, key, approvals.ForHistory, "k1"); !errors.Is(err, approvals.ErrDuplicateAnswer) {
		t.Errorf("the same key again: %v", err)
	}
	_, err = w.handSeller(t, approvals.SellerKey{Marketplace: key.Marketplace, Seller: "nobody"}, approvals.ForHistory, "k2")
	refused(t, err, approvals.CodeNotFound)
	_, err = w.handSeller(t, approvals.SellerKey{Marketplace: other.ID, Seller: key.Seller}, approvals.ForHistory, "k3")
	refused(t, err, approvals.CodeNotFound)
	same(t, "rows", w.footprint(t), before)
	same(t, "links", w.count(t, "seller_handoffs"), links)
	_, err = w.Service.OpenSeller(ctx, first)
	ok(t, err) // what was refused replaced nothing

	second, err := w.handSeller(t, key, approvals.ForSecurity, "k4")
	ok(t, err)
	_, err = w.Service.OpenSeller(ctx, first)
	refused(t, err, approvals.CodeLinkSpent)
	w.spendOnce(t, second)

	third, err := w.handSeller(t, key, approvals.ForEnrol, "k5")
	ok(t, err)
	w.Clock.Advance(approvals.HandoffLife - time.Microsecond)
	_, err = w.Service.OpenSeller(ctx, third)
	ok(t, err)
	w.Clock.Advance(time.Microsecond)
	_, err = w.Service.OpenSeller(ctx, third)
	refused(t, err, approvals.CodeLinkExpired)
	ok(t, w.Service.SpendSeller(ctx, approvals.HashToken(third))) // its session lives on
	w.Clock.Advance(48 * time.Hour)
	_, err = w.handSeller(t, key, approvals.ForEnrol, "k6")
	ok(t, err)
	_, err = w.Service.OpenSeller(ctx, third)
	refused(t, err, approvals.CodeLinkUnknown) // swept
}

// spendOnce: of many sessions that a link began one may act.
func (w *World) spendOnce(t *testing.T, token string) {
	t.Helper()
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			switch err := w.Service.SpendSeller(ctx, approvals.HashToken(token)); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, approvals.Refuse(approvals.CodeLinkSpent)):
				t.Error(fmt.Errorf("spender %d: %w", i, err))
			}
		})
	}
	all.Wait()
	same(t, "winners", won.Load(), 1)
	_, err := w.Service.OpenSeller(ctx, token)
	refused(t, err, approvals.CodeLinkSpent)
}
