package approvals_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// memStore keeps what the store contract promises in maps: everything a change
// says or nothing, one open action of a seller and kind, proofs spent once. It
// remembers more than a database would, for tests to look at from outside.
type memStore struct {
	approvals.Reader // for what no test asks

	sellers  map[approvals.SellerKey]approvals.Seller
	actions  map[approvals.ActionID]approvals.Action
	gate     approvals.Gate
	signals  approvals.Signals // of every request
	links    []approvals.Link
	mails    []*mailRow
	settled  []approvals.DeliverySettled
	delivery approvals.Delivery
	taken    []approvals.Taken

	saved     []savedChange   // every change, in order
	events    []audit.Event   // those of changes and of sellers
	refusals  []audit.Event   //
	spent     map[string]bool // proofs
	sightings []string        // fingerprints
	bodies    map[approvals.ActionID][]byte
	spoilNext func() // after the next change is saved
	now       func() time.Time
	cases     []approvals.CaseReason
	claims    []claimRow
}

// savedChange is one change and what it changed.
type savedChange struct {
	from, to approvals.Action
	seller   approvals.Seller
	change   approvals.Change
	gate     approvals.Gate // as it was then
	now      time.Time
}

// claimRow is one hand-over with all that was true then.
type claimRow struct {
	action approvals.Action
	seller approvals.Seller
	gate   approvals.Gate
}

type mailRow struct {
	id     string
	action approvals.ActionID
	seller approvals.SellerKey
	mail   approvals.Mail
	state  approvals.MailState
	tries  int
	at     time.Time // of its last settlement
	next   time.Time
	leased time.Time
	words  int // how often it was settled
}

func newMemStore() *memStore {
	return &memStore{
		sellers: map[approvals.SellerKey]approvals.Seller{}, actions: map[approvals.ActionID]approvals.Action{}, spent: map[string]bool{},
		bodies: map[approvals.ActionID][]byte{},
	}
}

func (m *memStore) Create(_ context.Context, look approvals.Look, plan func(approvals.Seller, *approvals.Action, approvals.Signals) (approvals.Creation, error)) (approvals.Action, error) {
	key := look.Seller
	c, err := plan(m.sellers[key], m.open(key, look.Kind), m.signals)
	if err != nil {
		return approvals.Action{}, err
	}
	if c.Superseded != nil {
		if err := m.save(m.actions[c.Superseded.Action.ID], c.Seller, *c.Superseded); err != nil {
			return approvals.Action{}, err
		}
	}
	if err := m.save(approvals.Action{}, c.Seller, c.New); err != nil {
		return approvals.Action{}, err
	}
	m.sellers[key] = c.Seller
	return c.New.Action, nil
}

// open is the seller's open action of this kind (DESIGN rule 6).
func (m *memStore) open(key approvals.SellerKey, kind approvals.Kind) *approvals.Action {
	for _, a := range m.actions {
		if a.SellerKey() == key && a.Kind == kind && a.State.Open() {
			return &a
		}
	}
	return nil
}

func (m *memStore) Update(ctx context.Context, key approvals.ActionKey, step func(approvals.Action, approvals.Seller) (approvals.Change, error)) (approvals.Action, error) {
	return m.Release(ctx, key, func(a approvals.Action, s approvals.Seller, _ approvals.Gate) (approvals.Change, error) {
		return step(a, s)
	})
}

func (m *memStore) Judge(ctx context.Context, key approvals.ActionKey, look func(approvals.Action) approvals.Look, step func(approvals.Action, approvals.Seller, approvals.Signals) (approvals.Change, error)) (approvals.Action, error) {
	return m.Update(ctx, key, func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		look(a)
		return step(a, s, m.signals)
	})
}

func (m *memStore) Release(_ context.Context, key approvals.ActionKey, steps ...func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error)) (a approvals.Action, err error) {
	before := maps.Clone(m.actions)
	for _, step := range steps {
		if a, err = m.step(key, step); err != nil {
			m.actions = before
			return approvals.Action{}, err
		}
	}
	return a, nil
}

func (m *memStore) step(key approvals.ActionKey, step func(approvals.Action, approvals.Seller, approvals.Gate) (approvals.Change, error)) (approvals.Action, error) {
	a, known := m.actions[key.ID]
	if !known || a.Marketplace != key.Marketplace {
		return approvals.Action{}, approvals.Refuse(approvals.CodeNotFound)
	}
	seller := m.sellers[a.SellerKey()]
	c, err := step(a, seller, m.gate)
	if err != nil {
		return approvals.Action{}, err
	}
	if err := m.save(a, seller, c); err != nil {
		return approvals.Action{}, err
	}
	return m.actions[key.ID], nil
}

