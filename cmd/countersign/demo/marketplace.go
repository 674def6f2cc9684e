package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"countersign/client"
)

// Config is what a Marketplace needs. All of it but Log and HTTP must be set.
type Config struct {
	GatewayURL    string           // base URL, as the release tokens' issuer
	APIKey        string           // a test key
	WebhookSecret string           // of the endpoint WebhookURL
	MarketplaceID string           // the id the gateway knows this marketplace by
	PublicURL     string           // where this handler is reached, without a last slash
	MailboxURL    string           // the mailbox's pages
	Dir           string           // made when it is not there
	Wait          string           // how long cooling-off takes here, in words: "30 seconds"
	Now           func() time.Time // the gateway's clock: the test clock moves both

	HTTP *http.Client // nil for the default
	Log  *slog.Logger // nil for none
}

// Notice is the sentence on top of every page.
func Notice(wait string) string {
	return "Demo. No real money. Cooling-off shortened to " + wait + "."
}

// InWords writes how long cooling-off takes for Config.Wait and Notice:
// "1 minute", "30 seconds", "1 hour 30 minutes".
func InWords(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		n := d / unit.of
		d -= n * unit.of
		switch {
		case n == 1:
			parts = append(parts, "1 "+unit.name)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	if parts == nil {
		return "less than a second"
	}
	return strings.Join(parts, " ")
}

// Marketplace is the back office of "Bottega Demo". It is an http.Handler.
type Marketplace struct {
	config   Config
	gateway  *client.Client
	hooks    *client.Webhook
	releases *client.ReleaseVerifier
	books    *books
	handler  http.Handler

	settling sync.Mutex // one claim at a time
}

// NewMarketplace opens the books in c.Dir and makes no call.
func NewMarketplace(c Config) (*Marketplace, error) {
	gateway, err := url.Parse(c.GatewayURL)
	if err != nil {
		return nil, fmt.Errorf("gateway URL: %w", err)
	}
	if c.Now == nil {
		return nil, errors.New("the demo marketplace needs a clock")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	var options []client.Option
	if c.HTTP != nil {
		options = append(options, client.HTTPClient(c.HTTP))
	}
	m := &Marketplace{config: c}
	if m.gateway, err = client.New(c.GatewayURL, c.APIKey, options...); err != nil {
		return nil, err
	}
	if m.hooks, err = client.NewWebhook(c.WebhookSecret); err != nil {
		return nil, err
	}
	if m.releases, err = client.NewReleaseVerifier(c.GatewayURL, c.MarketplaceID, options...); err != nil {
		return nil, err
	}
	m.hooks.Now, m.releases.Now = c.Now, c.Now
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the marketplace's directory: %w", err)
	}
	if m.books, err = openBooks(filepath.Join(c.Dir, "books.json")); err != nil {
		return nil, err
	}
	m.handler = m.routes(gateway.Scheme + "://" + gateway.Host)
	return m, nil
}

// ReturnURL is where the gateway sends sellers back to. It has to be
// registered there.
func (m *Marketplace) ReturnURL() string { return m.config.PublicURL + "/bank" }

// WebhookURL is where the gateway posts events to. It has to be registered
// there.
func (m *Marketplace) WebhookURL() string { return m.config.PublicURL + "/webhooks/countersign" }

func (m *Marketplace) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// routes is the one table. A POST from another site is refused; the webhook
// comes from no site and is refused for its signature.
func (m *Marketplace) routes(gateway string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.home)
	mux.HandleFunc("POST /sign-in", m.signIn)
	mux.HandleFunc("POST /sign-out", m.signOut)
	mux.HandleFunc("GET /bank", m.bank)
	mux.HandleFunc("POST /bank", m.changeCreate)
	mux.HandleFunc("GET /loan", m.loan)
	mux.HandleFunc("POST /loan", m.loanCreate)
	mux.HandleFunc("GET /payout", m.payout)
	mux.HandleFunc("POST /payout", m.payoutCreate)
	mux.HandleFunc("POST /own/{purpose}", m.own)
	mux.HandleFunc("POST /changes/{id}/continue", m.changeContinue)
	mux.HandleFunc("POST /changes/{id}/skip", m.changeSkip)
	mux.HandleFunc("POST /changes/{id}/cancel", m.changeCancel)
	mux.HandleFunc("GET /thief", m.thief)
	mux.HandleFunc("POST /thief", m.attackCreate)
	mux.HandleFunc("GET /attacks/{id}", m.attack)
	mux.HandleFunc("POST /webhooks/countersign", m.webhook)
	mux.HandleFunc("POST /sandbox/start", m.sandboxStart)
	mux.HandleFunc("GET /sandbox/account", m.sandboxAccount)
	mux.HandleFunc("GET /sandbox/session", m.sandboxSession)
	mux.HandleFunc("GET /style.css", style)
	policy := pageCSP(gateway)
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		mux.ServeHTTP(w, r)
	}))
}
