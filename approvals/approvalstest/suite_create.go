package approvalstest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

func createKeepsEverything(t *testing.T, w *World) {
	w.Clock.Set(w.Clock.Now().Add(123456789 * time.Nanosecond)) // the store keeps microseconds
	request := w.Request(w.SellerKey(1))
	request.Answer = func(a approvals.Action) (*approvals.Answer, error) {
		return &approvals.Answer{Marketplace: a.Marketplace, Key: "k-1", RequestHash: "h", Action: a.ID, Status: 201, Body: []byte("body"), At: w.Clock.Now()}, nil
	}
	a, err := w.Service.Create(ctx, request)
	ok(t, err)
	same(t, "the action as read", w.Read(t, a), a)
	if a.CreatedAt.Nanosecond()%1000 != 0 || a.CreatedAt.Location() != time.UTC {
		t.Errorf("created at %v, want microseconds in UTC", a.CreatedAt)
	}
	if digest, err := approvals.ComputeDigest(w.Read(t, a)); err != nil || digest != a.Digest {
		t.Errorf("the digest of the stored action is %v, %v, want %v", digest, err, a.Digest)
	}
	seller, err := w.Parts.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	if seller.Name != "Anna Rossi" || len(seller.Contacts) != 2 || seller.Contacts[0].Email != "seller-1@example.com" {
		t.Errorf("seller as read: %+v", seller)
	}
	same(t, "what was written", w.footprint(t), map[string]int{
		"sellers": 1, "contacts": 2, "actions": 1, "events": 2, "notices": 2, "proofs": 0, "links": 2, "claims": 0,
		"mails": 2, "security_notices": 0, "notice_mails": 0, "deliveries": 1, "announcements": 1, "cases": 0, "answers": 1, "sightings": 1, "pushes": 0, "push_attempts": 0, "test_jobs": 3,
		"destinations": 1, "destination_sellers": 1, "payout_accounts": 0, "traits": 7, "seller_places": 0,
	})
	var sealed []byte
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT details FROM actions").Scan(&sealed))
	if bytes.Contains(sealed, []byte("GB33")) || bytes.Contains(sealed, []byte("Rossi")) {
		t.Error("details are stored in clear")
	}
}

func createOneOpen(t *testing.T, w *World) {
	a := w.Create(t)
	_, err := w.Service.Create(ctx, w.Request(a.SellerKey()))
	refused(t, err, approvals.CodeOpen)
	if n := w.count(t, "actions"); n != 1 {
		t.Errorf("%d actions, want 1", n)
	}
	// The index holds it too, whatever a plan says.
	_, err = w.Parts.Store.Create(ctx, approvals.Look{Seller: a.SellerKey(), Kind: a.Kind, Now: w.Clock.Now()}, func(seller approvals.Seller, open *approvals.Action, _ approvals.Signals) (approvals.Creation, error) {
		if open == nil || open.ID != a.ID {
			t.Errorf("the plan sees %v as open, want %s", open, a.ID)
		}
		c, err := w.propose(seller)
		return approvals.Creation{Seller: seller, New: c}, err
	})
	refused(t, err, approvals.CodeOpen)
}

// propose makes the change that creates an action.
func (w *World) propose(seller approvals.Seller) (approvals.Change, error) {
	d := approvals.Draft{
		ID: approvals.ActionID(NewID()), Kind: approvals.PayoutAccountChange, Details: []byte(Details), Fingerprint: "f", ReturnURL: w.Marketplace.ReturnURLs[0],
	}
	return w.sealed(approvals.Propose(d, seller, DefaultWaits.Decide(approvals.Facts{}), w.Clock.Now()))
}

func createSupersedes(t *testing.T, w *World) {
	old := w.Drive(t, approvals.CoolingOff)
	request := w.Request(old.SellerKey())
	request.Supersede = true
	a, err := w.Service.Create(ctx, request)
	ok(t, err)
	if a.State != approvals.AwaitingStepUp || len(a.Proofs) != 0 {
		t.Errorf("the new action is %s with %d proofs, want a fresh start", a.State, len(a.Proofs))
	}
	old = w.Read(t, old)
	if old.State != approvals.Cancelled || old.Cancel != approvals.Superseded {
		t.Errorf("the old action is %s %s, want cancelled superseded", old.State, old.Cancel)
	}
}