// save writes everything c says, or nothing.
func (m *memStore) save(old approvals.Action, seller approvals.Seller, c approvals.Change) error {
	a := c.Action
	if !c.Changed(old) {
		return nil
	}
	if a.State.Open() {
		if other := m.open(a.SellerKey(), a.Kind); other != nil && other.ID != a.ID {
			return approvals.Refuse(approvals.CodeOpen)
		}
	}
	if c.Proof != nil {
		if m.spent[c.Proof.Spent] {
			return approvals.Refuse(approvals.CodeProofSpent)
		}
		m.spent[c.Proof.Spent] = true
	}
	a.Contacts, a.Proofs, a.Push.Attempts = slices.Clone(a.Contacts), slices.Clone(a.Proofs), slices.Clone(a.Push.Attempts)
	if c.Push != nil {
		m.bodies[a.ID] = slices.Clone(c.Push.Body)
	}
	m.actions[a.ID] = a
	m.saved = append(m.saved, savedChange{from: old, to: a, seller: seller, change: c, gate: m.gate, now: m.now()})
	m.events = append(m.events, c.Event)
	m.sightings = append(m.sightings, c.Sightings...)
	if c.Claim != nil {
		m.claims = append(m.claims, claimRow{action: a, seller: seller, gate: m.gate})
	}
	if c.Seller != nil {
		m.sellers[a.SellerKey()] = *c.Seller
	}
	m.saveLinks(a, c)
	m.post(a.ID, a.SellerKey(), c.Mails)
	m.openCase(c.Case)
	if spoil := m.spoilNext; spoil != nil {
		m.spoilNext = nil
		defer spoil()
	}
	if d := c.MailDone; d != nil {
		m.settle(approvals.MailSettled{ID: d.ID, State: d.State, At: d.At})
	}
	return nil
}

func (m *memStore) saveLinks(a approvals.Action, c approvals.Change) {
	for i, l := range m.links {
		if l.Action == a.ID && l.Purpose == c.Spend && l.SpentAt.IsZero() {
			m.links[i].SpentAt = a.MovedAt
		}
		if slices.ContainsFunc(c.Links, func(n approvals.Link) bool { return n.Action == l.Action && n.Purpose == l.Purpose }) {
			m.links[i].Replaced = true
		}
	}
	m.links = append(m.links, c.Links...)
}

func (m *memStore) post(id approvals.ActionID, key approvals.SellerKey, mails []approvals.Mail) {
	for _, mail := range mails {
		m.mails = append(m.mails, &mailRow{
			id: fmt.Sprintf("mail-%d", len(m.mails)), action: id, seller: key, mail: mail, state: approvals.MailPending, next: mail.DueAt,
		})
	}
}

func (m *memStore) openCase(c *approvals.Case) {
	if c != nil {
		m.cases = append(m.cases, c.Reason)
	}
}

func (m *memStore) UpdateSeller(_ context.Context, key approvals.SellerKey, step func(approvals.Seller, []approvals.Action) (approvals.SellerChange, error)) (approvals.Seller, error) {
	seller, known := m.sellers[key]
	if !known {
		return approvals.Seller{}, approvals.Refuse(approvals.CodeNotFound)
	}
	var open []approvals.Action
	for _, id := range slices.Sorted(maps.Keys(m.actions)) {
		if a := m.actions[id]; a.SellerKey() == key && a.State.Stoppable() {
			open = append(open, a)
		}
	}
	c, err := step(seller, open)
	if err != nil {
		return approvals.Seller{}, err
	}
	if c.Changed {
		m.sellers[key] = c.Seller
		m.events = append(m.events, c.Event)
	}
	for _, change := range c.Changes {
		if err := m.save(m.actions[change.Action.ID], c.Seller, change); err != nil {
			return approvals.Seller{}, err
		}
	}
	m.post("", key, c.Mails)
	m.openCase(c.Case)
	return c.Seller, nil
}

func (m *memStore) Refuse(_ context.Context, e audit.Event, fingerprint string) error {
	m.refusals = append(m.refusals, e)
	if fingerprint != "" {
		m.sightings = append(m.sightings, fingerprint)
	}
	return nil
}

func (m *memStore) Action(_ context.Context, key approvals.ActionKey) (approvals.Action, error) {
	a, known := m.actions[key.ID]
	if !known || a.Marketplace != key.Marketplace {
		return approvals.Action{}, approvals.Refuse(approvals.CodeNotFound)
	}
	return a, nil
}

