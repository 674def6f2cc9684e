package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// NotifySeller tells every contact of a seller of something that was saved by
// itself. What is part of a transaction is told in it, by the store.
func (s *Service) NotifySeller(ctx context.Context, key SellerKey, n SecurityNotice) error {
	if s.Notices == nil {
		return errors.New("notify seller: security notices are not kept here")
	}
	return s.Notices.NotifySeller(ctx, key, n)
}

// RefuseTold records a refusal that the seller is told of.
func (s *Service) RefuseTold(ctx context.Context, e audit.Event, n SecurityNotice) error {
	if s.Notices == nil {
		return s.Store.Refuse(ctx, e, "")
	}
	return s.Notices.RefuseTold(ctx, e, n)
}

// Tell writes the mails of notices that were put off, and returns how many it
// has dealt with.
func (s *Service) Tell(ctx context.Context, limit int) (int, error) {
	if s.Notices == nil {
		return 0, nil
	}
	return s.Notices.Tell(ctx, s.Now(), limit)
}

// NoticeLinks returns the tokens of the links that say "this was not me" about
// what a seller was told of, by the time at which it happened.
func (s *Service) NoticeLinks(ctx context.Context, key SellerKey, times []time.Time) (map[time.Time]string, error) {
	if s.Notices == nil {
		return nil, nil
	}
	told, err := s.Notices.NoticesAt(ctx, key, times)
	if err != nil {
		return nil, fmt.Errorf("find the links of notices: %w", err)
	}
	links := map[time.Time]string{}
	for _, n := range told {
		links[n.At.UTC()] = s.Links.NoticeToken(n.ID)
	}
	return links, nil
}

// Notified is what the link of a security notice leads to.
type Notified struct {
	Seller Seller
	Notice SecurityNotice
}

// OpenNotice finds what the link of a security notice leads to. Opening changes
// nothing, and the link works for as long as the notice is kept: a mailbox may
// be read after weeks.
func (s *Service) OpenNotice(ctx context.Context, token string) (Notified, error) {
	if s.Notices == nil {
		return Notified{}, Refuse(CodeLinkUnknown)
	}
	key, n, err := s.Notices.Notice(ctx, HashToken(token))
	if errors.Is(err, Refuse(CodeNotFound)) {
		return Notified{}, Refuse(CodeLinkUnknown)
	}
	if err != nil {
		return Notified{}, fmt.Errorf("open notice: %w", err)
	}
	seller, err := s.Reader.Seller(ctx, key)
	if err != nil {
		return Notified{}, fmt.Errorf("open notice %s: %w", n.ID, err)
	}
	return Notified{seller, n}, nil
}

// Disown answers "this was not me" to a security notice: the seller is locked,
// everything of it that can still be cancelled is, and a case opens. An answer
// within HumanDelay of the mail's acceptance is taken for a machine's: it opens
// a marked case and does nothing else. Nobody needs a proof for it. locked is
// false for a machine's answer.
func (s *Service) Disown(ctx context.Context, token string) (locked bool, err error) {
	found, err := s.OpenNotice(ctx, token)
	if err != nil {
		return false, err
	}
	mailed, err := s.Notices.NoticeMailedAt(ctx, found.Notice.ID)
	if err != nil {
		return false, fmt.Errorf("disown notice %s: %w", found.Notice.ID, err)
	}
	fast := !mailed.IsZero() && s.Now().Before(mailed.Add(s.HumanDelay))
	_, err = s.Store.UpdateSeller(ctx, found.Seller.SellerKey, func(seller Seller, open []Action) (SellerChange, error) {
		if fast {
			return seller.suspect(found.Notice, s.Now()), nil
		}
		return seller.Disown(found.Notice, open, s.Now())
	})
	if err != nil {
		return false, fmt.Errorf("disown notice %s: %w", found.Notice.ID, err)
	}
	return !fast, nil
}

// Disown is "this was not me": who did what the notice tells may have done the
// rest too, so all that waits is cancelled and the seller locked. A case opens
// even where the seller was locked already.
func (s Seller) Disown(n SecurityNotice, open []Action, now time.Time) (SellerChange, error) {
	by := audit.Actor{Type: audit.Seller, ID: string(s.SellerKey.Seller)}
	var cancelled []Change
	for _, a := range open {
		if !a.State.Stoppable() {
			continue
		}
		c, err := a.CancelFor(NotMe, by, now)
		if err != nil {
			return SellerChange{}, err
		}
		cancelled = append(cancelled, c)
	}
	out, err := s.Lock(LockNotMe, nil, by, now)
	if err != nil {
		return SellerChange{}, err
	}
	if !out.Changed {
		out.Changed, out.Event = true, s.disowned(n, by, now)
	}
	out.Event.Data["notice"] = n.ID
	out.Changes = cancelled
	out.Case, out.Recovery = &Case{Reason: CaseNotMe}, &RecoveryStop{By: by, Why: StopNotMe, At: now}
	return out, nil
}

// suspect is the answer of a machine: it is kept and looked at.
func (s Seller) suspect(n SecurityNotice, now time.Time) SellerChange {
	e := s.disowned(n, audit.Actor{Type: audit.Seller, ID: string(s.SellerKey.Seller)}, now)
	e.Data["within_seconds"] = "true"
	return SellerChange{Seller: s, Changed: true, Event: e, Case: &Case{Reason: CaseNotMeFast}}
}

func (s Seller) disowned(n SecurityNotice, by audit.Actor, now time.Time) audit.Event {
	return audit.Event{
		Marketplace: string(s.Marketplace), Seller: string(s.SellerKey.Seller), Verb: "not_me", Actor: by, At: now,
		Data: map[string]string{"notice": n.ID, "what": string(n.What)},
	}
}
