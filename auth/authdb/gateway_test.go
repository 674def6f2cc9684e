package authdb_test

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
)

// gateway is actions and proofs together, on a real database: what an action
// about an authenticator does, and what its proofs are good for.
type gateway struct {
	*approvalstest.World
	t      *testing.T
	store  *authdb.Store
	auth   *auth.Service
	seller approvals.SellerKey
}

func newGateway(t *testing.T, db *approvaldb.DB) *gateway {
	t.Helper()
	w := approvalstest.Service(t, db, approvalstest.NewClock(), func(c *approvaldb.Config) { c.Effect = authdb.Effect })
	g := &gateway{World: w, t: t, store: authdb.New(db)}
	var err error
	g.auth, err = auth.New(auth.Config{
		Store: g.store, Approvers: g.store, Sealer: w.Keys, RPID: "market.example", RPName: "Market", Origins: []string{home}, Issuer: "Market",
		NewID: newID, Now: w.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.seller = g.newSeller()
	return g
}

// newSeller is a seller the gateway knows from a change that came to nothing.
func (g *gateway) newSeller() approvals.SellerKey {
	g.t.Helper()
	a := g.Create(g.t)
	g.DriveOn(g.t, a, approvals.Cancelled)
	return a.SellerKey()
}

// passkey gives the seller a first authenticator, vouched for.
func (g *gateway) passkey() *authtest.Device { return g.firstPasskey(g.Clock.Now()) }

// firstPasskey is a first authenticator of a seller who was onboarded then.
func (g *gateway) firstPasskey(onboarded time.Time) *authtest.Device {
	g.t.Helper()
	d := authtest.NewDevice(home)
	options, err := g.auth.BeginPasskeyEnrolment(g.t.Context(), g.seller, "Anna")
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := d.Create(options)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.auth.FinishPasskeyEnrolment(g.t.Context(), g.seller, auth.PasskeyAnswer{Credential: made, Onboarded: onboarded}); err != nil {
		g.t.Fatal(err)
	}
	return d
}

// app gives the seller a first authenticator, an app, vouched for.
func (g *gateway) app() *authtest.App { return g.firstApp(g.Clock.Now()) }

func (g *gateway) firstApp(onboarded time.Time) *authtest.App {
	g.t.Helper()
	e, err := g.auth.BeginCodeEnrolment(g.t.Context(), g.seller, "anna")
	if err != nil {
		g.t.Fatal(err)
	}
	app, answer := g.scan(e)
	answer.Onboarded = onboarded
	if _, err := g.auth.FinishCodeEnrolment(g.t.Context(), g.seller, answer); err != nil {
		g.t.Fatal(err)
	}
	return app
}

func (g *gateway) scan(e auth.CodeEnrolment) (*authtest.App, auth.CodeAnswer) {
	g.t.Helper()
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		g.t.Fatal(err)
	}
	return app, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(g.Clock.Now()), Name: "App"}
}

// addPasskey makes one more passkey, pending.
func (g *gateway) addPasskey() (*authtest.Device, auth.Authenticator) {
	g.t.Helper()
	d := authtest.NewDevice(home)
	options, err := g.auth.BeginPasskeyAdd(g.t.Context(), g.seller, "Anna")
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := d.Create(options)
	if err != nil {
		g.t.Fatal(err)
	}
	a, err := g.auth.FinishPasskeyAdd(g.t.Context(), g.seller, auth.PasskeyAnswer{Credential: made, Name: "Laptop"})
	if err != nil {
		g.t.Fatal(err)
	}
	return d, a
}

// addApp makes one more app, pending.
func (g *gateway) addApp() (*authtest.App, auth.Authenticator) {
	g.t.Helper()
	e, err := g.auth.BeginCodeAdd(g.t.Context(), g.seller, "anna")
	if err != nil {
		g.t.Fatal(err)
	}
	app, answer := g.scan(e)
	a, err := g.auth.FinishCodeAdd(g.t.Context(), g.seller, answer)
	if err != nil {
		g.t.Fatal(err)
	}
	return app, a
}

// about asks for an action of this kind about an authenticator.
func (g *gateway) about(k approvals.Kind, ref approvals.AuthenticatorRef) (approvals.Action, error) {
	g.t.Helper()
	details, err := json.Marshal(map[string]any{"authenticator": ref})
	if err != nil {
		g.t.Fatal(err)
	}
	r := g.Request(g.seller)
	r.Kind, r.Details, r.BySeller = k, details, true
	return g.Service.Create(g.t.Context(), r)
}

func refOf(a auth.Authenticator) approvals.AuthenticatorRef {
	return approvals.AuthenticatorRef{ID: a.ID, Method: a.Method, Name: a.Name}
}

func (g *gateway) mustAbout(k approvals.Kind, about auth.Authenticator) approvals.Action {
	g.t.Helper()
	a, err := g.about(k, refOf(about))
	if err != nil {
		g.t.Fatalf("%s: %v", k, err)
	}
	return a
}

// prover makes a proof of this stage of an action, or is refused.
type prover func(a approvals.Action, stage approvals.Stage) (approvals.Proof, error)

func (g *gateway) with(d *authtest.Device) prover {
	return func(a approvals.Action, stage approvals.Stage) (approvals.Proof, error) {
		sub := auth.SubjectOf(a, stage)
		options, err := g.auth.BeginPasskey(g.t.Context(), sub)
		if err != nil {
			return approvals.Proof{}, err
		}
		answer, err := d.Get(options)
		if err != nil {
			return approvals.Proof{}, err
		}
		return g.auth.ProvePasskey(g.t.Context(), sub, answer)
	}
}

func (g *gateway) withCode(app *authtest.App) prover {
	return func(a approvals.Action, stage approvals.Stage) (approvals.Proof, error) {
		g.Clock.Advance(time.Minute) // a code of its own
		return g.auth.ProveCode(g.t.Context(), auth.SubjectOf(a, stage), app.Code(g.Clock.Now()))
	}
}

// stepUp proves an action and lets its notices be accepted.
func (g *gateway) stepUp(a approvals.Action, prove prover) approvals.Action {
	g.t.Helper()
	p, err := prove(a, approvals.StageStepUp)
	if err != nil {
		g.t.Fatalf("step up: %v", err)
	}
	if a, err = g.Service.StepUp(g.t.Context(), a.Key(), p); err != nil {
		g.t.Fatalf("step up: %v", err)
	}
	return g.AcceptNotices(g.t, a)
}

// confirm opens the window at its time and proves the action again.
func (g *gateway) confirm(a approvals.Action, prove prover) (approvals.Action, error) {
	g.t.Helper()
	if a.State == approvals.CoolingOff {
		a = g.Pass(g.t, a)
	}
	p, err := prove(a, approvals.StageConfirmation)
	if err != nil {
		return a, err
	}
	return g.Service.Confirm(g.t.Context(), a.Key(), g.ConfirmLink(a), p)
}

// now is the authenticator as it is stored.
func (g *gateway) now(a auth.Authenticator) auth.Authenticator {
	g.t.Helper()
	list, err := g.auth.Authenticators(g.t.Context(), a.Seller)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, one := range list {
		if one.ID == a.ID {
			return one
		}
	}
	g.t.Fatalf("authenticator %s is gone", a.ID)
	return a
}
