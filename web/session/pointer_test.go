package session_test

import (
	"net/http"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web/session"
)

func (b *browser) point(t *testing.T, g *gateway, p session.Pointer) *http.Response {
	t.Helper()
	return b.do(func(w http.ResponseWriter, _ *http.Request) {
		if err := g.Point(w, p); err != nil {
			t.Fatal(err)
		}
	})
}

func (b *browser) pointed(g *gateway, p approvals.Purpose) (found session.Pointer, ok bool) {
	b.do(func(_ http.ResponseWriter, r *http.Request) { found, ok = g.Pointed(r, p) })
	return found, ok
}

func TestEM06_ALinkIsKeptInAShortCookie(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	c := b.point(t, g, session.Pointer{Purpose: approvals.ConfirmLink, Token: "token"}).Cookies()[0]
	if c.MaxAge != 24*60*60 || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %+v", c)
	}
	for _, test := range []struct {
		pass  time.Duration
		ok    bool
		ended bool
	}{{time.Hour, true, false}, {time.Second, true, true}, {23*time.Hour - time.Second, true, true}, {time.Second, false, false}} {
		g.clock.Advance(test.pass)
		found, ok := b.pointed(g, approvals.ConfirmLink)
		if ok != test.ok || found.Ended != test.ended || ok && found.Token != "token" {
			t.Errorf("after another %v: %+v, %v", test.pass, found, ok)
		}
	}
}

func TestPointersAreTyped(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.point(t, g, session.Pointer{Purpose: approvals.StopLink, Token: "token"})
	if _, ok := b.pointed(g, approvals.ConfirmLink); ok {
		t.Error("a stop link points to a confirmation")
	}
	b.cookie(t, "stop").Name = "__Host-countersign-confirm"
	if _, ok := b.pointed(g, approvals.ConfirmLink); ok {
		t.Error("a renamed cookie is read")
	}
}

func TestPointerPageToken(t *testing.T) {
	t.Parallel()
	one := session.Pointer{Purpose: approvals.StopLink, Token: "token"}
	if !one.OwnPage(one.Page()) || one.Page() == one.Token {
		t.Error("the page token is not the pointer's own")
	}
	for _, other := range []session.Pointer{
		{Purpose: approvals.ConfirmLink, Token: "token"}, {Purpose: approvals.StopLink, Token: "other"},
	} {
		if one.OwnPage(other.Page()) {
			t.Errorf("%+v has the same page token", other)
		}
	}
	if one.OwnPage("") || one.OwnPage(one.Token) {
		t.Error("something else is taken for the page token")
	}
}

func TestUnpoint(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	b.point(t, g, session.Pointer{Purpose: approvals.StopLink, Token: "token"})
	b.do(func(w http.ResponseWriter, _ *http.Request) {
		if err := g.Unpoint(w, approvals.StopLink); err != nil {
			t.Fatal(err)
		}
	})
	if _, ok := b.pointed(g, approvals.StopLink); ok {
		t.Error("the link is still there")
	}
}

func TestLocaleIsRemembered(t *testing.T) {
	t.Parallel()
	g, b := newGateway(t, true), new(browser)
	read := func() (l string) {
		b.do(func(_ http.ResponseWriter, r *http.Request) { l = g.Locale(r) })
		return l
	}
	if read() != "" {
		t.Error("a language nobody chose")
	}
	b.do(func(w http.ResponseWriter, _ *http.Request) {
		if err := g.SetLocale(w, "it"); err != nil {
			t.Fatal(err)
		}
	})
	if read() != "it" {
		t.Errorf("language %q", read())
	}
}
