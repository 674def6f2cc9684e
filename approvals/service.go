package approvals

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
	"countersign/approvals/destination"
)

// Service is everything that can be asked of actions. Each method is one verb;
// it does nothing but read, take one step and save it.
type Service struct {
	Store  Store
	Reader Reader
	Outbox Outbox
	// Handoffs keeps the links of sellers without an action.
	Handoffs SellerHandoffs
	// Notices keeps security notices; nil where none are sent.
	Notices Notices
	// Recoveries keeps recoveries by the desk; nil where there are none.
	Recoveries Recoveries
	// Signals tells an assessment what Store tells a creation; nil tells nothing.
	Signals SignalReader
	// Rings spreads what is found of a destination to all who wait on it; nil looks
	// at each request by itself.
	Rings  Rings
	Policy Policy
	Links  LinkKey
	// FingerprintKey keys the fingerprints of destinations; it is not in the
	// database.
	FingerprintKey []byte
	// Numbers finds mistyped British account numbers in what is asked for; nil
	// where the operator has no table of them.
	Numbers *destination.ModulusTable
	// HumanDelay is how long after a mail's acceptance no person can have read
	// it: an earlier "I did not ask for this" cancels but does not lock.
	HumanDelay time.Duration
	// InstantAge is how old a destination has to be for an instant payout; zero is
	// the constant of that name.
	InstantAge time.Duration
	// NewID returns a fresh UUIDv7.
	NewID func() string
	Now   func() time.Time
	// Sure refuses while this node cannot be sure of its clock or its database
	// (DESIGN rule 17); nil is always sure.
	Sure func() error
	// Ruled refuses while it is not known which policy is in force; nil is always
	// known.
	Ruled func() error
	// Broken is told of a broken assertion; it halts all releases.
	Broken func(ctx context.Context, where string)
}

// DefaultHumanDelay is 20 seconds (UX S7).
const DefaultHumanDelay = 20 * time.Second

// Request asks for a new action.
type Request struct {
	Marketplace Marketplace
	Kind        Kind
	Seller      Seller // key, name, locale, zone, country and the contact given
	Details     []byte
	Context     Context
	ReturnURL   string
	Metadata    []byte
	Supersede   bool
	BySeller    bool // asked for on the seller's own pages, not by the marketplace
	// Push is the request to be sent upstream when the action is approved; the
	// details then hold its BoundRequest. Nil where the marketplace claims.
	Push *Push
	// Answer makes the answer kept under the call's Idempotency-Key, in the
	// same transaction; nil keeps none.
	Answer func(Action) (*Answer, error)
}

// draft checks what is asked for.
func (s *Service) draft(r Request) (Draft, error) {
	if !r.BySeller && !r.Kind.requested() {
		return Draft{}, Refuse(CodeKindUnknown)
	}
	d := Draft{ID: ActionID(s.NewID()), Kind: r.Kind, Context: r.Context, ReturnURL: r.ReturnURL, Metadata: r.Metadata, Push: r.Push}
	var err error
	if r.Kind.Defined() {
		d.Details, d.Definition, err = s.parseDefined(r.Kind, r.Details)
	} else {
		d.Details, err = ParseDetails(r.Kind, r.Details)
	}
	if err != nil {
		return Draft{}, err
	}
	to, err := destinationIn(d.Kind, d.Definition, d.Details)
	if err != nil {
		return Draft{}, err
	}
	if err := s.mistyped(d, to); err != nil {
		return Draft{}, err
	}
	if d.Fingerprint, err = s.fingerprint(d, to); err != nil {
		return Draft{}, err
	}
	return d, d.pushable()
}

// fingerprint is the keyed hash of what a draft is about: the account where it names
// one.
func (s *Service) fingerprint(d Draft, to *destination.Destination) (string, error) {
	switch {
	case d.Definition == nil:
		parsed := schema(d.Kind)
		if err := json.Unmarshal(d.Details, parsed); err != nil {
			return "", fmt.Errorf("read details: %w", err)
		}
		return parsed.subject(s.FingerprintKey), nil
	case to == nil:
		return keyed(s.FingerprintKey, "details", string(d.Kind)+"\n"+string(d.Details)), nil
	}
	return destination.Fingerprint(s.FingerprintKey, *to), nil
}

