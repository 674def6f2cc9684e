package auth

import (
	"context"
	"crypto/sha256"
	"strings"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// StaffVerb is what an admin does with the people of the desk.
type StaffVerb string

const (
	InviteStaff StaffVerb = "invite"
	RemoveStaff StaffVerb = "remove"
)

// StaffAct is one thing an admin does with the people of the desk. Their passkey
// signs it before it is done (STANDARDS AS-40).
type StaffAct struct {
	Verb   StaffVerb `json:"verb"`
	By     PersonID  `json:"by"`
	Person PersonID  `json:"person,omitempty"` // who is removed
	Role   Role      `json:"role"`
	Name   string    `json:"name"`
}

// Subject is what is signed. No part can hold the line's end that parts them.
func (a StaffAct) Subject() [32]byte {
	return sha256.Sum256([]byte(strings.Join([]string{
		"countersign/staff-act/v1", string(a.Verb), string(a.By), string(a.Person), string(a.Role), a.Name,
	}, "\n")))
}

// DraftStaff checks an act before anybody is asked to sign it, and fills in what it
// is about. CodeForbidden for who is no admin, CodeNotFound where nobody of the
// desk is to be removed, CodeLastAdmin, CodeInvalid for a bad name or role.
func (p *People) DraftStaff(ctx context.Context, a StaffAct) (StaffAct, error) {
	by, err := p.store.Person(ctx, a.By)
	if err != nil {
		return a, err
	}
	if by.Role != Admin || !by.Active() {
		return a, approvals.Refuse(approvals.CodeForbidden)
	}
	if a.Verb == InviteStaff {
		a.Person, a.Name = "", label(a.Name)
		switch {
		case a.Name == "":
			return a, approvals.Invalid(approvals.FieldError{Field: "name", Message: "must not be empty"})
		case !a.Role.Desk():
			return a, approvals.Invalid(approvals.FieldError{Field: "role", Message: "must be one of those in the list"})
		}
		return a, nil
	}
	gone, err := p.store.Person(ctx, a.Person)
	if err == nil && (a.Verb != RemoveStaff || !gone.Role.Desk() || !gone.RemovedAt.IsZero()) {
		err = approvals.Refuse(approvals.CodeNotFound)
	}
	if err != nil {
		return a, err
	}
	a.Role, a.Name = gone.Role, gone.Name
	there, err := p.Deciders(ctx)
	if err == nil && gone.Role == Admin && gone.Active() && there.Policy < 2 {
		err = approvals.Refuse(approvals.CodeLastAdmin)
	}
	return a, err
}

// BeginStaff returns the options of the proof of an act, as BeginDecision does.
func (p *People) BeginStaff(ctx context.Context, a StaffAct) ([]byte, error) {
	return p.BeginDecision(ctx, a.By, a.Subject())
}

// Staff does what an admin signed, once, and returns who it was done with, and the
// token of their link where they were invited. Whoever was removed has no session
// when it returns. A refusal is CodeProofWrong or as in DraftStaff: who was removed
// meanwhile does nothing, and of two who remove each other one stays.
func (p *People) Staff(ctx context.Context, a StaffAct, credential []byte) (Person, string, error) {
	a, err := p.DraftStaff(ctx, a)
	if err != nil {
		return Person{}, "", err
	}
	if _, err := p.Sign(ctx, a.By, a.Subject(), credential); err != nil {
		return Person{}, "", err
	}
	by := audit.Actor{Type: audit.Agent, ID: string(a.By)}
	if a.Verb == InviteStaff {
		return p.invite(ctx, Invitation{Role: a.Role, Name: a.Name, By: by}, a.By)
	}
	gone, err := p.store.Person(ctx, a.Person)
	if err != nil {
		return Person{}, "", err
	}
	return gone, "", p.remove(ctx, gone, by, a.By)
}

// Deciders is how many people could decide now: two have to be there for what takes
// two of them (DESIGN §8).
type Deciders struct {
	Cases  int // agents and leads who have joined
	Policy int // admins who have
}

// Deciders counts those who have joined and were not removed.
func (p *People) Deciders(ctx context.Context) (Deciders, error) {
	var d Deciders
	for role, count := range map[Role]*int{Agent: &d.Cases, Lead: &d.Cases, Admin: &d.Policy} {
		all, err := p.store.People(ctx, "", role)
		if err != nil {
			return Deciders{}, err
		}
		for _, one := range all {
			if one.Active() {
				*count++
			}
		}
	}
	return d, nil
}
