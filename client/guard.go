package client

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
)

// ReleaseHeader carries the release token of a request that the gateway, or a
// proxy that asks it, has let through.
const ReleaseHeader = "Countersign-Release"

// maxGuarded is the longest body of a guarded request, as in the gateway.
const maxGuarded = 1 << 20

// Guard stands before a marketplace's own sensitive handler, behind the
// gateway's reverse proxy or a proxy with forward-auth. It lets a request
// through when it carries a release token of exactly this request: the same
// method, target, content type and body (RFC 9530 digest). Everything else is
// answered 403, and 503 when the gateway's keys cannot be had.
//
// The same release can arrive twice, when an answer was lost on the way: the
// handler carries out one effect for each ReleaseID, and answers the second
// time as it did the first.
type Guard struct {
	Releases *ReleaseVerifier
	// Seller returns who is signed in, as the gateway knows them, and "" for
	// nobody; a release for somebody else is refused. Behind forward-auth the
	// seller's own session arrives with the request, and anybody can name an
	// action: what one seller approved must do nothing in another's session.
	Seller func(*http.Request) string
	// AnySeller is for what stands behind the reverse proxy alone: no session
	// arrives there, and the handler acts for the Seller of ReleaseOf.
	AnySeller bool
}

// Wrap returns next behind the guard. Next reads the body as usual and asks
// ReleaseOf for the release. It panics when the guard has no Releases, or
// neither Seller nor AnySeller.
func (g Guard) Wrap(next http.Handler) http.Handler {
	if g.Releases == nil || (g.Seller == nil) != g.AnySeller {
		panic("countersign: a Guard needs Releases, and either Seller or AnySeller")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		release, body, err := g.check(w, r)
		switch {
		case errors.Is(err, ErrRelease):
			http.Error(w, "This request was not released.", http.StatusForbidden)
		case err != nil:
			http.Error(w, "It cannot be told now whether this request was released. Try again.", http.StatusServiceUnavailable)
		default:
			r = r.WithContext(context.WithValue(r.Context(), releaseKey{}, release))
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			next.ServeHTTP(w, r)
		}
	})
}

type releaseKey struct{}

// ReleaseOf returns the release of a request that came through a Guard, and
// false for any other.
func ReleaseOf(r *http.Request) (Release, bool) {
	release, ok := r.Context().Value(releaseKey{}).(Release)
	return release, ok
}

func (g Guard) check(w http.ResponseWriter, r *http.Request) (Release, []byte, error) {
	tokens := r.Header.Values(ReleaseHeader)
	if len(tokens) != 1 {
		return Release{}, nil, refuseRelease("the request carries no token, or several")
	}
	release, err := g.Releases.open(r.Context(), tokens[0])
	if err != nil {
		return Release{}, nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxGuarded))
	if err != nil {
		return Release{}, nil, refuseRelease("the body cannot be read to its end")
	}
	if g.Seller != nil && g.Seller(r) != release.Seller {
		return Release{}, nil, refuseRelease("it is for another seller")
	}
	return release, body, release.covers(r, body)
}

// covers compares every part of what arrived with what was approved.
func (r Release) covers(arrived *http.Request, body []byte) error {
	want := r.Request
	if want == nil {
		return refuseRelease("it releases no request")
	}
	types := arrived.Header.Values("Content-Type")
	switch {
	case arrived.Method != want.Method || arrived.RequestURI != want.Target:
		return refuseRelease("it releases another request")
	case len(types) > 1 || arrived.Header.Get("Content-Type") != want.ContentType:
		return refuseRelease("it releases another content type")
	case subtle.ConstantTimeCompare([]byte(ContentDigest(body)), []byte(want.ContentDigest)) != 1:
		return refuseRelease("it releases another body")
	}
	return nil
}
