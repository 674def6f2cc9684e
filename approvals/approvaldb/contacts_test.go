package approvaldb_test

import (
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// TestContacts_NobodyWhoAgrees: the address of a person who approves becomes none of
// the seller's, whatever an executed contact.change says. The rule that keeps its
// notices as they were is dropped for this.
func TestContacts_NobodyWhoAgrees(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	asked, person := w.Asked(t)
	r := w.Request(asked.SellerKey())
	r.Kind = approvals.ContactChange
	r.Details = []byte(`{"from":{"email":"` + asked.Contacts[0].Email + `"},"to":{"email":"new@example.net"}}`)
	a, err := w.Service.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	a = w.DriveOn(t, a, approvals.AwaitingConfirmation)
	if _, err := w.Service.VerifyContact(t.Context(), a.Key(), approvals.HashToken(w.Keys.Links().Token(approvals.VerifyLink, a.ID, 1))); err != nil {
		t.Fatal(err)
	}
	if a, err = w.Service.Confirm(t.Context(), a.Key(), w.ConfirmLink(a), w.Proof(a, approvals.StageConfirmation)); err != nil || a.State != approvals.Executed {
		t.Fatalf("%s, %v", a.State, err)
	}
	become := func(email string) error {
		return attempt(t, w, func(tx *approvaldb.Tx) error {
			tx.Exec("DROP TRIGGER notices_frozen")
			tx.Exec("UPDATE notices SET email = ? WHERE action = ? AND role = 'new'", email, string(a.ID))
			return tx.Exec("INSERT INTO contacts (marketplace, seller, email, position, since) VALUES (?, ?, ?, 9, ?)",
				string(a.Marketplace), string(a.Seller), email, approvaldb.At(a.MovedAt)).Error
		})
	}
	if err := become("another@example.net"); err != nil {
		t.Fatalf("anybody's: %v", err)
	}
	if err := become(strings.ToUpper(person.Email)); err == nil || !strings.Contains(err.Error(), "contacts_added") {
		t.Errorf("the address of who approves: %v", err)
	}
}
