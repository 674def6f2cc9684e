package auth_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authtest"
)

const home = "https://approve.market.example"

var seller = approvals.SellerKey{Marketplace: "market", Seller: "s-1"}

// world is a service on a store without a database, with a clock to turn.
type world struct {
	t     *testing.T
	auth  *auth.Service
	store *memory
	clock time.Time

	onboarded time.Time // of sellers who enrol; the marketplace vouches for them
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: newMemory(), clock: time.Date(2026, 11, 23, 9, 0, 7, 0, time.UTC)}
	w.onboarded = w.clock
	w.auth = w.service(w.store)
	return w
}

func (w *world) config(store auth.Store) auth.Config {
	keys, err := keyring.New()
	if err != nil {
		w.t.Fatal(err)
	}
	return auth.Config{
		Store: store, Sealer: keys, RPID: "market.example", RPName: "Market", Origins: []string{home},
		Issuer: "Market", NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Now: func() time.Time { return w.clock },
	}
}

func (w *world) service(store auth.Store) *auth.Service {
	s, err := auth.New(w.config(store))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) pass(d time.Duration) { w.clock = w.clock.Add(d) }

func subject(action string) auth.Subject {
	return auth.Subject{
		Seller: seller, Action: approvals.ActionID(action), Generation: 1, Stage: approvals.StageStepUp,
		Digest: sha256.Sum256([]byte(action)),
	}
}

// enrol gives the seller a passkey on this device.
func (w *world) enrol(key approvals.SellerKey, d *authtest.Device) auth.Authenticator {
	w.t.Helper()
	a, err := w.tryEnrol(key, d)
	if err != nil {
		w.t.Fatalf("enrol: %v", err)
	}
	return a
}

func (w *world) tryEnrol(key approvals.SellerKey, d *authtest.Device, lies ...authtest.Lie) (auth.Authenticator, error) {
	w.t.Helper()
	options, err := w.auth.BeginPasskeyEnrolment(w.t.Context(), key, "Ada Seller")
	if err != nil {
		return auth.Authenticator{}, err
	}
	credential, err := d.Create(options, lies...)
	if err != nil {
		w.t.Fatalf("create: %v", err)
	}
	return w.auth.FinishPasskeyEnrolment(w.t.Context(), key, auth.PasskeyAnswer{Name: "Phone", Credential: credential, Onboarded: w.onboarded})
}

// assertion answers a fresh challenge about sub.
func (w *world) assertion(sub auth.Subject, d *authtest.Device, lies ...authtest.Lie) []byte {
	w.t.Helper()
	options, err := w.auth.BeginPasskey(w.t.Context(), sub)
	if err != nil {
		w.t.Fatalf("begin: %v", err)
	}
	credential, err := d.Get(options, lies...)
	if err != nil {
		w.t.Fatalf("get: %v", err)
	}
	return credential
}

func (w *world) prove(sub auth.Subject, d *authtest.Device, lies ...authtest.Lie) (approvals.Proof, error) {
	w.t.Helper()
	return w.auth.ProvePasskey(w.t.Context(), sub, w.assertion(sub, d, lies...))
}

// enrolApp gives the seller an authenticator app.
func (w *world) enrolApp(key approvals.SellerKey) *authtest.App {
	w.t.Helper()
	return w.enrolAppOn(key, auth.DeviceAnswer{})
}

// enrolAppOn is enrolApp in a browser with a key of its own.
func (w *world) enrolAppOn(key approvals.SellerKey, on auth.DeviceAnswer) *authtest.App {
	w.t.Helper()
	e, err := w.auth.BeginCodeEnrolment(w.t.Context(), key, "ada@shop.example")
	if err != nil {
		w.t.Fatalf("begin: %v", err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.auth.FinishCodeEnrolment(w.t.Context(), key, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.clock), Onboarded: w.onboarded, Device: on}); err != nil {
		w.t.Fatalf("finish: %v", err)
	}
	return app
}

// refused fails unless err is a refusal with this code.
func refused(t *testing.T, err error, code approvals.Code) *approvals.Error {
	t.Helper()
	e, ok := errors.AsType[*approvals.Error](err)
	if !ok || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return e
}

// reasons lists why the store was told answers were refused.
func (w *world) reasons() string {
	var list []string
	for _, e := range w.store.events {
		if e.Verb == "proof_refused" || e.Verb == "enrolment_refused" {
			list = append(list, e.Data["reason"])
		}
	}
	return strings.Join(list, " ")
}

func (w *world) verbs() string {
	var list []string
	for _, e := range w.store.events {
		list = append(list, e.Verb)
	}
	return fmt.Sprint(slices.Compact(list))
}
