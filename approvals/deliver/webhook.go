package deliver

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
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
	"countersign/approvals/egress"
)

// Limits of a webhook's attempt (RELIABILITY §11).
const (
	attemptTimeout = 15 * time.Second
	connectTimeout = 3 * time.Second
	tlsTimeout     = 5 * time.Second
	headerTimeout  = 10 * time.Second
	readLimit      = 64 << 10
	keepAnswer     = 1 << 10
	minRetryAfter  = time.Second
	maxRetryAfter  = 6 * time.Hour
)

// Courier posts webhooks. It implements approvals.Courier.
type Courier struct {
	client *http.Client
	lanes  lanes
}

// CourierConfig is what a courier may do.
type CourierConfig struct {
	// Private lets it connect to private and loopback addresses, for development
	// only.
	Private bool
	// Now is the clock that places are timed by.
	Now func() time.Time
	// Roots are the certificate authorities believed; nil: the machine's.
	Roots *x509.CertPool
	// Timeout of one attempt; 0: 15 seconds.
	Timeout time.Duration
	// Resolver finds addresses; nil: the machine's.
	Resolver *net.Resolver
}

// NewCourier returns a courier.
func NewCourier(c CourierConfig) *Courier {
	timeout := cmp.Or(c.Timeout, attemptTimeout)
	dialer := &net.Dialer{Timeout: min(connectTimeout, timeout), Resolver: c.Resolver}
	if !c.Private {
		dialer.ControlContext = egress.Guard
	}
	return &Courier{lanes: lanes{now: c.Now}, client: &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext:            dialer.DialContext, // no proxy variables: Proxy stays nil
			TLSHandshakeTimeout:    tlsTimeout,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: readLimit,
			MaxIdleConnsPerHost:    perHost,
			IdleConnTimeout:        time.Minute,
			DisableCompression:     true, // what is read is what was sent: no bomb
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Enter implements approvals.Courier.
func (c *Courier) Enter(e approvals.Endpoint) (leave func(), wait time.Duration) {
	return c.lanes.enter(e)
}

// Post signs and posts one attempt. The webhook-id stays the same for each
// attempt, the timestamp is the attempt's (STANDARDS WH-03). An error means
// that there was no answer; its text holds nothing of the address.
func (c *Courier) Post(ctx context.Context, d approvals.Delivery, now time.Time) (approvals.Posted, error) {
	body, err := d.Event.Body()
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
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.Event.ID)
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
