package seller_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// same is a page without what differs from one request to the next.
func same(body string) string {
	for _, part := range []string{`name="csrf" value="[^"]*"`, `\d+ (tries|try) left`, `data-now="[^"]*"`, `BD-[A-Z0-9-]*`} {
		body = regexp.MustCompile(part).ReplaceAllString(body, "")
	}
	return body
}

// TestC6_WrongAndUsedReadTheSame (PS-04): nobody learns from the page that a code
// was right once, or that there is no app to show one.
func TestC6_WrongAndUsedReadTheSame(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	path := "/actions/" + a.Reference
	used := app.CodeOfStep(g.Clock.Now().Unix()/30 - 1) // the enrolment's
	wrong := b.post(path+"/step-up", values("csrf", b.get(path+"/code").csrf(), "totp", wrongCode(app, g.Clock.Now()))).want(http.StatusUnprocessableEntity)
	again := b.post(path+"/step-up", values("csrf", wrong.csrf(), "totp", used)).want(http.StatusUnprocessableEntity)
	if !strings.HasPrefix(wrong.title(), "Error:") {
		t.Errorf("title %q", wrong.title())
	}
	if one, other := same(wrong.body), same(again.body); one != other {
		t.Errorf("wrong reads\n%s\nused reads\n%s", one, other)
	}
	c, d := g.Create(t), g.browser()
	elsewhere := "/actions/" + c.Reference
	none := d.post(elsewhere+"/step-up", values("csrf", d.handoff(c).csrf(), "totp", used)).want(http.StatusUnprocessableEntity)
	if one, other := same(wrong.body), same(none.body); one != other {
		t.Errorf("wrong reads\n%s\nof a seller without an app\n%s", one, other)
	}
}

// wrongCode is a code the app does not show anywhere near now.
func wrongCode(app *authtest.App, now time.Time) string {
	for _, code := range []string{"000000", "111111", "222222", "333333"} {
		right := false
		for step := int64(-2); step <= 2; step++ {
			right = right || app.CodeOfStep(now.Unix()/30+step) == code
		}
		if !right {
			return code
		}
	}
	return "444444"
}

// TestTA09_FiveWrongTriesEndTheAction: the page says until when, stopping goes
// on working, and the right code comes too late.
func TestTA09_FiveWrongTriesEndTheAction(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	path := "/actions/" + a.Reference
	page := b.get(path + "/code")
	for n := 1; n < auth.MaxTries; n++ {
		page = b.post(path+"/step-up", values("csrf", page.csrf(), "totp", wrongCode(app, g.Clock.Now()))).want(http.StatusUnprocessableEntity)
		g.Clock.Advance(auth.MaxPause)
	}
	g.state(a, approvals.AwaitingStepUp)
	page = b.post(path+"/step-up", values("csrf", page.csrf(), "totp", wrongCode(app, g.Clock.Now())))
	page.want(http.StatusOK).at(path + "/status")
	g.state(a, approvals.Failed)
	until, _, err := g.auth.Blocked(t.Context(), a.SellerKey())
	if err != nil || until.IsZero() {
		t.Fatalf("blocked until %v, %v", until, err)
	}
	if clock := g.inZone(until).Format("15:04"); !strings.Contains(page.body, clock) {
		t.Errorf("the page does not say %s: %s", clock, page.byID("main"))
	}
	late := b.send(http.MethodPost, path+"/step-up", values("csrf", b.get(path+"/cancel").csrf(), "totp", app.Code(g.Clock.Now())))
	if late.Header.Get("Location") != path+"/status" {
		t.Errorf("a right code after the end: %d to %s", late.StatusCode, late.Header.Get("Location"))
	}
	g.state(a, approvals.Failed)
}

// TestC8_PauseSaysWait: a code sent too soon after two wrong ones is not looked at,
// costs no try, and the page asks to wait a moment; cancelling works all the time.
func TestC8_PauseSaysWait(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	path := "/actions/" + a.Reference
	page := b.get(path + "/code")
	for range 2 {
		page = b.post(path+"/step-up", values("csrf", page.csrf(), "totp", wrongCode(app, g.Clock.Now()))).want(http.StatusUnprocessableEntity)
	}
	page = b.post(path+"/step-up", values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusTooManyRequests)
	if !strings.Contains(page.body, "Wait 20 seconds") || page.Header.Get("Retry-After") != "5" || !page.posts(path+"/step-up") {
		t.Errorf("retry after %q: %s", page.Header.Get("Retry-After"), page.byID("main"))
	}
	if _, left, err := g.auth.Blocked(t.Context(), a.SellerKey()); left != auth.MaxTries-2 || err != nil {
		t.Errorf("%d left, %v", left, err)
	}
	g.Clock.Advance(5 * time.Second)
	b.post(path+"/step-up", values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusOK).at(path + "/status")
	g.state(a, approvals.Notifying)
}

