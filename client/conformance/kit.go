package conformance

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Settings is what a sandbox has to be told of the kit, instead of its gateway.
// They are worth keeping between two runs, so that it is told once.
type Settings struct {
	URL           string `json:"base_url"` // without a last slash; also the tokens' issuer
	APIKey        string `json:"api_key"`
	WebhookSecret string `json:"webhook_secret"`
	Marketplace   string `json:"marketplace_id"`
}

// NewSettings makes fresh settings for a kit that is reached at url.
func NewSettings(url string) Settings {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return Settings{
		URL: strings.TrimRight(url, "/"), APIKey: "cs_test_" + rand.Text(),
		WebhookSecret: "whsec_" + base64.StdEncoding.EncodeToString(secret), Marketplace: "mkt_" + strings.ToLower(rand.Text()[:12]),
	}
}

// Sandbox is where the marketplace under test is reached. Session is optional.
type Sandbox struct {
	Start   string // POST: the test seller asks for a change
	Account string // GET: where the seller is paid now
	Webhook string // the endpoint for the gateway's webhooks
	Session string // GET: is the seller signed in
}

// Config is what a Kit is made from.
type Config struct {
	Settings Settings
	Sandbox  Sandbox
	Now      func() time.Time

	// Patience is how long the kit waits for what has to happen, 15 seconds
	// when zero. A sandbox that works in the background may need more.
	Patience time.Duration
	// Quiet is how long the kit looks on where nothing may happen, 2 seconds
	// when zero.
	Quiet time.Duration

	// Played is told each result as it comes; nil for nobody.
	Played func(Result)
}

// Kit is a stand-in gateway, to be served as an http.Handler at Settings.URL,
// and the scenarios that it plays. It plays one run at a time.
type Kit struct {
	Config

	gateway *gateway
	webhook []byte // the secret
	browser *http.Client
	posts   *http.Client
}

// New makes a kit. It makes no call.
func New(c Config) (*Kit, error) {
	if c.Now == nil {
		return nil, errors.New("the conformance kit needs a clock")
	}
	for name, raw := range map[string]string{"the kit's URL": c.Settings.URL, "start": c.Sandbox.Start, "account": c.Sandbox.Account, "webhook": c.Sandbox.Webhook, "session": c.Sandbox.Session} {
		u, err := url.Parse(raw)
		if raw == "" && name == "session" {
			continue
		}
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("%s must be a complete http or https URL", name)
		}
	}
	encoded, ok := strings.CutPrefix(c.Settings.WebhookSecret, "whsec_")
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(secret) < 24 || c.Settings.APIKey == "" || c.Settings.Marketplace == "" {
		return nil, errors.New("the settings are not complete: make them with NewSettings")
	}
	if c.Patience <= 0 {
		c.Patience = 15 * time.Second
	}
	if c.Quiet <= 0 {
		c.Quiet = 2 * time.Second
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Kit{
		Config: c, gateway: newGateway(c.Settings, c.Now), webhook: secret,
		browser: &http.Client{Jar: jar, Timeout: c.Patience, CheckRedirect: stay},
		posts:   &http.Client{Timeout: c.Patience, CheckRedirect: stay},
	}, nil
}

// ServeHTTP is the stand-in gateway.
func (k *Kit) ServeHTTP(w http.ResponseWriter, r *http.Request) { k.gateway.ServeHTTP(w, r) }

// Run plays the scenarios, or only those with the ids given, one after the
// other. An error means that the report would say nothing about the
// marketplace: an id is unknown, the account hook does not answer, or ctx
// ended.
func (k *Kit) Run(ctx context.Context, only ...string) (Report, error) {
	all := Scenarios()
	for _, id := range only {
		if !slices.ContainsFunc(all, func(s Scenario) bool { return s.ID == id }) {
			return Report{}, fmt.Errorf("there is no scenario %q", id)
		}
	}
	if _, err := k.account(ctx); err != nil {
		return Report{}, err
	}
	var report Report
	for _, s := range all {
		if len(only) > 0 && !slices.Contains(only, s.ID) {
			continue
		}
		result := k.play(ctx, s)
		report.Results = append(report.Results, result)
		if k.Played != nil {
			k.Played(result)
		}
		if ctx.Err() != nil {
			return report, fmt.Errorf("stopped during %s: %w", s.ID, ctx.Err())
		}
	}
	return report, nil
}

// play runs one scenario and closes what it opened.
func (k *Kit) play(ctx context.Context, s Scenario) Result {
	t := &trial{Kit: k, ctx: ctx, result: Result{ID: s.ID, Sentence: s.Sentence, Rule: s.Rule}}
	defer t.close()
	s.run(t)
	if len(t.result.Right)+len(t.result.Wrong) == 0 {
		t.wrong("The scenario could not be tried.")
	}
	return t.result
}
