package seller_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
	"countersign/templates"
	"countersign/web/seller"
	"countersign/web/session"
)

// home is the gateway's public URL. The tests' server listens elsewhere and is
// told that host, as behind a proxy.
const home = "https://approve.market.example"

// gateway is the pages over a real database, real domain and real proofs. The
// seller's devices are software, the clock is turned by hand.
type gateway struct {
	*approvalstest.World
	t        *testing.T
	db       *approvaldb.DB
	auth     *auth.Service
	rows     auth.SessionStore
	sessions *session.Store
	config   seller.Config
	server   *httptest.Server
	log      lines
	made     int64
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	db := approvalstest.OpenSQLite(t)
	g := &gateway{World: approvalstest.Service(t, db, approvalstest.NewClock(), func(c *approvaldb.Config) { c.Effect = authdb.Effect }), t: t, db: db}
	store := authdb.New(db)
	g.rows = store
	var err error
	g.auth, err = auth.New(auth.Config{
		Store: store, Approvers: store, Sealer: g.Keys, RPID: "market.example", RPName: "Market", Origins: []string{home},
		Issuer: "Market", NewID: approvalstest.NewID, Now: g.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.sessions, err = session.New(session.Config{
		Rows: g.rows, Keys: g.Keys.Cookies, Secure: true, Now: g.Clock.Now, Log: slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	g.config = seller.Config{
		Approvals: g.Service, Auth: g.auth, Sessions: g.sessions, Registry: g.Parts.Registry, Cases: g.Parts.Cases, Events: g.Parts.Reader,
		Pages: pages, PublicURL: home, Help: "https://market.example/help", Dwell: seller.DefaultDwell,
	}
	g.serve()
	return g
}

// renderer is the pages' words and markup, parsed once for all tests.
var renderer = sync.OnceValues(func() (*templates.Renderer, error) {
	return templates.New(templates.Config{
		PasskeyDomain: "market.example", Typed: map[templates.Locale]string{templates.EN: "market.example/security"},
	})
})

// serve starts a server with the present configuration.
func (g *gateway) serve() {
	g.server = httptest.NewServer(g.front(seller.New(g.config)))
	g.t.Cleanup(g.server.Close)
}

// token is the token of the newest link of this purpose.
func (g *gateway) token(p approvals.Purpose, a approvals.Action) string {
	serial := 1
	if p == approvals.ConfirmLink {
		serial = a.ConfirmSerial
	}
	return g.Service.Links.Token(p, a.ID, serial)
}

// reload reads an action again.
func (g *gateway) reload(a approvals.Action) approvals.Action {
	g.t.Helper()
	now, err := g.Service.Reader.Action(g.t.Context(), a.Key())
	if err != nil {
		g.t.Fatal(err)
	}
	return now
}

// state fails the test unless a is in this state.
func (g *gateway) state(a approvals.Action, want approvals.State) approvals.Action {
	g.t.Helper()
	now := g.reload(a)
	if now.State != want {
		g.t.Fatalf("action is %s, want %s", now.State, want)
	}
	return now
}

// nextStep lets the authenticator app show another code.
func (g *gateway) nextStep() { g.Clock.Advance(30 * time.Second) }

// phone gives the seller of a a passkey.
func (g *gateway) phone(a approvals.Action) *authtest.Device {
	g.t.Helper()
	d := authtest.NewDevice(home)
	options, err := g.auth.BeginPasskeyEnrolment(g.t.Context(), a.SellerKey(), "Giulia Ferri")
	if err != nil {
		g.t.Fatal(err)
	}
	made, err := d.Create(options)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.auth.FinishPasskeyEnrolment(g.t.Context(), a.SellerKey(), auth.PasskeyAnswer{Name: "phone", Credential: made, Onboarded: g.Clock.Now()}); err != nil {
		g.t.Fatal(err)
	}
	return d
}

// app gives the seller of a an authenticator app. Its first code is spent, so
// the clock goes on by one step.
func (g *gateway) app(a approvals.Action) *authtest.App {
	g.t.Helper()
	e, err := g.auth.BeginCodeEnrolment(g.t.Context(), a.SellerKey(), "giulia")
	if err != nil {
		g.t.Fatal(err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.auth.FinishCodeEnrolment(g.t.Context(), a.SellerKey(), auth.CodeAnswer{
		Enrolment: e.ID, Code: app.Code(g.Clock.Now()), Onboarded: g.Clock.Now(),
	}); err != nil {
		g.t.Fatal(err)
	}
	g.Clock.Advance(30 * time.Second)
	return app
}

var _ http.Handler = (*seller.Handler)(nil)

// begin starts a session by hand, for an action whose hand-off link is spent.
func (g *gateway) begin(a approvals.Action, proved bool) []*http.Cookie {
	g.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(g.t.Context(), http.MethodGet, "/", nil)
	if _, err := g.sessions.Begin(w, r, session.Beginning{Seller: a.SellerKey(), Action: a.ID, Proved: proved}); err != nil {
		g.t.Fatal(err)
	}
	return w.Result().Cookies()
}

// Create makes an action of a new seller, who reads English.
func (g *gateway) Create(t *testing.T) approvals.Action {
	t.Helper()
	g.made++
	r := g.Request(g.SellerKey(1000 + g.made))
	r.Seller.Locale = "en"
	a, err := g.Service.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// drive takes an action to a state by the shortest way from where it is. The
// mails that are due by then are sent.
func (g *gateway) drive(a approvals.Action, to approvals.State) approvals.Action {
	g.t.Helper()
	switch {
	case a.State == approvals.AwaitingStepUp:
		a = g.DriveOn(g.t, a, to)
	case a.State == approvals.Notifying && to == approvals.AwaitingConfirmation:
		g.SendMails(g.t)
		a = g.Pass(g.t, g.Read(g.t, a))
	default:
		g.t.Fatalf("no way from %s to %s", a.State, to)
	}
	if to != approvals.Notifying {
		g.SendMails(g.t)
	}
	return g.state(a, to)
}
