package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/jobs"
	"countersign/approvals/keyring"
	"countersign/approvals/risk"
)

// engine is the gateway without its doors: the service of package approvals on
// its real store, with River's inserts in the same transactions. Nothing works
// on the jobs.
type engine struct {
	url     string
	db      *approvaldb.DB
	parts   *approvaldb.Parts
	service *approvals.Service
	keys    *keyring.Keyring
	market  approvals.Marketplace
	callers string // tells the sellers of this engine from those of another

	hot    string            // the destination that many of its crowd named
	traits []approvals.Trait // that its crowd has in common
	sample []crowded         // some of its crowd
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// openEngine opens a migrated database. Its actions do not cool off.
func openEngine(ctx context.Context, url string, keys *keyring.Keyring) (*engine, error) {
	db, err := approvaldb.Open(ctx, url, approvaldb.Options{})
	if err != nil {
		return nil, err
	}
	queue, err := newQueue(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	e := &engine{url: url, db: db, keys: keys, callers: newID()}
	e.parts = approvaldb.New(db, approvaldb.Config{Sealer: keys, Enqueuer: noted{queue}, NewID: newID, Links: keys.Links()})
	e.service = &approvals.Service{
		Store: e.parts.Store, Reader: e.parts.Reader, Outbox: e.parts.Outbox,
		Policy: within(0),
		Links:  keys.Links(), FingerprintKey: keys.Fingerprints(), NewID: newID, Now: time.Now,
	}
	if err := e.register(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return e, nil
}

func newQueue(db *approvaldb.DB) (*jobs.Queue, error) {
	log := slog.New(slog.DiscardHandler)
	if db.Postgres() {
		return jobs.OnPostgres(db.Pool(), nil, log)
	}
	return jobs.OnSQLite(db.SQL(), nil, log)
}

// register finds the one marketplace of the database, or adds it with an
// endpoint that hears of what may be claimed.
func (e *engine) register(ctx context.Context) error {
	known, err := e.parts.Registry.Marketplaces(ctx)
	if err != nil || len(known) > 0 {
		if err == nil {
			e.market = known[0]
		}
		return err
	}
	e.market = approvals.Marketplace{ID: approvals.MarketplaceID(newID()), Name: "Bench", ReturnURLs: []string{returnURL}, CreatedAt: time.Now()}
	return e.parts.Registry.AddMarketplace(ctx, approvals.NewMarketplace{
		Marketplace: e.market, KeyHash: approvals.HashToken(newID()), KeyHint: "bench",
		Endpoint: &approvals.Endpoint{
			ID: newID(), Marketplace: e.market.ID, URL: "https://market.example/hook", Events: []string{"action.approved"},
			Keys: []approvals.EndpointKey{approvals.NewEndpointKey()},
		},
	})
}

// within is the policy compiled in, with a wait of 24 hours made this long and
// everything else as much shorter.
func within(wait time.Duration) *risk.Policy {
	return risk.Default().Scaled(max(wait.Hours()/24, 1e-9))
}

// waiting is e with actions that cool off for this long, or a multiple of it.
func (e *engine) waiting(wait time.Duration) *engine {
	other, service := *e, *e.service
	service.Policy = within(wait)
	other.service = &service
	return &other
}

func (e *engine) close() error { return e.db.Close() }

const (
	returnURL = "http://localhost:1/back"
	details   = `{"from":{"holder":"Anna Rossi","iban":"NL91ABNA0417164300"},"to":{"holder":"Anna Rossi","sort_code":"%s","account_number":"%s"}}`
)

// accountOf is a British account of this seller's own: sellers that share one are a
// ring, and wait for each other.
func accountOf(seller string) (sortCode, number string) {
	sum := sha256.Sum256([]byte(seller))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[:])%1_000_000), fmt.Sprintf("%08d", binary.BigEndian.Uint32(sum[4:])%100_000_000)
}

// contextOf is a computer of this seller's own: several changes in a day from one
// are a campaign, and wait for two people.
func contextOf(seller string, now time.Time) approvals.Context {
	sum := sha256.Sum256([]byte(seller))
	return approvals.Context{
		IP:        fmt.Sprintf("2001:db8:%x:%x::7", sum[:2], sum[2:4]),
		UserAgent: fmt.Sprintf("Mozilla/5.0 (%x)", sum[:8]), SessionStartedAt: now, LoginMethod: "password",
	}
}

// request asks for an action of the seller of this name.
func (e *engine) request(seller string) approvals.Request {
	now := time.Now()
	sortCode, number := accountOf(seller)
	key := approvals.SellerKey{Marketplace: e.market.ID, Seller: approvals.SellerID(seller)}
	return approvals.Request{
		Marketplace: e.market, Kind: approvals.PayoutAccountChange, Details: fmt.Appendf(nil, details, sortCode, number),
		Seller: approvals.Seller{
			SellerKey: key, Name: "Anna Rossi", Locale: "it", TimeZone: "Europe/Rome", Country: "IT",
			Contacts: []approvals.Contact{{Email: seller + "@sellers.example", Since: now}},
		},
		Context:   contextOf(seller, now),
		ReturnURL: returnURL,
	}
}

// proof is a made-up proof that the domain takes for one.
func (e *engine) proof(a approvals.Action, stage approvals.Stage) approvals.Proof {
	return approvals.Proof{
		ID: newID(), Action: a.ID, Generation: a.Generation, Stage: stage, Method: approvals.Passkey, Authenticator: newID(),
		Digest: a.Digest, UV: true, Spent: newID(), Evidence: evidence, At: time.Now(),
	}
}

// evidence is as long as that of a real proof.
var evidence = fmt.Appendf(nil, `{"origin":"https://gateway.example","filler":"%0900d"}`, 0)

// contender runs lifecycles by this many callers, a seller each.
func (e *engine) contender(name string, callers int) contender {
	var last atomic.Int64 // each turn has sellers of its own
	return contender{name, func(ctx context.Context, d time.Duration) (float64, error) {
		turn := last.Add(1)
		return drive(ctx, callers, d, func(ctx context.Context, caller int) error {
			return e.lifecycle(ctx, fmt.Sprintf("%s-%d-%d", e.callers, turn, caller))
		})
	}}
}
