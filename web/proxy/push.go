package proxy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"countersign/approvals"
)

// Headers of a request that the gateway sends.
const (
	releaseHeader     = "Countersign-Release"
	idempotencyHeader = "Idempotency-Key"
)

// maxAnswer is how much of the upstream's answer is read.
const maxAnswer = 64 << 10

var _ approvals.Pusher = (*Proxy)(nil)

// Push implements approvals.Pusher: it sends what was sealed, as it was sealed,
// with the release token in the place of the seller's session. It uses a
// connection of its own, because on one used before net/http may send a request
// with an Idempotency-Key twice.
func (p *Proxy) Push(ctx context.Context, o approvals.PushOrder) (approvals.PushOutcome, error) {
	route := p.table.named(o.Route)
	if route == nil || !p.Sends(approvals.PushRoute{Marketplace: o.Action.Marketplace, Route: o.Route}) {
		return approvals.PushOutcome{Result: approvals.PushNotSent, Note: "the route is not configured any more"}, nil
	}
	if approvals.ContentDigest(o.Body) != o.Request.ContentDigest {
		return approvals.PushOutcome{Result: approvals.PushNotSent, Note: "the body is not the one that was approved"}, nil
	}
	seller := approvals.SellerID("")
	if route.SellerHeader != "" {
		a, err := p.Approvals.Reader.Action(ctx, o.Action)
		if err != nil {
			return approvals.PushOutcome{Result: approvals.PushNotSent, Note: "the seller could not be read"}, nil
		}
		seller = a.Seller
	}
	var begun atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { begun.Store(true) }})
	req, err := p.order(ctx, o, route, seller)
	if err != nil {
		return approvals.PushOutcome{Result: approvals.PushNotSent, Note: "the request cannot be made"}, nil
	}
	res, err := p.pushes.RoundTrip(req)
	if err != nil && !begun.Load() {
		return approvals.PushOutcome{Result: approvals.PushNotSent, Note: why(err, "no connection to the upstream")}, nil
	}
	if err != nil {
		return approvals.PushOutcome{Result: approvals.PushUnknown, Note: why(err, "no answer from the upstream")}, nil
	}
	return p.outcome(ctx, route, res), nil
}

// why is what an error may be called: texts of errors hold addresses.
func why(err error, otherwise string) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return otherwise + " in time"
	}
	return otherwise
}

// order is the request of one attempt.
func (p *Proxy) order(ctx context.Context, o approvals.PushOrder, r *route, seller approvals.SellerID) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, o.Request.Method, p.table.upstream.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("push %s: %w", o.Action.ID, err)
	}
	*req.URL = p.target(o.Request.Target)
	req.Host = p.table.Host // empty: the upstream's
	if len(o.Body) > 0 {
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(o.Body)), int64(len(o.Body))
	}
	req.Header = http.Header{
		releaseHeader: {o.Token}, idempotencyHeader: {strconv.Quote(o.ReleaseID)},
		"Content-Digest": {o.Request.ContentDigest}, "User-Agent": {"Countersign"}, "Accept-Encoding": {"identity"},
	}
	if o.Request.ContentType != "" {
		req.Header["Content-Type"] = []string{o.Request.ContentType}
	}
	if r.SellerHeader != "" {
		req.Header.Set(r.SellerHeader, string(seller))
	}
	return req, nil
}

func (t *Table) named(name string) *route {
	for _, r := range t.routes {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// outcome reads an answer by the route's contract.
func (p *Proxy) outcome(ctx context.Context, r *route, res *http.Response) approvals.PushOutcome {
	defer res.Body.Close()
	out := approvals.PushOutcome{Status: res.StatusCode, RetryAfter: p.retryAfter(res.Header)}
	if res.StatusCode == http.StatusSwitchingProtocols { // its body is the connection, which ends with no context
		out.Result, out.Note = approvals.PushUnknown, "the upstream left HTTP"
		return out
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)); err != nil {
		out.Result, out.Note = approvals.PushUnknown, "the answer was cut off"
		return out
	}
	out.Result, out.Note = r.judge(ctx, res)
	return out
}

// judge says what an answer means. Only what is agreed means done: a login page
// with 200, a redirect to one, or a promise to do it later do not.
func (r *route) judge(ctx context.Context, res *http.Response) (approvals.PushResult, string) {
	done, err := r.done(ctx, res)
	switch {
	case err != nil:
		return approvals.PushUnknown, "the route's executed expression cannot judge this answer"
	case done:
		return approvals.PushExecuted, ""
	case refusedBy(res.StatusCode):
		return approvals.PushFailed, "the upstream refused it"
	}
	return approvals.PushUnknown, "the answer is not one the route knows"
}

// refusedBy: these say that nothing was done (RELIABILITY §5). Other client
// errors do not: a conflict may be with what an earlier attempt did, and who
// asks for another time or place has refused nothing.
func refusedBy(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

func (r *route) done(ctx context.Context, res *http.Response) (bool, error) {
	if r.executed == nil {
		switch res.StatusCode {
		case http.StatusOK, http.StatusCreated, http.StatusNoContent:
			return !strings.Contains(strings.ToLower(res.Header.Get("Content-Type")), "html"), nil
		}
		return false, nil
	}
	headers := map[string]string{}
	for name, lines := range res.Header {
		headers[strings.ToLower(name)] = strings.Join(lines, ", ")
	}
	return r.executed.holds(ctx, map[string]any{"status": int64(res.StatusCode), "headers": headers})
}

// retryAfter reads when the upstream wants to be asked again (RFC 9110
// §10.2.3).
func (p *Proxy) retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(p.Machine()), 0)
	}
	return 0
}

// newPushTransport makes a new connection for every request.
func newPushTransport() *http.Transport {
	t := newTransport()
	t.DisableKeepAlives, t.ForceAttemptHTTP2 = true, false
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	t.Protocols = protocols
	return t
}
