package approvals

import (
	"encoding/json"
	"time"

	"countersign/approvals/audit"
)

// Draft is a new action before it has a state.
type Draft struct {
	ID          ActionID
	Kind        Kind
	Details     json.RawMessage // RFC 8785 form, already validated
	Fingerprint string
	Context     Context
	ReturnURL   string
	Metadata    json.RawMessage
	Push        *Push       // nil where the marketplace claims
	Definition  *Definition // of a kind that a marketplace defines
}

// namesDestination is that of the action it makes.
func (d Draft) namesDestination() bool { return namesDestination(d.Kind, d.Definition) }

// Propose makes a new action of seller. It starts at AwaitingStepUp; a locked
// seller's is held and one the policy refuses is denied, and both are
// recorded all the same. An outcome that is not known counts as a refusal.
func Propose(d Draft, seller Seller, decision Decision, now time.Time) (Change, error) {
	a := Action{
		ID: d.ID, Reference: newReference(d.Kind, d.ID), Kind: d.Kind,
		Marketplace: seller.Marketplace, Seller: seller.Seller,
		Details: d.Details, Fingerprint: d.Fingerprint, Context: d.Context,
		ReturnURL: d.ReturnURL, Metadata: d.Metadata, CreatedAt: now,
		Generation: 1, LockEpoch: seller.LockEpoch, Decision: decision,
		StepUpBy: now.Add(StepUpWindow), MovedAt: now,
	}
	if d.Push != nil {
		a.Push = Pushing{Route: d.Push.Route, Idempotent: d.Push.Idempotent}
	}
	a.Contacts = a.addresses(seller, now)
	digest, err := ComputeDigest(a)
	if err != nil {
		return Change{}, err
	}
	a.Digest = digest
	c := a.begin(seller, now)
	c.Push = d.Push
	return c, nil
}

// addresses is the snapshot of whom the action tells.
func (a Action) addresses(seller Seller, now time.Time) []Notice {
	swap, _ := ContactsOf(a)
	var out []Notice
	for _, c := range seller.Told(now) {
		role := ContactCurrent
		switch {
		case c.Email == swap.To.Email:
			continue
		case !c.RetiredAt.IsZero():
			role = ContactRetired
		}
		out = append(out, Notice{Email: c.Email, Role: role})
	}
	if swap.To.Email != "" {
		out = append(out, Notice{Email: swap.To.Email, Role: ContactNew})
	}
	return out
}

// begin gives a new action its first state.
func (a Action) begin(seller Seller, now time.Time) Change {
	a.State = AwaitingStepUp
	var opened *Case
	code, stops := a.Decision.Outcome.holds()
	if stops {
		opened = &Case{Reason: CaseReview}
	}
	switch {
	case a.Decision.Outcome != Allow && !stops:
		a.State, a.EndedAt = Denied, now
	case seller.Locked:
		a.State, a.HeldFrom, a.Hold, a.HoldBy = Held, AwaitingStepUp, HoldLocked, now.Add(HoldWindow)
	case stops:
		a.State, a.HeldFrom, a.Hold, a.HoldBy = Held, AwaitingStepUp, code, now.Add(HoldWindow)
	}
	c := a.record("", step{
		by: audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)}, verb: "create", now: now,
		data: map[string]string{"policy": a.Decision.Version, "class": string(a.Decision.Class), "fingerprint": a.Fingerprint},
	})
	c.Webhooks = []string{"action." + string(a.State)}
	c.Case = opened
	if a.NamesDestination() {
		c.Sightings = []string{a.Fingerprint}
	}
	c.Links = []Link{c.Action.link(StopLink, time.Time{}), c.Action.link(HandoffLink, now.Add(HandoffLife))}
	if a.State != Denied {
		c.Mails = c.Action.mails(MailRequested, now)
	}
	return c
}

// link is a new link of the version being made.
func (a Action) link(p Purpose, expires time.Time) Link {
	return Link{Action: a.ID, Purpose: p, Serial: a.Version, ExpiresAt: expires}
}

// Handoff makes a fresh link for the marketplace to send its seller to. It
// moves nothing.
func (a Action) Handoff(by audit.Actor, now time.Time) (Change, error) {
	if a.State.Final() {
		return Change{}, a.refuse(CodeState)
	}
	c := a.record(a.State, step{by: by, verb: "handoff", now: now})
	c.Links = []Link{c.Action.link(HandoffLink, c.Action.MovedAt.Add(HandoffLife))}
	return c, nil
}
