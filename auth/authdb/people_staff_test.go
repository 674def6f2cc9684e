package authdb_test

import (
	"sync"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// admin joins the desk with a device.
func (s *staff) admin(name string) (auth.Person, *authtest.Device) {
	s.t.Helper()
	_, token, err := s.people.Invite(s.t.Context(), auth.Invitation{Role: auth.Admin, Name: name, By: audit.Actor{Type: audit.Operator}})
	if err != nil {
		s.t.Fatal(err)
	}
	d := authtest.NewDevice(home)
	p, err := s.answerJoin(token, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return p, d
}

// signs is the answer of a device to what it signs of an act.
func (s *staff) signs(a auth.StaffAct, d *authtest.Device) (auth.StaffAct, []byte) {
	s.t.Helper()
	a, err := s.people.DraftStaff(s.t.Context(), a)
	if err != nil {
		s.t.Fatal(err)
	}
	options, err := s.people.BeginStaff(s.t.Context(), a)
	if err != nil {
		s.t.Fatal(err)
	}
	credential, err := d.Get(options)
	if err != nil {
		s.t.Fatal(err)
	}
	return a, credential
}

// Of two admins who remove each other at once one stays, on either database; what
// an admin signed before their removal is not done after it, and nobody else's
// signature counts (L8: nobody but an admin touches an admin).
func TestStaff_OneAdminStays(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		ada, one := s.admin("Ada")
		bob, two := s.admin("Bob")
		eve, _, err := s.people.Invite(t.Context(), auth.Invitation{Role: auth.Agent, Name: "Eve"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.people.DraftStaff(t.Context(), auth.StaffAct{Verb: auth.RemoveStaff, By: eve.ID, Person: ada.ID})
		refused(t, err, approvals.CodeForbidden)
		if there, err := s.people.Deciders(t.Context()); err != nil || there != (auth.Deciders{Policy: 2}) {
			t.Fatalf("%+v, %v", there, err)
		}

		var acts [2]auth.StaffAct
		var signed [2][]byte
		acts[0], signed[0] = s.signs(auth.StaffAct{Verb: auth.RemoveStaff, By: ada.ID, Person: bob.ID}, one)
		acts[1], signed[1] = s.signs(auth.StaffAct{Verb: auth.RemoveStaff, By: bob.ID, Person: ada.ID}, two)
		_, _, err = s.people.Staff(t.Context(), acts[0], signed[1])
		refused(t, err, approvals.CodeProofWrong)
		acts[1], signed[1] = s.signs(acts[1], two)
		var errs [2]error
		var all sync.WaitGroup
		for i := range acts {
			all.Go(func() { _, _, errs[i] = s.people.Staff(t.Context(), acts[i], signed[i]) })
		}
		all.Wait()
		there, err := s.people.Deciders(t.Context())
		if err != nil || there.Policy != 1 || (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%d admins are left, %v; errors %v", there.Policy, err, errs)
		}
		left := ada.ID
		if errs[1] == nil {
			left = bob.ID
		}
		// Below the service, too.
		err = s.store.RemovePerson(t.Context(), auth.Removal{ID: left, Admin: left, At: s.now()})
		refused(t, err, approvals.CodeLastAdmin)
		gone := map[auth.PersonID]auth.PersonID{ada.ID: bob.ID, bob.ID: ada.ID}[left]
		refused(t, s.store.AddPerson(t.Context(), auth.NewPerson{Person: auth.Person{ID: auth.PersonID(newID()), Role: auth.Agent, Name: "Mal"}, Admin: gone}, audit.Event{}), approvals.CodeForbidden)
	})
}
