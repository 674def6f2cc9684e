package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	defaultTries   = 4
	defaultTimeout = 20 * time.Second
)

// Client calls the gateway for one marketplace. It is safe for concurrent use.
type Client struct {
	base  string
	key   string
	http  *http.Client
	tries int
	wait  func(context.Context, time.Duration) error
}

// Option changes how a Client calls.
type Option func(*Client)

// HTTPClient replaces the transport, for a proxy, mutual TLS or a test. The
// default gives each try 20 seconds. Redirects are never followed, whatever
// h says: the gateway sends none, and the API key must not travel.
func HTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// Tries sets how often one call is sent at most, the first time included.
// The default is 4; less than 1 counts as 1.
func Tries(n int) Option { return func(c *Client) { c.tries = max(n, 1) } }

// New returns a client for the gateway at baseURL, such as
// "https://approve.market.example". It makes no call.
func New(baseURL, apiKey string, options ...Option) (*Client, error) {
	base, err := cleanBase(baseURL)
	if err != nil {
		return nil, err
	}
	if apiKey == "" {
		return nil, errors.New("countersign: the API key is empty")
	}
	c := &Client{base: base, key: apiKey, http: &http.Client{Timeout: defaultTimeout}, tries: defaultTries, wait: wait}
	for _, o := range options {
		o(c)
	}
	c.http = withoutRedirects(c.http)
	return c, nil
}

// cleanBase checks a gateway's base URL and takes the last slash away.
func cleanBase(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("countersign: %q is not the base URL of a gateway, which looks like https://approve.market.example", raw)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("countersign: the base URL of a gateway has no user, query or fragment")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// withoutRedirects copies h, so that the caller's own client keeps its ways.
func withoutRedirects(h *http.Client) *http.Client {
	c := *h
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// wait blocks for d or until ctx is done.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