func createDestinationFirst(t *testing.T, w *World) {
	a := w.Create(t)
	before := w.count(t, "sightings")
	request := w.Request(a.SellerKey())
	request.Details = []byte(OtherDetails)
	_, err := w.Service.Create(ctx, request)
	refused(t, err, approvals.CodeOpen)
	if n := w.count(t, "sightings"); n != before+1 {
		t.Errorf("%d sightings after a refused request, want %d", n, before+1)
	}
	w.Drive(t, approvals.Denied)
	if n := w.count(t, "sightings"); n != before+2 {
		t.Errorf("%d sightings after a denied action, want %d", n, before+2)
	}
}

func createLocked(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Cancelled)
	_, err := w.Service.Lock(ctx, a.SellerKey(), approvals.LockMarketplace, "", a.SellerActor())
	ok(t, err)
	held, err := w.Service.Create(ctx, w.Request(a.SellerKey()))
	ok(t, err)
	if held.State != approvals.Held || held.Hold != approvals.HoldLocked || held.LockEpoch != 1 {
		t.Errorf("created %s %s with epoch %d, want held seller_locked with epoch 1", held.State, held.Hold, held.LockEpoch)
	}
}

func createUnknownMarketplace(t *testing.T, w *World) {
	request := w.Request(approvals.SellerKey{Marketplace: "nobody", Seller: "s"})
	_, err := w.Service.Create(ctx, request)
	refused(t, err, approvals.CodeNotFound)
	if n := w.count(t, "sellers"); n != 0 {
		t.Errorf("%d sellers were left behind", n)
	}
}

func createRefusedPlan(t *testing.T, w *World) {
	before := w.footprint(t)
	stop := errors.New("stop")
	request := w.Request(w.SellerKey(1))
	request.Answer = func(approvals.Action) (*approvals.Answer, error) { return nil, stop }
	if _, err := w.Service.Create(ctx, request); !errors.Is(err, stop) {
		t.Errorf("got %v, want the plan's own error", err)
	}
	same(t, "what is stored", w.footprint(t), before)
}

// createContacts: another address in a later call replaces nothing (THREATS B3).
// It is told of nothing, and a contact.change waits for both addresses.
func createContacts(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Cancelled)
	request := w.Request(a.SellerKey())
	request.Seller.Contacts = []approvals.Contact{{Email: "thief@example.net"}}
	request.Seller.Name = "Anna R."
	w.Clock.Advance(time.Hour)
	b, err := w.Service.Create(ctx, request)
	ok(t, err)
	var told []string
	for _, n := range b.Contacts {
		told = append(told, n.Email)
	}
	same(t, "contacts of the snapshot, oldest first", told, []string{"seller-1@example.com", "seller-1@example.org"})
	seller, err := w.Parts.Reader.Seller(ctx, a.SellerKey())
	ok(t, err)
	if seller.Name != "Anna R." || len(seller.Contacts) != 2 || !seller.CreatedAt.Equal(a.CreatedAt) {
		t.Errorf("seller as read: %+v", seller)
	}
	request.Supersede = true
	_, err = w.Service.Create(ctx, request)
	ok(t, err)
	followed, err := w.Parts.Reader.Actions(ctx, approvals.Query{Marketplace: a.Marketplace, Seller: a.Seller, Kind: approvals.ContactChange, Limit: 10})
	ok(t, err)
	if len(followed) != 1 || followed[0].State != approvals.AwaitingStepUp {
		t.Fatalf("%d changes of contact, want the one that the first call began", len(followed))
	}
	swap, _ := approvals.ContactsOf(followed[0])
	same(t, "what it changes", swap, approvals.ContactSwap{From: approvals.EmailAddress{Email: "seller-1@example.com"}, To: approvals.EmailAddress{Email: "thief@example.net"}})
}
