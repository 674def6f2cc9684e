package approvals

import (
	"slices"
	"time"
)

// Approve spends the proof of another person on the seller's account. l is the
// link that was mailed to that very person, the newest of its kind. It stands
// beside the seller's two proofs and in the place of neither; the order of it and
// the confirmation is free, and the action is approved with the later one.
func (a Action) Approve(p Proof, l Link, seller Seller, now time.Time) (Change, error) {
	if err := a.mayProve(p, StageApproval, AwaitingConfirmation, seller); err != nil {
		return Change{}, err
	}
	by, err := a.approver(p, l, seller, now)
	if err != nil {
		return Change{}, err
	}
	if _, done := a.Proof(StageApproval); done {
		return Change{}, a.refuse(CodeProofSpent)
	}
	if err := a.mayFinish(p, seller, now); err != nil {
		return Change{}, err
	}
	a.Proofs = append(a.Proofs[:len(a.Proofs):len(a.Proofs)], p)
	c, err := a.proved(step{by: by.Actor(), verb: "approve", now: now, data: proofData(p)})
	if err != nil {
		return Change{}, err
	}
	c.Proof = &p
	c.Mails = append(c.Mails, c.Action.mailTo(MailApproverDone, by))
	return c, nil
}

// approver returns who made a proof: somebody of this seller whose word counts,
// then and now, who was asked by this link, with a passkey of their own.
func (a Action) approver(p Proof, l Link, seller Seller, now time.Time) (Approver, error) {
	if l.Purpose != ApproveLink || l.Action != a.ID || l.Approver == "" {
		return Approver{}, Refuse(CodeLinkUnknown)
	}
	by, known := seller.Approver(l.Approver)
	switch {
	case !known, string(by.ID) != p.Authenticator:
		return Approver{}, a.refuse(CodeProofOther)
	case l.Serial != a.ConfirmSerial:
		return Approver{}, a.refuse(CodeLinkReplaced)
	case !now.Before(l.ExpiresAt):
		return Approver{}, a.refuse(CodeLinkExpired)
	}
	counts := func(at time.Time) bool {
		return slices.ContainsFunc(seller.Agreeing(at), func(o Approver) bool { return o.ID == by.ID })
	}
	if !counts(p.At) || !counts(now) {
		return Approver{}, a.refuse(CodeMethod)
	}
	return by, nil
}

// mayFinish checks what a confirmation and another person's proof have in common:
// nothing changed since the first proof, and they come within the window.
func (a Action) mayFinish(p Proof, seller Seller, now time.Time) error {
	switch {
	case a.outdated(seller):
		return a.refuse(CodeSecurityChanged)
	case now.Before(a.NotBefore), p.At.Before(a.NotBefore):
		return a.refuse(CodeTooEarly)
	case a.at(now).After(a.ConfirmBy), p.At.After(a.ConfirmBy):
		return a.refuse(CodeTooLate)
	}
	return seller.stays(now)
}

// proved approves the action once every proof that is asked for is in. Until
// then it waits for the other one, within the same window.
func (a Action) proved(s step) (Change, error) {
	if _, confirmed := a.Proof(StageConfirmation); !confirmed || a.NeedsApprover() {
		return a.record(a.State, s), nil
	}
	a.ClaimBy = a.at(s.now).Add(ClaimWindow)
	return a.move(Approved, s)
}

// NeedsApprover reports whether the policy asks for another person who has not
// agreed in this generation.
func (a Action) NeedsApprover() bool {
	_, done := a.Proof(StageApproval)
	return !done && a.Requires(SecondApprover)
}

// unanswered reports whether the seller has confirmed that somebody goes, and
// nobody agreed or stopped. Whoever went away for good would stay for good: two
// agents look at it instead.
func (a Action) unanswered() bool {
	_, confirmed := a.Proof(StageConfirmation)
	return a.Kind == ApproverRemove && confirmed && a.NeedsApprover()
}

// asks reports whether approvers are asked: where one is needed, and where the
// word of one would be the independent proof.
func (a Action) asks() bool {
	_, done := a.Proof(StageApproval)
	return !done && (a.Requires(SecondApprover) || a.Requires(IndependentProof))
}

// asking adds a link, as old as the confirmation's, and a mail that carries it
// for everybody who may agree.
func (c Change) asking(k MailKind, seller Seller) Change {
	a := c.Action
	if a.State != AwaitingConfirmation || !a.asks() || a.ConfirmSerial != a.Version {
		return c
	}
	for _, p := range seller.Agreeing(a.MovedAt) {
		l := a.link(ApproveLink, a.linkEnds())
		l.Approver = p.ID
		m := a.mailTo(k, p)
		m.Serial = a.Version
		c.Links, c.Mails = append(c.Links, l), append(c.Mails, m)
	}
	return c
}

// telling adds, for everybody whose word is needed, a mail that says so before the
// wait begins, and a link that stops and agrees to nothing.
func (c Change) telling(seller Seller) Change {
	a := c.Action
	if !a.NeedsApprover() {
		return c
	}
	for _, p := range seller.Agreeing(a.MovedAt) {
		l := a.link(ApproveLink, a.MovedAt.Add(ConfirmLife))
		l.Approver = p.ID
		m := a.mailTo(MailApproverTold, p)
		m.Serial = a.Version
		c.Links, c.Mails = append(c.Links, l), append(c.Mails, m)
	}
	return c
}

// mailTo is one mail about the action to an approver.
func (a Action) mailTo(k MailKind, p Approver) Mail {
	return Mail{Kind: k, To: p.Email, Generation: a.Generation, DueAt: a.MovedAt}
}

// invites adds the link and the mail by which the person of an executed
// approver.add joins.
func (c Change) invites(seller Seller) Change {
	a := c.Action
	p, ok := seller.Approver(ApproverID(a.ID))
	if a.Kind != ApproverAdd || !ok {
		return c
	}
	l := a.link(JoinLink, p.InviteUntil)
	l.Approver = p.ID
	m := a.mailTo(MailApproverInvited, p)
	m.Serial = a.Version
	c.Links, c.Mails = append(c.Links, l), append(c.Mails, m)
	return c
}

// agreed asserts, on the stored data alone, that another person of the seller's
// agreed where the policy asks for one.
func (a Action) agreed(seller Seller) error {
	p, ok := a.Proof(StageApproval)
	if !ok {
		if a.NeedsApprover() {
			return ErrBroken
		}
		return nil
	}
	by, known := seller.Approver(ApproverID(p.Authenticator))
	switch {
	case !known, by.UsableFrom.IsZero(), p.At.Before(by.UsableFrom), !by.RemovedAt.IsZero() && !p.At.Before(by.RemovedAt):
		return ErrBroken
	case p.Digest != a.Digest, p.Method != Passkey, !p.UV, p.At.Before(a.NotBefore), p.At.After(a.ConfirmBy):
		return ErrBroken
	}
	for _, other := range a.Proofs {
		if other.ID != p.ID && (other.Spent == p.Spent || other.Stage != StageApproval && other.Authenticator == p.Authenticator) {
			return ErrBroken
		}
	}
	return nil
}
