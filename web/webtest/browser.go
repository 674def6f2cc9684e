package webtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"countersign/auth/authtest"
)

// sign adds to a form what the page's script does.
func (s *Seller) sign(form url.Values, challenge []byte) error {
	if s.key == nil || len(challenge) == 0 {
		return nil
	}
	signature, err := s.key.Sign(challenge)
	if err != nil {
		return err
	}
	for name, value := range map[string][]byte{"device_key": s.key.Key(), "device_challenge": challenge, "device_signature": signature} {
		form.Set(name, base64.RawURLEncoding.EncodeToString(value))
	}
	return nil
}

// signBeside signs beside a code, about what the gateway says.
func (s *Seller) signBeside(ctx context.Context, p *Page, form url.Values) error {
	if s.key == nil || p.Device == "" {
		return nil
	}
	res, err := s.do(ctx, http.MethodPost, p.Device, p.form())
	if err != nil {
		return err
	}
	defer res.Body.Close()
	var begun struct{ Options json.RawMessage }
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err == nil {
		err = json.Unmarshal(raw, &begun)
	}
	if err != nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return fmt.Errorf("%s answered %d for the browser's key: %v", p.Device, res.StatusCode, err)
	}
	return s.sign(form, authtest.ChallengeOf(begun.Options))
}
