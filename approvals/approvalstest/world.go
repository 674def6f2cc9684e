package approvalstest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// World is a service on a real database, with a clock that the test moves, one
// marketplace, and keys of its own.
type World struct {
	DB          *approvaldb.DB
	Parts       *approvaldb.Parts
	Service     *approvals.Service
	Clock       *Clock
	Keys        *keyring.Keyring
	Jobs        *Jobs
	Marketplace approvals.Marketplace
	// APIKeyHash is what the marketplace's API key hashes to.
	APIKeyHash [32]byte

	sellers atomic.Int64
}

// NewID returns a fresh UUIDv7.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Keys returns a fresh keyring.
func Keys(t testing.TB) *keyring.Keyring {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Service wires a service to db, which must be migrated and without
// marketplaces. A broken assertion fails the test. configure may change what the
// database's parts are made with.
func Service(t testing.TB, db *approvaldb.DB, clock *Clock, configure ...func(*approvaldb.Config)) *World {
	t.Helper()
	keys := Keys(t)
	w := &World{DB: db, Clock: clock, Keys: keys, Jobs: newJobs(t, db)}
	config := approvaldb.Config{Sealer: keys, Enqueuer: w.Jobs, NewID: NewID, Links: keys.Links()}
	for _, change := range configure {
		change(&config)
	}
	w.Parts = approvaldb.New(db, config)
	w.Service = &approvals.Service{
		Store: w.Parts.Store, Reader: w.Parts.Reader, Outbox: w.Parts.Outbox, Notices: w.Parts.Notices, Policy: DefaultWaits,
		Links: keys.Links(), FingerprintKey: keys.Fingerprints(), HumanDelay: approvals.DefaultHumanDelay,
		NewID: NewID, Now: clock.Now,
		Broken: func(_ context.Context, where string) { t.Errorf("broken assertion: %s", where) },
	}
	w.Service.Handoffs, w.Service.Signals, w.Service.Recoveries = w.Parts.Store, w.Parts.Reader, w.Parts.Recoveries
	w.Marketplace, w.APIKeyHash = w.AddMarketplace(t, "acme")
	w.Parts.Waker.Sends = []approvals.PushRoute{{Marketplace: w.Marketplace.ID, Route: PushRoute}}
	return w
}

// EndpointKey is the key of the endpoints that AddMarketplace makes.
func EndpointKey() approvals.EndpointKey {
	return approvals.EndpointKey{Secret: []byte("0123456789abcdef0123456789abcdef"), Seed: []byte("fedcba9876543210fedcba9876543210")}
}

// AddMarketplace registers a marketplace with one endpoint that hears of
// everything, and returns it with the hash of its API key.
func (w *World) AddMarketplace(t testing.TB, id string) (approvals.Marketplace, [32]byte) {
	t.Helper()
	m := approvals.Marketplace{
		ID: approvals.MarketplaceID(id), Name: "Marketplace " + id, CreatedAt: w.Clock.Now(),
		ReturnURLs: []string{"https://" + id + ".example/back"},
	}
	hash := approvals.HashToken("sk_test_" + id)
	err := w.Parts.Registry.AddMarketplace(context.Background(), approvals.NewMarketplace{
		Marketplace: m, KeyHash: hash, KeyHint: "sk_test_…" + id,
		Endpoint: &approvals.Endpoint{ID: NewID(), URL: "https://" + id + ".example/hooks", Keys: []approvals.EndpointKey{EndpointKey()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, hash
}

// Details are the details of the action that Request asks for.
const Details = `{"from":{"holder":"Anna Rossi","iban":"NL91ABNA0417164300"},"to":{"holder":"Anna Rossi","iban":"GB33BUKB20201555555555"}}`

// OtherDetails are valid and not what was asked for.
const OtherDetails = `{"from":{"holder":"Anna Rossi","iban":"NL91ABNA0417164300"},"to":{"holder":"Anna Rossi","iban":"DE89370400440532013000"}}`

// SellerKey names the n-th seller of the marketplace.
func (w *World) SellerKey(n int64) approvals.SellerKey {
	return approvals.SellerKey{Marketplace: w.Marketplace.ID, Seller: approvals.SellerID(fmt.Sprintf("seller-%d", n))}
}

// Request asks for an action of this seller, who has two contacts.
func (w *World) Request(key approvals.SellerKey) approvals.Request {
	now := w.Clock.Now()
	return approvals.Request{
		Marketplace: w.Marketplace, Kind: approvals.PayoutAccountChange, Details: []byte(Details),
		Seller: approvals.Seller{
			SellerKey: key, Name: "Anna Rossi", Locale: "it", TimeZone: "Europe/Rome", Country: "IT",
			Contacts: []approvals.Contact{{Email: string(key.Seller) + "@example.com", Since: now}, {Email: string(key.Seller) + "@example.org", Since: now}},
		},
		Context:   approvals.Context{IP: "192.0.2.7", UserAgent: "Mozilla/5.0", SessionStartedAt: now, LoginMethod: "password"},
		ReturnURL: w.Marketplace.ReturnURLs[0],
		Metadata:  []byte(`{"ticket":"T-1"}`),
	}
}

// Create makes an action of a new seller.
func (w *World) Create(t testing.TB) approvals.Action {
	t.Helper()
	a, err := w.Service.Create(context.Background(), w.Request(w.SellerKey(w.sellers.Add(1))))
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return a
}

// Proof returns a fresh proof by passkey for this stage of a, made now.
func (w *World) Proof(a approvals.Action, stage approvals.Stage) approvals.Proof {
	return approvals.Proof{
		ID: NewID(), Action: a.ID, Generation: a.Generation, Stage: stage, Method: approvals.Passkey, Authenticator: NewID(),
		Digest: a.Digest, UV: true, Spent: "challenge/" + NewID(), Evidence: []byte(`{"origin":"https://gateway.example"}`), At: w.Clock.Now(),
	}
}
