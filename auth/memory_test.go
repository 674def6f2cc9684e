package auth_test

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// memory is auth.Store without a database: what the pure package is tested on.
// The contract of the real one is tested in authdb.
type memory struct {
	mu         sync.Mutex
	records    []auth.Record
	handles    map[approvals.SellerKey][]byte
	challenges map[[32]byte]auth.Challenge
	enrolments map[string]auth.Enrolment
	tries      map[approvals.SellerKey]auth.Tries
	blocks     map[approvals.SellerKey]int
	events     []audit.Event
	sets       map[approvals.SellerKey]*recoverySet
	devices    []auth.Device
}

type recoverySet struct {
	auth.RecoverySet
	good map[[32]byte]time.Time // and when it was made
}

func newMemory() *memory {
	return &memory{
		handles:    map[approvals.SellerKey][]byte{},
		challenges: map[[32]byte]auth.Challenge{},
		enrolments: map[string]auth.Enrolment{},
		tries:      map[approvals.SellerKey]auth.Tries{},
		blocks:     map[approvals.SellerKey]int{},
		sets:       map[approvals.SellerKey]*recoverySet{},
	}
}

func (m *memory) Authenticators(_ context.Context, key approvals.SellerKey) ([]auth.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.records), func(r auth.Record) bool { return r.Seller != key }), nil
}

func (m *memory) AddFirst(_ context.Context, r auth.Record, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.records {
		if other.Seller == r.Seller {
			return approvals.Refuse(approvals.CodeEnrolmentClosed)
		}
		if r.CredentialID != nil && bytes.Equal(other.CredentialID, r.CredentialID) {
			return approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
	}
	m.records, m.events = append(m.records, r), append(m.events, e)
	maps.DeleteFunc(m.enrolments, func(_ string, e auth.Enrolment) bool { return e.Seller == r.Seller })
	return nil
}

// Replace is not what the pure package is tested on: that a recovery is open is
// for the database to see.
func (m *memory) Replace(_ context.Context, r auth.Replacement, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, other := range m.records {
		if other.Seller == r.Seller && other.DisabledAt.IsZero() {
			m.records[i].DisabledAt = r.CreatedAt
		}
	}
	m.records, m.events = append(m.records, r.Record), append(m.events, e)
	return nil
}

func (m *memory) AddPending(_ context.Context, r auth.Record, most int, e audit.Event) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, other := range m.records {
		if r.CredentialID != nil && bytes.Equal(other.CredentialID, r.CredentialID) || other.ID == r.ID {
			return false, approvals.Refuse(approvals.CodeAlreadyEnrolled)
		}
		if other.Seller == r.Seller && other.Method == r.Method && other.DisabledAt.IsZero() {
			n++
		}
	}
	if n >= most {
		return false, nil
	}
	m.records, m.events = append(m.records, r), append(m.events, e)
	maps.DeleteFunc(m.enrolments, func(_ string, e auth.Enrolment) bool { return e.Seller == r.Seller })
	return true, nil
}

func (m *memory) Rename(_ context.Context, key approvals.SellerKey, id, name string, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.find(id)
	if r == nil || r.Seller != key || !r.DisabledAt.IsZero() {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	r.Name, m.events = name, append(m.events, e)
	return nil
}

func (m *memory) EndPending(_ context.Context, madeBy, now time.Time, event func(auth.Authenticator) audit.Event) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for i, r := range m.records {
		if r.Pending() && !r.CreatedAt.After(madeBy) {
			m.records[i].DisabledAt, m.events = now, append(m.events, event(r.Authenticator))
			n++
		}
	}
	return n, nil
}

func (m *memory) EndQuarantines(context.Context, time.Time, int, func(auth.Authenticator) audit.Event) (int, error) {
	return 0, nil
}

func (m *memory) Disable(_ context.Context, a auth.Authenticator, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.find(a.ID); r != nil && r.DisabledAt.IsZero() {
		r.DisabledAt, m.events = a.DisabledAt, append(m.events, e)
	}
	return nil
}

func (m *memory) find(id string) *auth.Record {
	for i := range m.records {
		if m.records[i].ID == id {
			return &m.records[i]
		}
	}
	return nil
}

func (m *memory) Handle(_ context.Context, key approvals.SellerKey, candidate []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.handles[key] == nil {
		m.handles[key] = candidate
	}
	return m.handles[key], nil
}

