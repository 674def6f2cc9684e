package approvals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Leases and retries of mails (RELIABILITY F-25 to F-27).
const (
	mailLease = 35 * time.Second // a dead worker's mail goes on within 45 s (RELIABILITY L2)
	// mailTries is how often, over about four days, a mail is tried that nothing
	// waits for. A notice is tried for as long as its action waits for it.
	mailTries = 100
)

var mailRetries = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour} // the last again and again

// SendMail sends one mail of the outbox and records the answer. The notice's
// acceptance is what starts the clock. It returns ErrNotDue when there is
// nothing to do; after any other error the mail is tried again.
func (s *Service) SendMail(ctx context.Context, m Mailer, id string) error {
	if err := s.sure(); err != nil {
		return err
	}
	now := s.Now()
	out, err := s.Outbox.TakeMail(ctx, id, now, now.Add(mailLease))
	if err != nil {
		return err
	}
	if !out.relevant() {
		return s.Outbox.SettleMail(ctx, MailSettled{ID: id, State: MailDropped, At: now, Answer: "overtaken"})
	}
	out = s.withTokens(out)
	verdict, answer, err := m.Send(ctx, out)
	if err != nil {
		verdict, answer, err = VerdictLater, "not written", fmt.Errorf("send mail %s: %w", id, err)
	}
	// What a mail server said is recorded also when the worker's time is over:
	// forgotten, it would be asked again.
	return errors.Join(err, s.settleMail(context.WithoutCancel(ctx), out, verdict, answer))
}

// withTokens fills the tokens of the links that a mail carries. One to another
// person carries none of the seller's.
func (s *Service) withTokens(out OutMail) OutMail {
	switch {
	case out.Notice != nil:
		out.StopToken = s.Links.NoticeToken(out.Notice.ID)
		if out.Notice.Recovery != "" {
			out.RecoverToken = s.Links.RecoveryToken(out.Notice.Recovery, out.Notice.Serial)
		}
	case out.Action == nil:
	case out.Mail.Kind.toApprover():
		purpose := ApproveLink
		if out.Mail.Kind == MailApproverInvited {
			purpose = JoinLink
		}
		if to, ok := out.Approver(); ok && out.Mail.Serial > 0 {
			out.ApproverToken = s.Links.ApproverToken(purpose, out.Action.ID, to.ID, out.Mail.Serial)
		}
	default:
		out.StopToken = s.Links.Token(StopLink, out.Action.ID, 1)
		if out.Mail.Kind == MailVerify {
			out.VerifyToken = s.Links.Token(VerifyLink, out.Action.ID, 1)
		}
		if out.Mail.Serial > 0 {
			out.ConfirmToken = s.Links.Token(ConfirmLink, out.Action.ID, out.Mail.Serial)
		}
	}
	return out
}

// Approver is whom a mail to another person than the seller is written to, false
// for every other mail. An address that was invited twice is its newest person's.
func (m OutMail) Approver() (Approver, bool) {
	if !m.Mail.Kind.toApprover() {
		return Approver{}, false
	}
	for _, p := range slices.Backward(m.Seller.Approvers) {
		if p.Email == m.Mail.To {
			return p, true
		}
	}
	return Approver{}, false
}

func (s *Service) settleMail(ctx context.Context, out OutMail, v Verdict, answer string) error {
	settled := MailSettled{ID: out.ID, At: s.Now(), Answer: answer}
	switch v {
	case VerdictAccepted:
		settled.State = MailAccepted
	case VerdictRefused:
		settled.State = MailRefused
	case VerdictLater:
		fallthrough
	default: // an answer that is not known is no acceptance
		return s.Outbox.SettleMail(ctx, out.later(settled))
	}
	if counted, err := s.count(ctx, out, settled); counted || err != nil {
		return err
	}
	return s.Outbox.SettleMail(ctx, settled)
}

// later puts the next attempt off, or gives the mail up.
func (m OutMail) later(s MailSettled) MailSettled {
	if m.Attempts >= mailTries && !m.Mail.Kind.notice() {
		s.State = MailRefused
		return s
	}
	s.State = MailPending
	s.NextAt = s.At.Add(mailRetries[min(m.Attempts, len(mailRetries)-1)])
	return s
}

// count lets the action take note of a mail server's last word, where it does:
// of an accepted notice, and of any refusal. It reports whether it did; the
// mail is then settled in the same transaction.
func (s *Service) count(ctx context.Context, out OutMail, settled MailSettled) (bool, error) {
	if out.Action == nil || settled.State == MailAccepted && !out.Mail.Kind.notice() {
		return false, nil
	}
	done := MailDone{ID: out.ID, At: settled.At, Answer: settled.Answer}
	counted := false
	_, err := s.update(ctx, out.Action.Key(), "settle_mail", func(a Action, seller Seller) (Change, error) {
		c, err := Unchanged(a), error(nil)
		switch {
		case a.Generation != out.Mail.Generation:
		case settled.State == MailAccepted:
			c, err = a.NoticeAccepted(out.Mail.To, done, seller)
		default:
			c, err = a.NoticeRefused(out.Mail.To, done)
		}
		counted = err == nil && c.Changed(a)
		return c, err
	})
	return counted, err
}

// relevant reports whether a mail still says something true.
func (m OutMail) relevant() bool {
	if m.Action == nil {
		return true
	}
	a := m.Action
	if m.Mail.Generation != a.Generation {
		return false
	}
	switch m.Mail.Kind {
	case MailNotice, MailVerify:
		return a.State == Notifying || a.State == Held
	case MailNoticeAgain, MailBeforeWindow:
		return a.State == CoolingOff
	case MailConfirm, MailConfirmAgain:
		return a.State == AwaitingConfirmation && m.Mail.Serial == a.ConfirmSerial
	case MailApproverAsked, MailApproverAgain:
		to, known := m.Approver()
		return known && to.RemovedAt.IsZero() && a.State == AwaitingConfirmation && m.Mail.Serial == a.ConfirmSerial && a.asks()
	case MailApproverTold:
		to, known := m.Approver()
		return known && to.RemovedAt.IsZero() && a.State.Stoppable() && a.NeedsApprover()
	case MailApproverInvited:
		to, known := m.Approver()
		return known && to.RemovedAt.IsZero() && to.JoinedAt.IsZero()
	case MailRequested, MailApproveAgain:
		return !a.State.Final()
	case MailHeld:
		return a.State == Held // the hold it explains is gone with the state
	case MailExecuted, MailCancelled, MailNotConfirmed, MailLockedByYou, MailLockedByUs, MailApproverDone:
	}
	return true
}
