package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxAnswer  = 4 << 20 // bytes read of one answer
	firstPause = 200 * time.Millisecond
	longPause  = 30 * time.Second // a longer Retry-After is the caller's to plan
)

// CallOption changes one call.
type CallOption func(*call)

// IdempotencyKey makes a POST repeatable across restarts of the caller: the
// same key and the same body get the stored answer, however often they are
// sent (draft-ietf-httpapi-idempotency-key-header-06). Without it each call
// makes a fresh key of 130 random bits. A key has 1 to 255 visible ASCII
// characters and holds no secret.
func IdempotencyKey(key string) CallOption { return func(c *call) { c.key = key } }

// call is one request, sent once or more with the same bytes.
type call struct {
	method string
	path   string // already escaped
	body   []byte
	key    string
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.send(ctx, call{method: http.MethodGet, path: path}, into)
}

// post marshals body once, so that every try carries the same bytes.
func (c *Client) post(ctx context.Context, path string, body, into any, options []CallOption) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("countersign: encode %s: %w", path, err)
	}
	one := call{method: http.MethodPost, path: path, body: raw, key: rand.Text()}
	for _, o := range options {
		o(&one)
	}
	if err := checkKey(one.key); err != nil {
		return err
	}
	return c.send(ctx, one, into)
}

// send tries a call until it is answered for good, the tries are used up or
// ctx ends. Repeating is safe: a GET changes nothing and a POST has its key.
func (c *Client) send(ctx context.Context, one call, into any) error {
	for try := 1; ; try++ {
		err := c.once(ctx, one, into)
		pause, again := retry(err, try)
		if !again || try >= c.tries || ctx.Err() != nil {
			return err
		}
		if c.wait(ctx, pause) != nil {
			return err // the last answer says more than "context canceled"
		}
	}
}

func (c *Client) once(ctx context.Context, one call, into any) error {
	req, err := http.NewRequestWithContext(ctx, one.method, c.base+one.path, bytes.NewReader(one.body))
	if err != nil {
		return fmt.Errorf("countersign: %s %s: %w", one.method, one.path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if one.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", quote(one.key))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &lost{fmt.Errorf("countersign: %s %s: %w", one.method, one.path, err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return &lost{fmt.Errorf("countersign: %s %s: read the answer: %w", one.method, one.path, err)}
	}
	return answer(resp, body, into)
}

// answer turns what came back into into, or into a *Problem.
func answer(resp *http.Response, body []byte, into any) error {
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return problemFrom(resp, body)
	}
	if len(body) > maxAnswer {
		return errors.New("countersign: the answer is larger than 4 MiB")
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("countersign: %s %s: decode the answer: %w", resp.Request.Method, resp.Request.URL.Path, err)
	}
	return nil
}

// lost marks a call whose outcome is unknown: it may have arrived.
type lost struct{ error }

func (l *lost) Unwrap() error { return l.error }

// retry says whether the same call should be sent again after err, and when.
func retry(err error, try int) (time.Duration, bool) {
	if p, ok := errors.AsType[*Problem](err); ok {
		pause := max(p.RetryAfter, backoff(try))
		return pause, p.passing() && pause <= longPause
	}
	_, ok := errors.AsType[*lost](err)
	return backoff(try), ok
}

// backoff doubles from 200 ms and adds up to a quarter, so that callers that
// failed together do not come back together.
func backoff(try int) time.Duration {
	d := firstPause << min(try-1, 6)
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return d + d*time.Duration(b[0])/1024
}

func checkKey(key string) error {
	if len(key) < 1 || len(key) > 255 {
		return errors.New("countersign: an idempotency key has 1 to 255 characters")
	}
	for _, b := range []byte(key) {
		if b < 0x21 || b > 0x7e {
			return errors.New("countersign: an idempotency key has visible ASCII characters only")
		}
	}
	return nil
}

// quote writes s as a structured-field string (RFC 9651 §4.1.6).
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