// TestBlockedProvingSaysUntilWhen: another action of the same seller, during
// the block, answers 429 with a clock time, and can be cancelled.
func TestBlockedProvingSaysUntilWhen(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	app := g.app(a)
	b.handoff(a)
	path := "/actions/" + a.Reference
	code := b.get(path + "/code")
	for range auth.MaxTries { // elsewhere, over another action of the seller
		g.Clock.Advance(auth.MaxPause)
		_, _ = g.auth.ProveCode(t.Context(), auth.Subject{Seller: a.SellerKey(), Stage: approvals.StageStepUp}, wrongCode(app, g.Clock.Now()))
	}
	until, _, err := g.auth.Blocked(t.Context(), a.SellerKey())
	if err != nil || until.IsZero() {
		t.Fatalf("not blocked: %v", err)
	}
	page := b.post(path+"/step-up", values("csrf", code.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusTooManyRequests)
	if clock := g.inZone(until).Format("15:04"); !strings.Contains(page.body, clock) || page.Header.Get("Retry-After") == "" {
		t.Errorf("no time on the page: %s", page.byID("main"))
	}
	if page.posts(path+"/step-up") || page.leads(path+"/code") {
		t.Error("a blocked seller is offered to prove")
	}
	if b.get(path+"/code").at(path).StatusCode != http.StatusOK {
		t.Error("the code page is offered during the block")
	}
	b.post(path+"/cancel", values("csrf", page.csrf(), "answer", "changed_mind")).want(http.StatusOK)
	g.state(a, approvals.Cancelled)
}

func (g *gateway) inZone(at time.Time) time.Time {
	if l, err := time.LoadLocation(g.Request(g.SellerKey(0)).Seller.TimeZone); err == nil {
		return at.In(l)
	}
	return at
}

// TestRule10_B16_NoDowngrade (TA-07): a holder of a passkey is not offered a code, and
// one that is sent is refused, recorded, and no try.
func TestRule10_B16_NoDowngrade(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	g.phone(a)
	page := b.handoff(a)
	path := "/actions/" + a.Reference
	if page.leads(path + "/code") {
		t.Error("a code is offered")
	}
	b.get(path + "/code").want(http.StatusOK).at(path)
	b.post(path+"/step-up", values("csrf", page.csrf(), "totp", "123456")).want(http.StatusForbidden)
	g.state(a, approvals.AwaitingStepUp)
	if _, left, err := g.auth.Blocked(t.Context(), a.SellerKey()); err != nil || left != auth.MaxTries {
		t.Errorf("%d tries left, %v", left, err)
	}
	events, err := g.Service.Reader.Timeline(t.Context(), a.Key())
	if err != nil || len(events) == 0 || events[len(events)-1].Data["refused"] != string(approvals.CodeMethod) {
		t.Errorf("not in the log: %v, %v", events, err)
	}
}

// TestBadPasskeyAnswers: none of them moves the action, all read the same.
func TestBadPasskeyAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		make func(t *testing.T, g *gateway, b *browser, a approvals.Action, d *authtest.Device) string
	}{
		{"B4: user not verified", answered(authtest.WithoutUV())},
		{"B7: another origin", answered(authtest.Origin("https://evil.example"))},
		{"B8: framed", answered(authtest.CrossOrigin())},
		{"signature", answered(authtest.BadSignature())},
		{"not JSON", func(*testing.T, *gateway, *browser, approvals.Action, *authtest.Device) string { return "{" }},
		{"B2: for the confirmation", func(t *testing.T, g *gateway, b *browser, a approvals.Action, d *authtest.Device) string {
			options, err := g.auth.BeginPasskey(t.Context(), auth.SubjectOf(a, approvals.StageConfirmation))
			if err != nil {
				t.Fatal(err)
			}
			got, err := d.Get(options)
			if err != nil {
				t.Fatal(err)
			}
			return string(got)
		}},
		{"B13: another seller's", func(t *testing.T, g *gateway, b *browser, _ approvals.Action, _ *authtest.Device) string {
			other := g.Create(t)
			device := g.phone(other)
			options, err := g.auth.BeginPasskey(t.Context(), auth.SubjectOf(other, approvals.StageStepUp))
			if err != nil {
				t.Fatal(err)
			}
			got, err := device.Get(options)
			if err != nil {
				t.Fatal(err)
			}
			return string(got)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a, b := g.Create(t), g.browser()
			d := g.phone(a)
			page := b.handoff(a)
			path := "/actions/" + a.Reference
			got := b.post(path+"/step-up", values("csrf", page.csrf(), "credential", test.make(t, g, b, a, d))).want(http.StatusUnprocessableEntity)
			g.state(a, approvals.AwaitingStepUp)
			if !strings.HasPrefix(got.title(), "Error:") || !got.posts(path+"/step-up") {
				t.Errorf("the page of the refusal, %q, does not let the seller try again", got.title())
			}
			b.post(path+"/step-up", values("csrf", got.csrf(), "credential", b.assert(d, got))).want(http.StatusOK)
			g.state(a, approvals.Notifying)
		})
	}
}

// answered is the device's answer to the page, with a lie in it.
func answered(lie authtest.Lie) func(*testing.T, *gateway, *browser, approvals.Action, *authtest.Device) string {
	return func(t *testing.T, _ *gateway, b *browser, a approvals.Action, d *authtest.Device) string {
		got, err := d.Get(b.get("/actions/"+a.Reference).options(), lie)
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
}

// TestNothingAsked (TA-06, NI-06): the button of a browser without scripts sends no answer; it
// is no try.
func TestNothingAsked(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	g.phone(a)
	page := b.handoff(a)
	b.post("/actions/"+a.Reference+"/step-up", values("csrf", page.csrf(), "credential", "")).want(http.StatusUnprocessableEntity)
	b.post("/actions/"+a.Reference+"/step-up", values("csrf", page.csrf())).want(http.StatusUnprocessableEntity)
	if _, left, err := g.auth.Blocked(t.Context(), a.SellerKey()); err != nil || left != auth.MaxTries {
		t.Errorf("%d tries left, %v", left, err)
	}
}
