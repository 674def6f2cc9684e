package authdb_test

import (
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authtest"
)

// An account is one person's, and a person has one; an answer is taken once, by one
// of many. What the code never does the schema refuses.
func TestPeople_Accounts(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		ada, _ := s.admin("Ada")
		bob, _ := s.admin("Bob")
		dev := s.join("Dev", authtest.NewDevice(home))
		link := func(who auth.PersonID, subject string) error {
			return s.store.Link(t.Context(), auth.Linking{
				Person: who, Account: auth.Account{Issuer: "https://login.example", Subject: subject}, At: s.now(),
				Event: audit.Event{ID: newID(), Verb: "person_linked", Actor: ada.Actor(), At: s.now()},
			})
		}
		if err := link(ada.ID, "1"); err != nil {
			t.Fatal(err)
		}
		refused(t, link(bob.ID, "1"), approvals.CodeAlreadyEnrolled)
		refused(t, link(ada.ID, "2"), approvals.CodeAlreadyEnrolled)
		if err := link(dev.ID, "3"); err == nil {
			t.Error("a developer is linked")
		}
		for name, sql := range map[string]string{
			"another account": "UPDATE people_sign_ons SET subject = '9'",
			"another person":  "UPDATE people_sign_ons SET person = '" + string(bob.ID) + "'",
			"nobody's":        "INSERT INTO people_sign_ons (person, issuer, subject, linked_at) SELECT '" + string(bob.ID) + "', issuer, '', linked_at FROM people_sign_ons",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		var first [8]bool
		var all sync.WaitGroup
		for n := range first {
			all.Go(func() { first[n], _ = s.store.TakeAnswer(t.Context(), [32]byte{1}, s.now().Add(time.Hour)) })
		}
		all.Wait()
		taken := 0
		for _, one := range first {
			if one {
				taken++
			}
		}
		if taken != 1 {
			t.Errorf("an answer was taken %d times", taken)
		}
		s.pass(time.Hour)
		if _, err := s.people.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again, err := s.store.TakeAnswer(t.Context(), [32]byte{1}, s.now().Add(time.Hour)); err != nil || !again {
			t.Errorf("an old answer is still remembered: %v", err)
		}
		if err := s.people.Unlink(t.Context(), ada.ID, audit.Actor{Type: audit.Operator}); err != nil {
			t.Fatal(err)
		}
		refused(t, s.people.Unlink(t.Context(), ada.ID, audit.Actor{Type: audit.Operator}), approvals.CodeNotFound)
		if err := link(bob.ID, "1"); err != nil {
			t.Fatal(err)
		}
		if err := s.people.Remove(t.Context(), bob.ID, audit.Actor{Type: audit.Operator}); err != nil {
			t.Fatal(err)
		}
		if err := link(bob.ID, "4"); err == nil {
			t.Error("somebody who was removed is linked")
		}
		if err := link(ada.ID, "1"); err != nil {
			t.Errorf("the account of somebody who was removed: %v", err)
		}
	})
}
