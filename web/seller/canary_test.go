package seller_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth/authtest"
)

// canaries are what must be read nowhere again, with the name of each.
type canaries map[string]string

// in returns the names of those that text holds, as a word of its own.
func (c canaries) in(text string) (found []string) {
	for name, secret := range c {
		if regexp.MustCompile(`(^|[^0-9A-Za-z_.-])` + regexp.QuoteMeta(secret) + `($|[^0-9A-Za-z_-])`).MatchString(text) {
			found = append(found, name)
		}
	}
	return found
}

// TestMF02_NoSecretIsLogged (PS-16, AS-46): a change approved and confirmed with an
// app, with wrong codes and printed ones on the way, leaves no code, key, token
// or session id in a log that tells everything, nor in the audit log.
func TestMF02_NoSecretIsLogged(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	setup := b.get("/enrol/app").want(http.StatusOK)
	app, err := authtest.NewApp(setup.byID("key"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := canaries{
		"key": setup.byID("key"), "key without blanks": strings.Join(strings.Fields(setup.byID("key")), ""), "first code": app.Code(g.Clock.Now()),
		"hand-off": g.token(approvals.HandoffLink, a), "stop link": g.token(approvals.StopLink, a), "shape": "98x76", "wrong code": wrongCode(app, g.Clock.Now()),
	}
	b.post("/enrol/app", values("csrf", setup.csrf(), "totp", secrets["first code"])).want(http.StatusOK)
	path := "/actions/" + a.Reference
	for _, typed := range []string{secrets["shape"], secrets["wrong code"]} {
		b.post(path+"/step-up", values("csrf", b.get(path+"/code").csrf(), "totp", typed)).want(http.StatusUnprocessableEntity)
	}
	g.nextStep()
	secrets["page token"], secrets["step-up code"] = b.get(path).csrf(), app.Code(g.Clock.Now())
	b.stepUpByCode(a, app).want(http.StatusOK)
	a = g.drive(g.state(a, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	last := g.browser()
	secrets["confirmation link"], secrets["confirmation code"] = g.token(approvals.ConfirmLink, a), app.Code(g.Clock.Now())
	last.confirmByCode(a, app).want(http.StatusOK)
	g.nextStep()
	page := last.get("/security/codes").want(http.StatusOK)
	made := last.send(http.MethodPost, "/security/codes/proof", values("csrf", page.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusOK)
	secrets["printed code"] = printed.FindString(made.body)
	add := g.adding(a)
	last.cookies = g.begin(add, true)
	typed := last.get("/actions/" + add.Reference + "/recovery")
	last.post("/actions/"+add.Reference+"/recovery", values("csrf", typed.csrf(), "code", secrets["printed code"]))
	for _, c := range append(b.cookies, last.cookies...) {
		secrets["cookie "+c.Name], _ = url.QueryUnescape(c.Value)
	}
	for name, secret := range secrets {
		if len(secret) < 5 {
			t.Fatalf("no %s: %q", name, secret)
		}
	}
	if found := secrets.in(g.log.String()); len(found) > 0 || !strings.Contains(g.log.String(), "step-up") {
		t.Errorf("the log holds the %v:\n%s", found, g.log.String())
	}
	var events []string
	if err := g.db.Read(t.Context()).Raw("SELECT verb || ' ' || COALESCE(data, '') FROM events").Scan(&events).Error; err != nil {
		t.Fatal(err)
	}
	if found := secrets.in(strings.Join(events, "\n")); len(found) > 0 || len(events) < 8 {
		t.Errorf("the audit log holds the %v:\n%s", found, strings.Join(events, "\n"))
	}
}

// TestTA08_TheFormDecidesNothing: fields and a query that name another action,
// seller, stage or destination change nothing of what is approved.
func TestTA08_TheFormDecidesNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, other, b := g.Create(t), g.Create(t), g.browser()
	app := g.app(a)
	g.app(other)
	b.handoff(a)
	page := b.get("/actions/" + a.Reference + "/code").want(http.StatusOK)
	form := values(
		"csrf", page.csrf(), "totp", app.Code(g.Clock.Now()), "ref", other.Reference, "action", string(other.ID), "id", string(other.ID), "seller", string(other.Seller),
		"stage", string(approvals.StageConfirmation), "digest", other.Digest.String(), "details", `{"to":{"iban":"DE89370400440532013000"}}`, "iban", "DE89370400440532013000",
		"state", string(approvals.Approved), "method", "passkey", "wait", "0", "not_before", "2020-01-01T00:00:00Z",
	)
	query := url.Values{}
	for name, v := range form {
		if name != "csrf" && name != "totp" {
			query[name] = v
		}
	}
	b.post("/actions/"+a.Reference+"/step-up?"+query.Encode(), form).want(http.StatusOK)
	g.state(other, approvals.AwaitingStepUp)
	now := g.state(a, approvals.Notifying)
	p, ok := now.Proof(approvals.StageStepUp)
	if !ok || p.Action != a.ID || p.Digest != a.Digest || p.Method != approvals.TOTP || len(now.Proofs) != 1 {
		t.Errorf("proof %+v", p)
	}
	if now.Digest != a.Digest || string(now.Details) != string(a.Details) || now.Seller != a.Seller || now.Decision.Wait[approvals.TOTP] != a.Decision.Wait[approvals.TOTP] {
		t.Errorf("the action is %+v, was %+v", now, a)
	}
}
