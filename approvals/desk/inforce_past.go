package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals"
)

// recallable is how many versions that were in force a node keeps ready. What was
// created before the oldest of them goes to two people.
const recallable = 64

// retired is a version that was in force.
type retired struct {
	number int
	policy approvals.PolicyVersion
	until  time.Time
}

// recall makes the versions ready that were in force before next, but for those that
// the node had ready. A database that cannot be read is the error; a version that
// cannot be understood is too, and stands as one that asks for two people.
func (f *InForce) recall(ctx context.Context, next *compiled) error {
	all, err := f.policies.Store.Ruled(ctx, recallable)
	if err != nil {
		return unread(err)
	}
	var wrong error
	began := time.Time{} // of the version after the one at hand
	for _, v := range all {
		began = v.Since
		if v.Number >= next.number {
			continue // in force now, or since this look
		}
		old, err := f.retired(ctx, v)
		if errors.Is(err, approvals.Refuse(approvals.CodeUnavailable)) {
			return err
		}
		wrong = errors.Join(wrong, err)
		next.past = append([]retired{old}, next.past...)
	}
	if len(all) == recallable {
		next.begins = began
		return wrong
	}
	if len(all) > 0 {
		next.past = append([]retired{{policy: f.scaled(f.policies.Default), until: began}}, next.past...)
	}
	return wrong
}

// retired is a version ready to be asked: as the node had it, or read and compiled.
func (f *InForce) retired(ctx context.Context, v Version) (retired, error) {
	if held := f.now.Load(); held != nil {
		if held.number == v.Number && held.policy != nil {
			return retired{v.Number, held.policy, v.EndedAt}, nil
		}
		for _, old := range held.past {
			if old.number == v.Number && v.Number > 0 {
				return old, nil
			}
		}
	}
	stored, err := f.policies.Store.Version(ctx, v.Number)
	if err != nil {
		return retired{}, unread(err)
	}
	policy, err := f.policies.Compile(stored)
	if err != nil {
		return retired{v.Number, unreadable(v.Name), v.EndedAt}, err
	}
	return retired{v.Number, f.scaled(policy), v.EndedAt}, nil
}

// unread says that the database could not be asked which policies were in force.
func unread(err error) error {
	return fmt.Errorf("%w: read the policies that were in force: %w", approvals.Refuse(approvals.CodeUnavailable), err)
}

// Since implements approvals.Recaller.
func (f *InForce) Since(at time.Time) []approvals.PolicyVersion {
	held := f.now.Load()
	if held == nil || held.policy == nil {
		return nil
	}
	var out []approvals.PolicyVersion
	if at.Before(held.begins) {
		out = append(out, unreadable("before "+approvals.FormatTime(held.begins)))
	}
	for _, v := range held.past {
		if v.until.After(at) {
			out = append(out, v.policy)
		}
	}
	return append(out, held.policy)
}

// unreadable is a version, by its name, of which nobody knows what it asked for:
// two people look, and nothing else changes.
type unreadable string

// Version implements approvals.PolicyVersion.
func (u unreadable) Version() string { return string(u) }

// Judge implements approvals.PolicyVersion.
func (u unreadable) Judge(_ approvals.Kind, method approvals.Method, _ map[string]any) approvals.Decision {
	return approvals.Decision{
		Version: string(u), Class: approvals.Low, Outcome: approvals.Review, Wait: map[approvals.Method]time.Duration{method: 0},
		Rules: []approvals.Rule{{ID: "POLICY-UNREADABLE", Text: map[string]string{
			"en": "This request needs a check by two people.",
			"it": "Questa richiesta richiede la verifica di due persone.",
		}}},
	}
}