func (m *memory) PutChallenge(_ context.Context, c auth.Challenge) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	live := slices.Collect(maps.Values(m.challenges))
	live = slices.DeleteFunc(live, func(l auth.Challenge) bool {
		return l.Subject.Seller != c.Subject.Seller || l.Subject.Action != c.Subject.Action || l.Subject.Stage != c.Subject.Stage
	})
	slices.SortFunc(live, func(a, b auth.Challenge) int { return cmp.Compare(a.CreatedAt.UnixNano(), b.CreatedAt.UnixNano()) })
	if len(live) >= auth.MaxChallenges {
		delete(m.challenges, live[0].Hash)
	}
	m.challenges[c.Hash] = c
	return nil
}

func (m *memory) TakeChallenge(_ context.Context, hash [32]byte) (auth.Challenge, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.challenges[hash]
	if !ok {
		return auth.Challenge{}, approvals.Refuse(approvals.CodeNotFound)
	}
	delete(m.challenges, hash)
	return c, nil
}

func (m *memory) PutEnrolment(_ context.Context, e auth.Enrolment) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enrolments[e.ID] = e
	return nil
}

func (m *memory) Enrolment(_ context.Context, key approvals.SellerKey, id string) (auth.Enrolment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.enrolments[id]; ok && e.Seller == key {
		return e, nil
	}
	return auth.Enrolment{}, approvals.Refuse(approvals.CodeNotFound)
}

func (m *memory) Sweep(context.Context, time.Time) (int, error) { return 0, nil }

func (m *memory) Tries(_ context.Context, key approvals.SellerKey) (auth.Tries, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tries[key], nil
}

func (m *memory) CountTry(_ context.Context, t auth.Try) (auth.Tries, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.tries[t.Seller]
	if t.Now.Before(now.BlockedUntil) || t.Now.Before(now.PausedUntil) {
		return now, nil
	}
	if now.Failures < len(t.Paused) {
		now.PausedUntil = t.Paused[now.Failures]
	}
	now.Failures++
	if now.Failures == auth.MaxTries {
		now.Failures, now.BlockedUntil = 0, t.Until[min(m.blocks[t.Seller], len(t.Until)-1)]
		m.blocks[t.Seller]++
		m.events = append(m.events, t.Blocked(now.BlockedUntil))
	}
	m.tries[t.Seller] = now
	now.Counted, now.Began = true, t.Now.Before(now.BlockedUntil)
	if set := m.sets[t.Seller]; t.Recovery && set != nil && set.Failures < auth.MaxFailures {
		set.Failures++
		now.Recovery = true
	}
	for _, id := range t.Authenticators {
		if r := m.find(id); r.Failures < auth.MaxFailures && r.DisabledAt.IsZero() {
			r.Failures++
			now.Evaluate = append(now.Evaluate, id)
		}
	}
	return now, nil
}

func (m *memory) Settle(_ context.Context, s auth.Settlement) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.Method == approvals.RecoveryCode {
		return m.settleRecovery(s), nil
	}
	r := m.find(s.Authenticator)
	if r == nil || !r.DisabledAt.IsZero() || s.Method == approvals.TOTP && s.Step <= r.LastStep || s.Rising && s.SignCount <= r.SignCount {
		m.events = append(m.events, s.Refused)
		return false, nil
	}
	r.LastStep, r.SignCount, r.BackedUp, r.LastUsedAt, r.Failures = s.Step, max(s.SignCount, r.SignCount), s.BackedUp, s.At, 0
	delete(m.tries, s.Seller)
	delete(m.blocks, s.Seller)
	if s.Accepted.Verb != "" {
		m.events = append(m.events, s.Accepted)
	}
	return true, nil
}

func (m *memory) RecoverySet(_ context.Context, key approvals.SellerKey) (auth.RecoverySet, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if set := m.sets[key]; set != nil {
		set.Left = len(set.good)
		return set.RecoverySet, nil
	}
	return auth.RecoverySet{}, nil
}

func (m *memory) ReplaceRecoverySet(_ context.Context, key approvals.SellerKey, n auth.NewRecoverySet) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	set := &recoverySet{RecoverySet: auth.RecoverySet{MadeAt: n.At}, good: map[[32]byte]time.Time{}}
	for _, hash := range n.Hashes {
		set.good[hash] = n.At
	}
	m.sets[key], m.events = set, append(m.events, n.Event)
	return nil
}

func (m *memory) settleRecovery(s auth.Settlement) bool {
	set := m.sets[s.Seller]
	made, good := time.Time{}, false
	if set != nil {
		made, good = set.good[s.Recovery.Hash]
	}
	if !good || !s.Recovery.MadeBy.IsZero() && made.After(s.Recovery.MadeBy) {
		m.events = append(m.events, s.Refused)
		return false
	}
	delete(set.good, s.Recovery.Hash)
	set.good[s.Recovery.Next], set.Failures = s.At, 0
	delete(m.tries, s.Seller)
	delete(m.blocks, s.Seller)
	m.events = append(m.events, s.Accepted)
	return true
}
