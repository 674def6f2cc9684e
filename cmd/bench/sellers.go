package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"countersign/approvals"
	"countersign/client"
	"countersign/web/seller"
	"countersign/web/webtest"
)

// sellers keep a gateway busy: each seller asks for a change, approves
// it with a passkey, waits for the mail, confirms with the passkey, and the
// marketplace claims and reports; then the same again.
type sellers struct {
	gateway  *gateway
	shop     *client.Client
	calls    *calls
	all      []*webtest.Seller
	done     atomic.Int64
	tooEarly atomic.Int64 // confirmations that came before the gateway thinks a person can
	run      string
}

// newSellers signs up n sellers, each with a passkey of its own. The first
// lifecycle of each is part of it.
func newSellers(ctx context.Context, g *gateway, n int) (*sellers, error) {
	s := &sellers{gateway: g, calls: newCalls(2 * n), run: newID()[24:]}
	var err error
	if s.shop, err = client.New(g.base, g.apiKey, client.HTTPClient(&http.Client{Transport: s.calls, Timeout: time.Minute})); err != nil {
		return nil, err
	}
	for range n {
		one, err := webtest.NewSeller(g.base, s.calls)
		if err != nil {
			return nil, err
		}
		s.all = append(s.all, one)
	}
	err = each(ctx, n, 32, func(ctx context.Context, i int) error { return s.lifecycle(ctx, i) })
	return s, err
}

func (s *sellers) name(i int) string { return fmt.Sprintf("S-%s-%d", s.run, i) }

// lifecycle is one action from its creation to its result.
func (s *sellers) lifecycle(ctx context.Context, i int) error {
	change := s.change(i)
	letters := s.gateway.mail.confirmation(change.Seller.Email)
	action, err := s.shop.CreateAction(ctx, change)
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	if err := s.all[i].Approve(ctx, action.Next.URL); err != nil {
		return fmt.Errorf("approve: %w", err)
	}
	if err := s.confirm(ctx, i, letters); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	if _, err := s.shop.Claim(ctx, action.ID, change.Details); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if _, err := s.shop.Report(ctx, action.ID, client.Executed("bench")); err != nil {
		return fmt.Errorf("result: %w", err)
	}
	s.done.Add(1)
	return nil
}

// readingTime is how long a seller takes over the mail: what the gateway asks
// for at least (STANDARDS AS-05), and a little.
const readingTime = seller.DefaultDwell + 500*time.Millisecond

// confirm waits for the mail, reads it and answers. The gateway counts from
// when it noted the mail's acceptance, so an answer may still be too early.
func (s *sellers) confirm(ctx context.Context, i int, letters chan mailed) error {
	var m mailed
	select {
	case m = <-letters:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(2 * time.Minute):
		return errors.New("no mail came within two minutes")
	}
	if err := sleep(ctx, time.Until(m.at.Add(readingTime))); err != nil {
		return err
	}
	err := s.all[i].Confirm(ctx, m.link)
	for range 5 {
		if err == nil || ctx.Err() != nil {
			break
		}
		s.tooEarly.Add(1)
		if err := sleep(ctx, time.Second); err != nil {
			return err
		}
		err = s.all[i].Confirm(ctx, m.link)
	}
	return err
}

func (s *sellers) change(i int) client.NewAction {
	name := s.name(i)
	sortCode, number := accountOf(name)
	return client.NewAction{
		Kind: string(approvals.PayoutAccountChange),
		Seller: client.Seller{
			ID: name, Email: name + "@sellers.example", Name: "Giulia Ferri", Locale: "en", TimeZone: "Europe/Rome", OnboardedAt: time.Now().UTC(),
		},
		Details: client.AccountChange{
			From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche"},
			To:   client.Destination{SortCode: sortCode, AccountNumber: number, Holder: "G. Ferri"},
		},
		Context:   client.Context{IP: "192.0.2.7", UserAgent: "Mozilla/5.0", LoginMethod: "password"},
		ReturnURL: returnURL,
	}
}

// busy lets all sellers go on until stop, which returns when each has finished
// what it had begun. They begin one after the other over this time, so that
// they are at different steps.
func (s *sellers) busy(ctx context.Context, over time.Duration) (stop func() error) {
	ctx, fail := context.WithCancelCause(ctx)
	var enough atomic.Bool
	var all sync.WaitGroup
	for i := range s.all {
		all.Go(func() {
			if sleep(ctx, over*time.Duration(i)/time.Duration(len(s.all))) != nil {
				return
			}
			for !enough.Load() && ctx.Err() == nil {
				if err := s.lifecycle(ctx, i); err != nil {
					fail(err)
				}
			}
		})
	}
	return func() error {
		enough.Store(true)
		all.Wait()
		err := context.Cause(ctx)
		fail(nil)
		return err
	}
}
