package main

import (
	"context"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

// oneSeller is an auth.Store in memory for one caller and one seller who makes
// no mistakes. What else a store can do is not called.
type oneSeller struct {
	auth.Store
	records    []auth.Record
	handle     []byte
	challenges map[[32]byte]auth.Challenge
}

func (s *oneSeller) Authenticators(context.Context, approvals.SellerKey) ([]auth.Record, error) {
	return s.records, nil
}

func (s *oneSeller) AddFirst(_ context.Context, r auth.Record, _ audit.Event) error {
	s.records = append(s.records, r)
	return nil
}

func (s *oneSeller) Handle(_ context.Context, _ approvals.SellerKey, candidate []byte) ([]byte, error) {
	if s.handle == nil {
		s.handle = candidate
	}
	return s.handle, nil
}

func (s *oneSeller) PutChallenge(_ context.Context, c auth.Challenge) error {
	s.challenges[c.Hash] = c
	return nil
}

func (s *oneSeller) TakeChallenge(_ context.Context, hash [32]byte) (auth.Challenge, error) {
	c, ok := s.challenges[hash]
	if !ok {
		return auth.Challenge{}, approvals.Refuse(approvals.CodeNotFound)
	}
	delete(s.challenges, hash)
	return c, nil
}

func (s *oneSeller) Tries(context.Context, approvals.SellerKey) (auth.Tries, error) {
	return auth.Tries{}, nil
}

func (s *oneSeller) CountTry(_ context.Context, t auth.Try) (auth.Tries, error) {
	return auth.Tries{Failures: 1, Counted: true, Evaluate: t.Authenticators}, nil
}

func (s *oneSeller) Settle(_ context.Context, c auth.Settlement) (bool, error) {
	if c.Authenticator == "" {
		return false, nil
	}
	s.records[0].SignCount, s.records[0].LastUsedAt = c.SignCount, c.At
	return true, nil
}
