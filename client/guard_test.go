package client

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const guardedBody = `{"iban":"NL91ABNA0417164300"}`

func released(body string) *BoundRequest {
	return &BoundRequest{Method: "POST", Target: "/bank?tab=1", ContentType: "application/json", ContentDigest: ContentDigest([]byte(body))}
}

// guarded is a marketplace behind a Guard that counts what reaches it.
func guarded(t *testing.T, i *issuer, now *time.Time, seller func(*http.Request) string) (*httptest.Server, *[]string) {
	t.Helper()
	var reached []string
	guard := Guard{Releases: verifierAt(t, i.URL, now), Seller: seller, AnySeller: seller == nil}
	server := httptest.NewServer(guard.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		release, _ := ReleaseOf(r)
		reached = append(reached, release.ReleaseID+" "+string(body))
	})))
	t.Cleanup(server.Close)
	return server, &reached
}

func post(t *testing.T, method, url, body string, edit func(http.Header)) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	edit(req.Header)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// TestGuard: the released request goes through, whole; one that differs in
// anything does not (HS-02, FW-04: body swapped under an intact token).
func TestGuard(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	server, reached := guarded(t, i, &now, nil)
	token := i.token(t, func(c map[string]any) { c["request"] = released(guardedBody) })
	unbound := i.token(t, nil)
	foreign := i.token(t, func(c map[string]any) { c["request"], c["aud"] = released(guardedBody), "other" })
	long := i.token(t, func(c map[string]any) { c["request"] = released(strings.Repeat("a", maxGuarded+1)) })
	with := func(tokens ...string) func(http.Header) {
		return func(h http.Header) { h[ReleaseHeader] = tokens }
	}
	for _, c := range []struct {
		name, method, target, body string
		edit                       func(http.Header)
		want                       int
	}{
		{"as released", "POST", "/bank?tab=1", guardedBody, with(token), 200},
		{"other body", "POST", "/bank?tab=1", strings.Replace(guardedBody, "43", "44", 1), with(token), 403},
		{"no body", "POST", "/bank?tab=1", "", with(token), 403},
		{"longer body", "POST", "/bank?tab=1", guardedBody + " ", with(token), 403},
		{"a body over the limit", "POST", "/bank?tab=1", strings.Repeat("a", maxGuarded+1), with(long), 403},
		{"other method", "PUT", "/bank?tab=1", guardedBody, with(token), 403},
		{"other path", "POST", "/loan?tab=1", guardedBody, with(token), 403},
		{"other query", "POST", "/bank?tab=2", guardedBody, with(token), 403},
		{"other spelling", "POST", "/b%61nk?tab=1", guardedBody, with(token), 403},
		{"other content type", "POST", "/bank?tab=1", guardedBody, func(h http.Header) {
			with(token)(h)
			h.Set("Content-Type", "application/x-www-form-urlencoded")
		}, 403},
		{"two content types", "POST", "/bank?tab=1", guardedBody, func(h http.Header) {
			with(token)(h)
			h.Add("Content-Type", "text/plain")
		}, 403},
		{"no token", "POST", "/bank?tab=1", guardedBody, with(), 403},
		{"two tokens", "POST", "/bank?tab=1", guardedBody, with(token, token), 403},
		{"a release of no request", "POST", "/bank?tab=1", guardedBody, with(unbound), 403},
		{"another marketplace's", "POST", "/bank?tab=1", guardedBody, with(foreign), 403},
	} {
		before := len(*reached)
		if got := post(t, c.method, server.URL+c.target, c.body, c.edit); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
		if through := len(*reached) > before; through != (c.want == 200) {
			t.Errorf("%s: reached the handler: %v", c.name, through)
		}
	}
	if (*reached)[0] != "r1 "+guardedBody {
		t.Errorf("the handler read %q", (*reached)[0])
	}
	now = noon.Add(5 * time.Minute)
	if got := post(t, "POST", server.URL+"/bank?tab=1", guardedBody, with(token)); got != 403 {
		t.Errorf("after the token's life: %d", got)
	}
}

// TestGuard_Seller: a release for one seller is nothing in another's session.
func TestGuard_Seller(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	server, _ := guarded(t, i, &now, func(r *http.Request) string { return r.Header.Get("Signed-In") })
	token := i.token(t, func(c map[string]any) { c["request"] = released(guardedBody) })
	for seller, want := range map[string]int{"S-1": 200, "S-2": 403, "": 403} {
		got := post(t, "POST", server.URL+"/bank?tab=1", guardedBody, func(h http.Header) {
			h.Set(ReleaseHeader, token)
			h.Set("Signed-In", seller)
		})
		if got != want {
			t.Errorf("signed in as %q: %d, want %d", seller, got, want)
		}
	}
}

// TestGuard_Unsure: without the gateway's keys nothing goes through, and the
// sender is told to try again (DESIGN rule 17).
func TestGuard_Unsure(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	i.status.Store(http.StatusBadGateway)
	server, reached := guarded(t, i, &now, nil)
	token := i.token(t, func(c map[string]any) { c["request"] = released(guardedBody) })
	got := post(t, "POST", server.URL+"/bank?tab=1", guardedBody, func(h http.Header) { h.Set(ReleaseHeader, token) })
	if got != http.StatusServiceUnavailable || len(*reached) != 0 {
		t.Errorf("%d, reached %v", got, *reached)
	}
	if _, ok := ReleaseOf(httptest.NewRequest(http.MethodPost, "/bank", nil)); ok {
		t.Error("a request that came through no guard has a release")
	}
}

// TestGuard_Whose: whether sellers are compared is said, not forgotten.
func TestGuard_Whose(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t), noon
	releases, seller := verifierAt(t, i.URL, &now), func(*http.Request) string { return "S-1" }
	for name, c := range map[string]struct {
		guard  Guard
		panics bool
	}{
		"neither":      {Guard{Releases: releases}, true},
		"both":         {Guard{Releases: releases, Seller: seller, AnySeller: true}, true},
		"no releases":  {Guard{Seller: seller}, true},
		"sessions":     {Guard{Releases: releases, Seller: seller}, false},
		"behind proxy": {Guard{Releases: releases, AnySeller: true}, false},
	} {
		func() {
			defer func() {
				if got := recover() != nil; got != c.panics {
					t.Errorf("%s: panics: %v", name, got)
				}
			}()
			c.guard.Wrap(http.NotFoundHandler())
		}()
	}
}