func (m *memStore) Seller(_ context.Context, key approvals.SellerKey) (approvals.Seller, error) {
	s, known := m.sellers[key]
	if !known {
		return s, approvals.Refuse(approvals.CodeNotFound)
	}
	return s, nil
}

func (m *memStore) Actions(_ context.Context, q approvals.Query) ([]approvals.Action, error) {
	var found []approvals.Action
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(m.actions))) {
		if a := m.actions[id]; a.Marketplace == q.Marketplace && (q.Seller == "" || a.Seller == q.Seller) && (q.Kind == "" || a.Kind == q.Kind) {
			found = append(found, a)
		}
	}
	return found[:min(len(found), q.Limit)], nil
}

func (m *memStore) Link(_ context.Context, p approvals.Purpose, hash [32]byte) (approvals.ActionKey, approvals.Link, error) {
	for _, l := range m.links {
		if l.Purpose == p && l.Hash == hash {
			l.Kind = m.actions[l.Action].Kind
			return m.actions[l.Action].Key(), l, nil
		}
	}
	for _, a := range m.actions {
		for _, n := range a.Contacts {
			if p == approvals.VerifyLink && n.VerifyHash == hash {
				return a.Key(), approvals.Link{Hash: hash, Action: a.ID, Purpose: p, Serial: 1, Kind: a.Kind}, nil
			}
		}
	}
	return approvals.ActionKey{}, approvals.Link{}, approvals.Refuse(approvals.CodeNotFound)
}

func (m *memStore) TakeMail(_ context.Context, id string, now, until time.Time) (approvals.OutMail, error) {
	r := m.row(id)
	if r == nil || r.state != approvals.MailPending || now.Before(r.next) || now.Before(r.leased) {
		return approvals.OutMail{}, approvals.ErrNotDue
	}
	r.leased = until
	r.tries++
	out := approvals.OutMail{ID: id, Mail: r.mail, Seller: m.sellers[r.seller], Attempts: r.tries - 1}
	if a, of := m.actions[r.action]; of {
		out.Action = &a
	}
	return out, nil
}

func (m *memStore) SettleMail(_ context.Context, s approvals.MailSettled) error {
	m.settle(s)
	return nil
}

func (m *memStore) settle(s approvals.MailSettled) {
	if r := m.row(s.ID); r != nil {
		r.state, r.at, r.next, r.leased = s.State, s.At, s.NextAt, time.Time{}
		r.words++
	}
}

func (m *memStore) row(id string) *mailRow {
	for _, r := range m.mails {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (m *memStore) TakeDelivery(_ context.Context, _ string, _ time.Time, decide func(approvals.Delivery) approvals.Taken) (approvals.Delivery, error) {
	t := decide(m.delivery)
	m.taken = append(m.taken, t)
	if t.Health != nil {
		m.delivery.Endpoint.Health = *t.Health
	}
	if t.Until.IsZero() {
		return approvals.Delivery{}, approvals.ErrNotDue
	}
	return m.delivery, nil
}

func (m *memStore) SettleDelivery(_ context.Context, s approvals.DeliverySettled) error {
	m.settled = append(m.settled, s)
	return nil
}

func (m *memStore) MailedAt(_ context.Context, key approvals.ActionKey) (time.Time, error) {
	var last time.Time
	for _, r := range m.mails {
		if r.action == key.ID && r.state == approvals.MailAccepted && r.at.After(last) {
			last = r.at
		}
	}
	return last, nil
}

func (m *memStore) Due(_ context.Context, now time.Time, limit int) ([]approvals.ActionKey, error) {
	var due []approvals.Action
	for _, id := range slices.Sorted(maps.Keys(m.actions)) {
		if a := m.actions[id]; !a.DueAt().IsZero() && !now.Before(a.DueAt()) {
			due = append(due, a)
		}
	}
	slices.SortStableFunc(due, func(a, b approvals.Action) int { return a.DueAt().Compare(b.DueAt()) })
	var keys []approvals.ActionKey
	for _, a := range due[:min(limit, len(due))] {
		keys = append(keys, a.Key())
	}
	return keys, nil
}

func (m *memStore) NextDue(context.Context, time.Time) (time.Time, error) { return time.Time{}, nil }
func (m *memStore) Wake(context.Context, time.Time, int) (int, error)     { return 0, nil }
func (m *memStore) Outgoing(context.Context, time.Time, int) ([]approvals.Outgoing, error) {
	return nil, nil
}
