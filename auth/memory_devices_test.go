package auth_test

import (
	"bytes"
	"context"
	"slices"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
)

func (m *memory) Devices(_ context.Context, key approvals.SellerKey) ([]auth.Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.devices), func(d auth.Device) bool { return d.Seller != key }), nil
}

func (m *memory) SeeDevice(_ context.Context, d auth.Device, e audit.Event) (auth.Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, old := range m.devices {
		if old.Seller == d.Seller && bytes.Equal(old.Key, d.Key) {
			m.devices[i].LastSeenAt = d.LastSeenAt
			return m.devices[i], nil
		}
	}
	m.devices = append(m.devices, d)
	if e.Verb != "" {
		m.events = append(m.events, e)
	}
	return d, nil
}

func (m *memory) RevokeDevice(_ context.Context, key approvals.SellerKey, id string, e audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(m.devices), func(d auth.Device) bool { return d.Seller == key && d.ID == id })
	if len(left) == len(m.devices) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	m.devices, m.events = left, append(m.events, e)
	return nil
}
