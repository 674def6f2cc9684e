package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"countersign/approvals"
	"countersign/approvals/crashpoint"
)

// Limits of a webhook's attempt (RELIABILITY §11).
const (
	attemptTimeout = 15 * time.Second
	connectTimeout = 3 * time.Second
	tlsTimeout     = 5 * time.Second
	headerTimeout  = 10 * time.Second
	readLimit      = 64 << 10
	keepAnswer     = 256
	minRetryAfter  = time.Second
	maxRetryAfter  = 6 * time.Hour
	perHost        = 8
)

// Courier posts webhooks. It implements approvals.Courier.
type Courier struct {
	client *http.Client
}

// NewCourier returns a courier. private lets it connect to private and
// loopback addresses and to plain http, for development only.
func NewCourier(private bool) *Courier {
	dialer := &net.Dialer{Timeout: connectTimeout}
	if !private {
		dialer.ControlContext = guard
	}
	return &Courier{client: &http.Client{
		Timeout: attemptTimeout,
		Transport: &http.Transport{
			DialContext:           dialer.DialContext, // no proxy variables: Proxy stays nil
			TLSHandshakeTimeout:   tlsTimeout,
			ResponseHeaderTimeout: headerTimeout,
			MaxConnsPerHost:       perHost,
			MaxIdleConnsPerHost:   perHost,
			IdleConnTimeout:       time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post signs and posts one attempt. The webhook-id stays the same for each
// attempt, the timestamp is the attempt's (STANDARDS WH-03). An error means
// that there was no answer; its text holds nothing of the address.
func (c *Courier) Post(ctx context.Context, d approvals.Delivery, now time.Time) (approvals.Posted, error) {
	body, err := payload(d)
	if err != nil {
		return approvals.Posted{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return approvals.Posted{}, fmt.Errorf("webhook %s: the endpoint's URL cannot be used", d.ID)
	}
	signature, err := sign(d, now, body)
	if err != nil {
		return approvals.Posted{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Countersign-Webhooks/1")
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	crashpoint.Hit("webhook before post")
	res, err := c.client.Do(req)
	crashpoint.Hit("webhook after post")
	if err != nil {
		return approvals.Posted{}, fmt.Errorf("webhook %s: no answer", d.ID)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(res.Body, readLimit))
	return approvals.Posted{
		Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now),
		Answer: printable(answer),
	}, nil
}

// sign returns the signatures by every live secret, newest first.
func sign(d approvals.Delivery, now time.Time, body []byte) (string, error) {
	var all []string
	for _, secret := range d.Endpoint.Secrets {
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return "", fmt.Errorf("webhook %s: %w", d.ID, err)
		}
		s, err := hook.Sign(d.ID, now, body)
		if err != nil {
			return "", fmt.Errorf("webhook %s: %w", d.ID, err)
		}
		all = append(all, s)
	}
	return strings.Join(all, " "), nil
}

// payload is the thin body: what happened to what, never an account or a name.
// A receiver reads the rest over the API.
func payload(d approvals.Delivery) ([]byte, error) {
	type data struct {
		ID       approvals.ActionID `json:"id,omitempty"`
		Object   string             `json:"object"`
		Seller   approvals.SellerID `json:"seller"`
		State    approvals.State    `json:"state,omitempty"`
		Digest   string             `json:"digest,omitempty"`
		Sequence int                `json:"sequence,omitempty"`
	}
	out := struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      data   `json:"data"`
	}{d.Type, approvals.FormatTime(d.At), data{d.Action, "action", d.Seller, d.State, d.Digest, d.Sequence}}
	if d.Action == "" {
		out.Data.Object = "seller"
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("webhook %s: %w", d.ID, err)
	}
	return b, nil
}

// retryAfter reads seconds or a date (RFC 9110 §10.2.3) and clamps it; what
// cannot be read counts as absent.
func retryAfter(h string, now time.Time) time.Duration {
	if h == "" {
		return 0
	}
	var wait time.Duration
	if n, err := strconv.Atoi(h); err == nil {
		wait = time.Duration(min(n, int(maxRetryAfter/time.Second))) * time.Second
	} else if t, err := http.ParseTime(h); err == nil {
		wait = t.Sub(now)
	} else {
		return 0
	}
	return min(max(wait, minRetryAfter), maxRetryAfter)
}

// printable keeps the start of an answer, on one line.
func printable(b []byte) string {
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(b[:min(len(b), keepAnswer)]), " "))
	return strings.TrimSpace(s)
}