// Create starts an action. The destination is recorded before anything is
// proved, and also when the call is refused because another action is open
// (DESIGN rules 6 and 8).
func (s *Service) Create(ctx context.Context, r Request) (Action, error) {
	if err := s.ruled(); err != nil {
		return Action{}, err
	}
	draft, err := s.draft(r)
	if err != nil {
		return Action{}, err
	}
	ring := NoRing
	a, err := s.Store.Create(ctx, s.look(draft, r.Seller), func(stored Seller, open *Action, seen Signals) (Creation, error) {
		c, err := s.plan(r, draft, found{stored, open, seen})
		ring = c.Ring
		return c, err
	})
	if err != nil {
		s.refused(ctx, Action{ID: "", Marketplace: r.Seller.Marketplace, Seller: r.Seller.SellerKey.Seller, Fingerprint: draft.seen()}, "create", err)
		return Action{}, err
	}
	if ring != NoRing {
		_, _ = s.SpreadRings(ctx, spreadPage) // or the next sweep does
	}
	_ = s.follow(ctx, r, a) // the action stands; the next call follows again
	return a, nil
}

// found is what a creation finds.
type found struct {
	seller  Seller
	open    *Action
	signals Signals
}

func (s *Service) plan(r Request, d Draft, f found) (Creation, error) {
	now := s.Now()
	var out Creation
	if open := f.open; open != nil {
		if !r.Supersede || !open.State.Stoppable() {
			return out, open.refuse(CodeOpen)
		}
		old, err := open.CancelFor(Superseded, audit.Actor{Type: audit.Marketplace, ID: string(r.Marketplace.ID)}, now)
		if err != nil {
			return out, err
		}
		out.Superseded = &old
	}
	out.Seller = f.seller.learn(r.Seller, now).preferred()
	if err := errors.Join(out.Seller.stays(now), out.Seller.mayReplace(d, now), out.Seller.mayChangeApprovers(d, now)); err != nil {
		return out, err
	}
	decision := s.decide(Facts{Kind: d.Kind, Seller: out.Seller, Fingerprint: d.Fingerprint, Details: d.Details, Context: d.Context, Signals: f.signals, Now: now})
	decision.Definition = d.Definition
	if d.namesDestination() {
		decision.Paid = &Paid{f.signals.DestinationSince, f.signals.DestinationUsed}
	}
	c, err := Propose(d, out.Seller, decision, now)
	if err != nil {
		return out, err
	}
	s.seal(&c)
	if r.Answer != nil {
		if c.Answer, err = r.Answer(c.Action); err != nil {
			return out, err
		}
	}
	out.New = c
	if s.Rings != nil && d.namesDestination() {
		out.Ring = f.signals.ring()
	}
	return out, nil
}

// decide is the policy's word with what the seller asked for beyond it.
func (s *Service) decide(f Facts) Decision {
	f.Signals.HasApprover = len(f.Seller.Agreeing(f.Now)) > 0
	look := false
	if f.Signals.settled(f.Now, s.aged()) {
		f.Signals, look = f.Signals.own()
	}
	d := s.Policy.Decide(f).longer(f.Seller).stopped(f.Signals)
	if look {
		d = d.checked("DESTINATION-OF-OTHERS-TOO", High, Review)
	}
	d.Proved = f.Proof != nil
	if f.Signals.HasApprover && (f.Kind == ApproverAdd || f.Kind == ApproverRemove) { // who agrees has a say in who else does
		d.Require = union(d.Require, []Requirement{SecondApprover})
	}
	return d
}

// aged is AgedFor on the demo's clock.
func (s *Service) aged() time.Duration { return 2 * cmp.Or(s.InstantAge, InstantAge) }

// Expect is what would be asked of an action of this kind by this seller now,
// for pages that tell before anything begins.
func (s *Service) Expect(k Kind, seller Seller) Decision {
	return s.decide(Facts{Kind: k, Seller: seller, Now: s.Now()})
}

