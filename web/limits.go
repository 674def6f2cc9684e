package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/web/problem"
)

// Limits of RELIABILITY §11 that are not the server's.
const (
	requestTime   = 20 * time.Second
	maxURI        = 4 << 10
	maxHeaders    = 100
	maxCookies    = 8 << 10
	maxParameters = 100
	maxAPIBody    = 256 << 10
	maxPageBody   = 64 << 10
)

// timed makes everything below give up in time for an answer still to be sent.
func (s *site) timed(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		inner.ServeHTTP(w, r.WithContext(ctx))
	})
}

// limited refuses what is too big before reading it. A body that announces too
// much is refused before the client is told to go on and send it (RFC 9110
// §10.1.1); one that says nothing is cut off at the limit.
func (s *site) limited(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxPageBody)
		if isAPI(r) {
			limit = maxAPIBody
		}
		if err := within(r, limit); err != nil {
			s.refuse(w, r, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		inner.ServeHTTP(w, r)
	})
}

func within(r *http.Request, body int64) error {
	headers, cookies := 0, 0
	for name, lines := range r.Header {
		headers += len(lines)
		if name == "Cookie" {
			for _, l := range lines {
				cookies += len(l)
			}
		}
	}
	switch {
	case len(r.RequestURI) > maxURI:
		return approvals.Refuse(problem.URITooLong)
	case headers > maxHeaders || cookies > maxCookies:
		return approvals.Refuse(problem.HeadersTooLarge)
	case strings.Count(r.URL.RawQuery, "&") >= maxParameters:
		return approvals.Invalid(approvals.FieldError{Message: "the query has too many parameters; 100 at most"})
	case r.ContentLength > body:
		return approvals.Refuse(problem.PayloadTooLarge)
	}
	return nil
}
