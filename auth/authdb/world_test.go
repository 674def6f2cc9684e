package authdb_test

import (
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
)

const home = "https://approve.market.example"

var start = time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// world is a gateway's auth on a real database, with one seller and a clock.
type world struct {
	t      *testing.T
	db     *approvaldb.DB
	store  *authdb.Store
	auth   *auth.Service
	keys   *keyring.Keyring
	seller approvals.SellerKey

	onboarded time.Time // of sellers who enrol; the marketplace vouches for them

	mu    sync.Mutex
	clock time.Time
}

func newWorld(t *testing.T, db *approvaldb.DB) *world {
	t.Helper()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, store: authdb.New(db), keys: keys, onboarded: start, clock: start}
	w.parts(db)
	w.auth = w.node(w.store)
	exec(t, db, "INSERT INTO marketplaces (id, name, return_urls, created_at) VALUES (?, ?, ?, ?)", "market", "Market", "[]", approvaldb.At(start))
	w.seller = w.addSeller("s-1")
	return w
}

// parts is what a security notice is saved with.
func (w *world) parts(db *approvaldb.DB) *approvaldb.Parts {
	return approvaldb.New(db, approvaldb.Config{Sealer: w.keys, NewID: newID, Links: w.keys.Links()})
}

// node is one more gateway on the same database and keys.
func (w *world) node(store auth.Store) *auth.Service {
	w.t.Helper()
	s, err := auth.New(auth.Config{
		Store: store, Sealer: w.keys, RPID: "market.example", RPName: "Market", Origins: []string{home}, Issuer: "Market", NewID: newID, Now: w.now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// reopened is a gateway that starts on the same database after another one.
func (w *world) reopened() *auth.Service {
	w.t.Helper()
	url := "sqlite:" + w.db.Path()
	if w.db.Postgres() {
		url = w.db.Pool().Config().ConnString()
	}
	db, err := approvaldb.Open(w.t.Context(), url, approvaldb.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	w.parts(db)
	return w.node(authdb.New(db))
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func exec(t *testing.T, db *approvaldb.DB, sql string, args ...any) {
	t.Helper()
	if err := try(t, db, sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func try(t *testing.T, db *approvaldb.DB, sql string, args ...any) error {
	t.Helper()
	return db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec(sql, args...).Error })
}

func (w *world) addSeller(id string) approvals.SellerKey {
	w.t.Helper()
	exec(w.t, w.db, "INSERT INTO sellers (marketplace, id, name, locale, time_zone, country, locked, lock_epoch, created_at)"+
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", "market", id, "Ada", "en", "UTC", "GB", false, 0, approvaldb.At(start))
	return approvals.SellerKey{Marketplace: "market", Seller: approvals.SellerID(id)}
}

// action adds an action of the seller's, of a kind of its own, and returns a
// subject about it.
func (w *world) action() auth.Subject {
	w.t.Helper()
	sub := auth.Subject{
		Seller: w.seller, Action: approvals.ActionID(newID()), Generation: 1, Stage: approvals.StageStepUp,
		Digest: sha256.Sum256([]byte(newID())),
	}
	err := w.db.InTx(w.t.Context(), func(tx *approvaldb.Tx) error {
		at := approvaldb.At(start)
		by := approvaldb.At(start.Add(24 * time.Hour))
		if err := tx.Table("actions").Create(map[string]any{
			"id": string(sub.Action), "marketplace": "market", "seller": string(w.seller.Seller), "kind": string(sub.Action), "reference": "",
			"details": []byte("{}"), "digest": sub.Digest[:], "fingerprint": "f", "context": "{}", "return_url": "", "created_at": at,
			"state": "awaiting_step_up", "generation": 1, "lock_epoch": 0, "decision": "{}", "wait": 0, "step_up_by": by,
			"confirm_serial": 0, "resends": 0, "version": 1, "moved_at": at, "due_at": by,
		}).Error; err != nil {
			return err
		}
		return tx.Record(audit.Event{
			ID: newID(), Marketplace: "market", Seller: string(w.seller.Seller), Action: string(sub.Action), Version: 1, Generation: 1,
			Verb: "create", To: "awaiting_step_up", Actor: audit.Actor{Type: audit.System}, At: start,
		})
	})
	if err != nil {
		w.t.Fatalf("add action: %v", err)
	}
	return sub
}

func (w *world) enrolApp(key approvals.SellerKey) *authtest.App {
	w.t.Helper()
	e, err := w.auth.BeginCodeEnrolment(w.t.Context(), key, "ada")
	if err != nil {
		w.t.Fatal(err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.auth.FinishCodeEnrolment(w.t.Context(), key, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.now()), Onboarded: w.onboarded}); err != nil {
		w.t.Fatal(err)
	}
	return app
}

func (w *world) enrol(key approvals.SellerKey, d *authtest.Device, lies ...authtest.Lie) (auth.Authenticator, error) {
	w.t.Helper()
	options, err := w.auth.BeginPasskeyEnrolment(w.t.Context(), key, "Ada")
	if err != nil {
		w.t.Fatal(err)
	}
	credential, err := d.Create(options, lies...)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.auth.FinishPasskeyEnrolment(w.t.Context(), key, auth.PasskeyAnswer{Name: "Phone", Credential: credential, Onboarded: w.onboarded})
}

// events counts the audit lines with this verb.
func (w *world) events(verb string) int {
	w.t.Helper()
	var n int
	if err := w.db.Read(w.t.Context()).Raw("SELECT count(*) FROM events WHERE verb = ?", verb).Scan(&n).Error; err != nil {
		w.t.Fatal(err)
	}
	return n
}

func is(err error, code approvals.Code) bool { return errors.Is(err, approvals.Refuse(code)) }

func refused(t *testing.T, err error, code approvals.Code) {
	t.Helper()
	if !is(err, code) {
		t.Fatalf("got %v, want %s", err, code)
	}
}