// learn takes over what the marketplace says of its seller. The addresses are
// those it gave first: another one later is a contact.change. So is the day on
// which it identified the seller, which nobody can move.
func (s Seller) learn(given Seller, now time.Time) Seller {
	if s.CreatedAt.IsZero() {
		s = Seller{SellerKey: given.SellerKey, CreatedAt: now}
	}
	s.Name = cmp.Or(given.Name, s.Name)
	s.Locale = cmp.Or(given.Locale, s.Locale)
	s.TimeZone = cmp.Or(given.TimeZone, s.TimeZone)
	s.Country = cmp.Or(given.Country, s.Country)
	if s.OnboardedAt.IsZero() {
		s.OnboardedAt = given.OnboardedAt
	}
	if len(s.Contacts) == 0 {
		for _, c := range given.Contacts {
			s.Contacts = append(s.Contacts, Contact{Email: c.Email, Since: now})
		}
	}
	return s
}

// seal gives the links of a change, and the notices of a new address, their
// hashes.
func (s *Service) seal(c *Change) {
	for i, n := range c.Action.Contacts {
		if c.Action.Version == 1 && n.Role == ContactNew {
			c.Action.Contacts[i].VerifyHash = HashToken(s.Links.Token(VerifyLink, c.Action.ID, 1))
		}
	}
	for i, l := range c.Links {
		c.Links[i].Hash = HashToken(s.Links.Of(l))
	}
}

// Token returns the token of the newest link of this purpose that the action's
// present version made, for the answer to the call that made it.
func (s *Service) Token(p Purpose, a Action) string { return s.Links.Token(p, a.ID, a.Version) }

// update takes one step on one action and records a refusal.
func (s *Service) update(ctx context.Context, key ActionKey, verb string, take func(Action, Seller) (Change, error)) (Action, error) {
	var seen Action
	a, err := s.Store.Update(ctx, key, func(a Action, seller Seller) (Change, error) {
		seen = a
		return s.sealed(take(a, seller))
	})
	return a, s.taken(ctx, verb, key, seen, err)
}

// judge is update for a step that decides.
func (s *Service) judge(ctx context.Context, key ActionKey, verb string, look func(Action) Look, take func(Action, Seller, Signals) (Change, error)) (Action, error) {
	var seen Action
	a, err := s.Store.Judge(ctx, key, look, func(a Action, seller Seller, signals Signals) (Change, error) {
		seen = a
		return s.sealed(take(a, seller, signals))
	})
	return a, s.taken(ctx, verb, key, seen, err)
}

func (s *Service) sealed(c Change, err error) (Change, error) {
	if err != nil {
		return Change{}, err
	}
	s.seal(&c)
	return c, nil
}

// taken records that a step was refused, if it was.
func (s *Service) taken(ctx context.Context, verb string, key ActionKey, seen Action, err error) error {
	if err == nil {
		return nil
	}
	s.broken(ctx, verb, key, err)
	s.refused(ctx, seen, verb, err)
	return fmt.Errorf("%s action %s: %w", verb, key.ID, err)
}

// sure refuses what goes forward on a node that is unsure of its clock or its
// database. Stopping is never asked (DESIGN rules 5 and 17).
func (s *Service) sure() error {
	if s.Sure == nil {
		return nil
	}
	return s.Sure()
}

// broken tells of a broken assertion, so that all releases halt.
func (s *Service) broken(ctx context.Context, verb string, key ActionKey, err error) {
	if errors.Is(err, ErrBroken) && s.Broken != nil {
		s.Broken(ctx, verb+" of action "+string(key.ID))
	}
}

// refused audits a refusal. That it could not be audited is not hidden: the
// caller's answer stays a refusal and the store reports its own trouble.
func (s *Service) refused(ctx context.Context, a Action, verb string, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok || a.Marketplace == "" {
		return
	}
	_ = s.Store.Refuse(ctx, audit.Event{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID), Generation: a.Generation,
		Verb: verb, From: string(a.State), To: string(a.State), Actor: bySystem, At: s.Now(),
		Data: map[string]string{"refused": string(e.Code)},
	}, a.Fingerprint)
}
