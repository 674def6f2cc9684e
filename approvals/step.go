package approvals

import (
	"slices"
	"time"

	"countersign/approvals/audit"
)

// StepUp spends the first proof. Every contact is told; the clock does not
// start before their mail servers have accepted it.
func (a Action) StepUp(p Proof, seller Seller, now time.Time) (Change, error) {
	if err := a.mayProve(p, StageStepUp, AwaitingStepUp, seller); err != nil {
		return Change{}, err
	}
	if err := seller.stays(now); err != nil {
		return Change{}, err
	}
	if a.at(now).After(a.StepUpBy) || p.At.After(a.StepUpBy) {
		return Change{}, a.refuse(CodeTooLate)
	}
	a.Wait = max(a.Decision.Wait[p.Method], p.UsableFrom.Sub(a.at(now)), 0)
	a.NotifyBy = a.at(now).Add(NotifyWindow)
	a.Proofs = append(a.Proofs[:len(a.Proofs):len(a.Proofs)], p)
	c, err := a.move(Notifying, step{by: a.SellerActor(), verb: "step_up", now: now, data: proofData(p)})
	if err != nil {
		return Change{}, err
	}
	c.Proof = &p
	c.Spend = HandoffLink
	c.Mails = c.Action.mails(MailNotice, c.Action.MovedAt)
	for i, m := range c.Mails {
		if a.isNew(m.To) {
			c.Mails[i].Kind = MailVerify
		}
	}
	if a.Kind == AuthenticatorAdd {
		c.Webhooks = append(c.Webhooks, "authenticator.added")
	}
	return c.telling(seller), nil
}

// Confirm spends the second proof, made after the wait and opened by the
// newest mailed link. Where another person has to agree too, and has not, the
// action goes on waiting for them.
func (a Action) Confirm(p Proof, l Link, seller Seller, now time.Time) (Change, error) {
	if err := a.mayProve(p, StageConfirmation, AwaitingConfirmation, seller); err != nil {
		return Change{}, err
	}
	if err := a.mayOpen(l, now); err != nil {
		return Change{}, err
	}
	if !a.Verified() {
		return Change{}, a.refuse(CodeContactUnverified)
	}
	if err := a.mayFinish(p, seller, now); err != nil {
		return Change{}, err
	}
	if err := a.Enough(p); err != nil {
		return Change{}, err
	}
	p.Independent = a.Independent(p)
	a.Proofs = append(a.Proofs[:len(a.Proofs):len(a.Proofs)], p)
	c, err := a.proved(step{by: a.SellerActor(), verb: "confirm", now: now, data: proofData(p)})
	if err != nil {
		return Change{}, err
	}
	c.Proof = &p
	c.Spend = ConfirmLink
	return c, nil
}

// mayProve checks that a proof is for this very action, generation and stage,
// that the action waits for it and is still what was proved, that the seller is
// active, and that the proof is of a permitted method and unspent.
func (a Action) mayProve(p Proof, stage Stage, want State, seller Seller) error {
	switch {
	case p.Action != a.ID || p.Digest != a.Digest || p.Generation != a.Generation || p.Stage != stage:
		return a.refuse(CodeProofOther)
	case a.State != want:
		return a.refuse(CodeState)
	case !a.active(seller):
		return a.refuse(CodeSellerLocked)
	case p.At.Before(a.CreatedAt.Add(-clockSkew)): // the clock of the node that took it is wrong
		return a.refuse(CodeClock)
	case !a.permits(p):
		return a.refuse(CodeMethod)
	case slices.ContainsFunc(a.Proofs, func(old Proof) bool { return old.Spent == p.Spent }):
		return a.refuse(CodeProofSpent)
	}
	return a.intact()
}

// permits reports whether the policy lets a proof be of this method. A passkey
// verifies its user, and after a passkey nothing less will do (DESIGN rule 10).
func (a Action) permits(p Proof) bool {
	if p.Stage == StageApproval {
		return p.Method == Passkey && p.UV
	}
	if _, known := a.Decision.Wait[p.Method]; !known {
		return false
	}
	if first, ok := a.Proof(StageStepUp); ok && first.Method == Passkey && p.Method != Passkey {
		return false
	}
	return p.Method != Passkey || p.UV
}

// intact asserts that the stored action is still the one its digest is of
// (STANDARDS TA-11).
func (a Action) intact() error {
	if digest, err := ComputeDigest(a); err != nil || digest != a.Digest {
		return ErrBroken
	}
	return nil
}

// active reports whether no lock stands between this generation and its
// release (DESIGN rule 13).
func (a Action) active(seller Seller) bool { return !seller.Locked && seller.LockEpoch == a.LockEpoch }

// mayOpen checks that l is the newest confirmation link and alive.
func (a Action) mayOpen(l Link, now time.Time) error {
	switch {
	case l.Action != a.ID || l.Purpose != ConfirmLink:
		return Refuse(CodeLinkUnknown)
	case !l.SpentAt.IsZero():
		return a.refuse(CodeLinkSpent)
	case l.Replaced || l.Serial != a.ConfirmSerial:
		return a.refuse(CodeLinkReplaced)
	case !now.Before(l.ExpiresAt):
		return a.refuse(CodeLinkExpired)
	}
	return nil
}

func proofData(p Proof) map[string]string {
	data := map[string]string{"method": string(p.Method), "authenticator": p.Authenticator, "proof": p.ID}
	if p.Device != "" {
		data["device"] = p.Device
	}
	return data
}

