package webtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/auth/authtest"
)

// UseApp makes the seller set up and use an authenticator app in the place of a
// passkey. now is the gateway's time.
func (s *Seller) UseApp(now func() time.Time) { s.now = now }

// Code is what the seller's app shows at this moment; empty without an app.
func (s *Seller) Code() string {
	if s.app == nil {
		return ""
	}
	return s.app.Code(s.now())
}

// enrolApp sets up an app, coming from the page that asks for something.
func (s *Seller) enrolApp(ctx context.Context) error {
	p, err := s.Get(ctx, "/enrol/app")
	if err != nil {
		return err
	}
	if s.app, err = authtest.NewApp(p.linkTo("otpauth:")); err != nil {
		return fmt.Errorf("set up an app from %s (%d): %w", p.Path, p.Status, err)
	}
	form := p.form("totp", s.Code())
	if err := s.signBeside(ctx, p, form); err != nil {
		return err
	}
	if p, err = s.Post(ctx, "/enrol/app", form); err != nil {
		return err
	}
	if p.Path != "/enrol/done" {
		return fmt.Errorf("set-up ended at %s (%d, %s)", p.Path, p.Status, p.Title)
	}
	return nil
}

// SendCode sends a code from the page p, which asks for one or links to the
// page that does, and returns what came back.
func (s *Seller) SendCode(ctx context.Context, p *Page, code string) (*Page, error) {
	if link := p.linkEnding("/code"); link != "" {
		var err error
		if p, err = s.Get(ctx, link); err != nil {
			return nil, err
		}
	}
	if p.Code == "" {
		return p, errors.New(p.Path + " asks for no code")
	}
	form := p.form("totp", code)
	if err := s.signBeside(ctx, p, form); err != nil {
		return nil, err
	}
	return s.Post(ctx, p.Code, form)
}

// proveCode proves with the code of the step after this one, which the gateway
// takes as well: that of this step may be spent.
func (s *Seller) proveCode(ctx context.Context, p *Page, want string) error {
	p, err := s.SendCode(ctx, p, s.app.Code(s.now().Add(30*time.Second)))
	if err != nil {
		return err
	}
	if p.Status != http.StatusOK || !strings.HasSuffix(p.Path, want) {
		return fmt.Errorf("the code led to %s (%d, %s)", p.Path, p.Status, p.Title)
	}
	return nil
}
