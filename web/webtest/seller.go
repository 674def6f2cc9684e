package webtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"countersign/auth/authtest"
)

// Seller is a person at a browser with a passkey, or with an authenticator app
// after UseApp. The browser has a key of its own and keeps it between visits. One
// Seller does one thing at a time.
type Seller struct {
	base   string
	http   *http.Client
	device *authtest.Device
	app    *authtest.App     // nil: none yet
	key    *authtest.Browser // of the browser; nil: one without script
	now    func() time.Time  // nil: no app is used
}

// NewSeller returns a seller of the gateway at base, with an empty device.
// transport may be shared by many; nil is the default one.
func NewSeller(base string, transport http.RoundTripper) (*Seller, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	key, err := authtest.NewBrowser()
	if err != nil {
		return nil, err
	}
	return &Seller{base: base, http: &http.Client{Jar: jar, Transport: transport}, device: authtest.NewDevice(base), key: key}, nil
}

// Get opens a page.
func (s *Seller) Get(ctx context.Context, address string) (*Page, error) {
	return s.send(ctx, http.MethodGet, address, nil)
}

// Post sends a form.
func (s *Seller) Post(ctx context.Context, address string, form url.Values) (*Page, error) {
	return s.send(ctx, http.MethodPost, address, form)
}

func (s *Seller) send(ctx context.Context, method, address string, form url.Values) (*Page, error) {
	res, err := s.do(ctx, method, address, form)
	if err != nil {
		return nil, err
	}
	return read(res)
}

func (s *Seller) do(ctx context.Context, method, address string, form url.Values) (*http.Response, error) {
	if strings.HasPrefix(address, "/") {
		address = s.base + address
	}
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "null") // what no-referrer makes of it
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, errors.Unwrap(err))
	}
	return res, nil
}

// Approve goes through the marketplace's hand-off and makes the step-up, after
// setting up a passkey where the seller has none.
func (s *Seller) Approve(ctx context.Context, handoff string) error {
	p, err := s.Get(ctx, handoff)
	if err != nil {
		return err
	}
	if p.Options == nil && p.linkTo("/enrol") != "" {
		if err := s.enrol(ctx, p); err != nil {
			return err
		}
		if p, err = s.Get(ctx, p.Path); err != nil {
			return err
		}
	}
	return s.prove(ctx, p, "/status")
}

// enrol sets up a passkey, coming from the page that asks for it.
func (s *Seller) enrol(ctx context.Context, p *Page) error {
	if p.linkTo("/enrol") == "" {
		return fmt.Errorf("%s (%d, %s) neither asks for a passkey nor offers one", p.Path, p.Status, p.Title)
	}
	if s.now != nil {
		return s.enrolApp(ctx)
	}
	p, err := s.Get(ctx, "/enrol/passkey")
	if err != nil {
		return err
	}
	credential, err := s.device.Create(p.Options)
	if err != nil {
		return fmt.Errorf("make a passkey: %w", err)
	}
	form := p.form("credential", string(credential), "name", "Robot")
	if err := s.sign(form, authtest.ChallengeOf(p.Options)); err != nil {
		return err
	}
	p, err = s.Post(ctx, p.Asks, form)
	if err != nil {
		return err
	}
	if p.Path != "/enrol/done" {
		return fmt.Errorf("set-up ended at %s (%d, %s)", p.Path, p.Status, p.Title)
	}
	return nil
}

// Confirm opens the mailed link, answers yes and makes the second proof.
func (s *Seller) Confirm(ctx context.Context, link string) error {
	p, err := s.Get(ctx, link)
	if err != nil {
		return err
	}
	if p, err = s.Post(ctx, "/confirm", p.form("answer", "yes")); err != nil {
		return err
	}
	return s.prove(ctx, p, "/status")
}

// Answer opens a mailed link and sends an answer that needs no proof.
func (s *Seller) Answer(ctx context.Context, link, answer string) (*Page, error) {
	p, err := s.Get(ctx, link)
	if err != nil {
		return nil, err
	}
	return s.Post(ctx, p.Path, p.form("answer", answer))
}

// prove answers the page's challenge and expects to be sent to a page whose
// path ends in want.
func (s *Seller) prove(ctx context.Context, p *Page, want string) error {
	if s.app != nil {
		return s.proveCode(ctx, p, want)
	}
	if p.Options == nil {
		return fmt.Errorf("%s (%d, %s) asks for no passkey", p.Path, p.Status, p.Title)
	}
	credential, err := s.device.Get(p.Options)
	if err != nil {
		return fmt.Errorf("answer the challenge: %w", err)
	}
	form := p.form("credential", string(credential))
	if err := s.sign(form, authtest.ChallengeOf(p.Options)); err != nil {
		return err
	}
	p, err = s.Post(ctx, p.Asks, form)
	if err != nil {
		return err
	}
	if p.Status != http.StatusOK || !strings.HasSuffix(p.Path, want) {
		return fmt.Errorf("the proof led to %s (%d, %s)", p.Path, p.Status, p.Title)
	}
	return nil
}