// MailDone is a mail server's last word on one mail. The step that takes note
// of it sets State, and the store settles the mail as that.
type MailDone struct {
	ID     string
	State  MailState // MailAccepted or MailRefused
	At     time.Time
	Answer string // the server's line, at most 256 characters
}

// NoticeAccepted records that the notice to email was accepted. With the last
// one the clock starts (DESIGN rule 3); NotBefore is fixed here, once. An
// action held only for want of this notice goes on.
func (a Action) NoticeAccepted(email string, done MailDone, seller Seller) (Change, error) {
	waiting := a.State == Notifying || (a.State == Held && a.HeldFrom == Notifying && a.Hold == HoldNotice)
	if !waiting || !a.untold(email) {
		return Unchanged(a), nil
	}
	a.Contacts = withNotice(a.Contacts, email, func(n *Notice) { n.AcceptedAt, n.RefusedAt = a.at(done.At), time.Time{} })
	done.State = MailAccepted
	s := step{by: bySystem, verb: "notice_accepted", now: done.At}
	if !a.allTold() || !a.active(seller) {
		c := a.record(a.State, s)
		c.MailDone = &done
		return c, nil
	}
	return a.startClock(done, s)
}

// startClock moves to CoolingOff and schedules the mails of the wait.
func (a Action) startClock(done MailDone, s step) (Change, error) {
	now := a.at(done.At)
	a.NotBefore = now.Add(a.Wait)
	s.verb = "notices_accepted"
	c, err := a.move(CoolingOff, s)
	if err != nil {
		return Change{}, err
	}
	c.MailDone = &done
	if a.Wait >= 72*time.Hour {
		c.Mails = append(c.Mails, c.Action.mails(MailNoticeAgain, now.Add(24*time.Hour))...)
	}
	if a.Wait > 12*time.Hour {
		c.Mails = append(c.Mails, c.Action.mails(MailBeforeWindow, a.NotBefore.Add(-12*time.Hour))...)
	}
	return c, nil
}

// NoticeRefused records that a mail server refused a mail about the action for
// good. The action is held and a case opens: no notice, no clock. The other
// contacts are told.
func (a Action) NoticeRefused(email string, done MailDone) (Change, error) {
	if !a.State.Waiting() || a.State == AwaitingStepUp || !a.tells(email) {
		return Unchanged(a), nil
	}
	done.State = MailRefused
	a.Contacts = withNotice(a.Contacts, email, func(n *Notice) { n.AcceptedAt, n.RefusedAt = time.Time{}, a.at(done.At) })
	c, err := a.hold(HoldNotice, step{by: bySystem, verb: "notice_refused", now: done.At})
	if err != nil {
		return Change{}, err
	}
	c.MailDone = &done
	c.Case = &Case{Reason: CaseNotice}
	for _, m := range c.Action.mails(MailHeld, c.Action.MovedAt) {
		if m.To != email {
			c.Mails = append(c.Mails, m)
		}
	}
	return c, nil
}

// tells reports whether email is one of the snapshot that the action waits for.
func (a Action) tells(email string) bool {
	return slices.ContainsFunc(a.Contacts, func(n Notice) bool { return n.Email == email && n.Role != ContactRetired })
}

// allTold reports whether the notice of every address that counts was accepted,
// and that there is one.
func (a Action) allTold() bool {
	told := false
	for _, n := range a.Contacts {
		if n.Role == ContactRetired {
			continue
		}
		if n.AcceptedAt.IsZero() {
			return false
		}
		told = true
	}
	return told
}

// untold reports whether email is in the snapshot and its notice not yet
// accepted in this generation.
func (a Action) untold(email string) bool {
	return slices.ContainsFunc(a.Contacts, func(n Notice) bool { return n.Email == email && n.AcceptedAt.IsZero() })
}

// withNotice returns a copy of in with the notice for email changed.
func withNotice(in []Notice, email string, change func(*Notice)) []Notice {
	out := slices.Clone(in)
	for i := range out {
		if out[i].Email == email {
			change(&out[i])
		}
	}
	return out
}

// Restart frees a held action: it starts again at step-up as a new
// generation with new deadlines, and proofs from before count no more
// (DESIGN rule 13). Only two agents ask for it.
func (a Action) Restart(seller Seller, by audit.Actor, now time.Time) (Change, error) {
	if a.State != Held {
		return Change{}, a.refuse(CodeState)
	}
	if seller.Locked {
		return Change{}, a.refuse(CodeSellerLocked)
	}
	if a.Hold == HoldReview || a.Hold == HoldFrozen {
		a.Decision.Agents = union(a.Decision.Agents, a.looked())
		a.Decision = a.Decision.cleared()
	}
	a.Decision.Proved = false // the proofs from before count no more
	a.Generation++
	a.LockEpoch = seller.LockEpoch
	a.StepUpBy = a.at(now).Add(StepUpWindow)
	a.NotifyBy, a.NotBefore, a.ConfirmBy, a.RenewAt, a.ClaimBy = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	a.Wait, a.Resends, a.ResentAt, a.ConfirmSerial = 0, 0, time.Time{}, 0
	a.Contacts = slices.Clone(a.Contacts)
	for i := range a.Contacts {
		a.Contacts[i].AcceptedAt, a.Contacts[i].RefusedAt = time.Time{}, time.Time{}
	}
	c, err := a.move(AwaitingStepUp, step{by: by, verb: "restart", now: now})
	if err != nil {
		return Change{}, err
	}
	c.Mails = c.Action.mails(MailApproveAgain, c.Action.MovedAt)
	return c, nil
}
