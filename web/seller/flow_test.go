package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth/authtest"
)

// TestTheWholeChange_Passkey goes the way of DESIGN §4 through the pages alone:
// set-up, review, first proof, wait, mail, second proof.
func TestTheWholeChange_Passkey(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()

	review := b.handoff(a).want(http.StatusOK).at("/actions/" + a.Reference)
	if !review.leads("/enrol") || review.posts("/actions/"+a.Reference+"/step-up") {
		t.Fatal("a seller without an authenticator is not led to set-up")
	}
	if !strings.Contains(review.body, "24 hours") {
		t.Error("the review does not say how long the wait will be")
	}
	b.get("/enrol").want(http.StatusOK)
	device := authtest.NewDevice(home)
	setup := b.get("/enrol/passkey").want(http.StatusOK)
	made, err := device.Create(setup.options())
	if err != nil {
		t.Fatal(err)
	}
	done := b.post("/enrol/passkey", values("csrf", setup.csrf(), "credential", string(made), "name", "My phone"))
	done.want(http.StatusOK).at("/enrol/done")
	if !strings.Contains(done.body, "My phone") || !done.leads("/actions/"+a.Reference) {
		t.Error("the last screen does not name the passkey or lead back")
	}

	b.stepUpByPasskey(a, device).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	a = g.state(a, approvals.Notifying)
	if p, ok := a.Proof(approvals.StageStepUp); !ok || p.Method != approvals.Passkey || p.Digest != a.Digest {
		t.Fatalf("step-up proof %+v", p)
	}

	a = g.drive(a, approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	status := g.browser().confirmByPasskey(a, device).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	a = g.state(a, approvals.Approved)
	if p, ok := a.Proof(approvals.StageConfirmation); !ok || p.Method != approvals.Passkey {
		t.Fatalf("confirmation proof %+v", p)
	}
	if !strings.Contains(status.byID("main"), "onfirmed") {
		t.Errorf("the status does not say that it is confirmed: %s", status.byID("main"))
	}
}

// stepUpByPasskey answers the review with a passkey.
func (b *browser) stepUpByPasskey(a approvals.Action, device *authtest.Device) *answer {
	b.t.Helper()
	path := "/actions/" + a.Reference
	page := b.get(path).want(http.StatusOK)
	return b.post(path+"/step-up", values("csrf", page.csrf(), "credential", b.assert(device, page)))
}

// confirmByPasskey comes from the confirmation mail, says yes and proves it.
func (b *browser) confirmByPasskey(a approvals.Action, device *authtest.Device) *answer {
	b.t.Helper()
	page := b.mail(approvals.ConfirmLink, a).want(http.StatusOK).at("/confirm")
	page = b.post("/confirm", values("csrf", page.csrf(), "answer", "yes")).want(http.StatusOK).at("/confirm/review")
	return b.post("/confirm/proof", values("csrf", page.csrf(), "credential", b.assert(device, page)))
}

// assert is what the device answers to the options in a page.
func (b *browser) assert(device *authtest.Device, page *answer) string {
	b.t.Helper()
	got, err := device.Get(page.options())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(got)
}

// TestTheWholeChange_Code is the same with an authenticator app.
func TestTheWholeChange_Code(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.Create(t), g.browser()
	b.handoff(a)
	setup := b.get("/enrol/app").want(http.StatusOK)
	key := setup.byID("key")
	if again := b.get("/enrol/app"); again.byID("key") != key {
		t.Error("opening the screen again made another key")
	}
	app, err := authtest.NewApp(key)
	if err != nil {
		t.Fatal(err)
	}
	wrong := b.post("/enrol/app", values("csrf", setup.csrf(), "totp", "000000")).want(http.StatusUnprocessableEntity)
	if wrong.byID("key") != key || !strings.HasPrefix(wrong.title(), "Error:") {
		t.Error("a wrong code lost the key, or its page does not say so")
	}
	b.post("/enrol/app", values("csrf", wrong.csrf(), "totp", app.Code(g.Clock.Now()))).want(http.StatusOK).at("/enrol/done")

	g.nextStep()
	b.stepUpByCode(a, app).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	a = g.drive(g.state(a, approvals.Notifying), approvals.AwaitingConfirmation)
	g.Clock.Advance(g.config.Dwell)
	g.browser().confirmByCode(a, app).want(http.StatusOK).at("/actions/" + a.Reference + "/status")
	a = g.state(a, approvals.Approved)
	if p, ok := a.Proof(approvals.StageConfirmation); !ok || p.Method != approvals.TOTP {
		t.Fatalf("confirmation proof %+v", p)
	}
}

// stepUpByCode answers the review with the code the app shows.
func (b *browser) stepUpByCode(a approvals.Action, app *authtest.App) *answer {
	b.t.Helper()
	path := "/actions/" + a.Reference
	if !b.get(path).want(http.StatusOK).leads(path + "/code") {
		b.t.Fatal("the review does not lead to the code page")
	}
	page := b.get(path + "/code").want(http.StatusOK)
	return b.post(path+"/step-up", values("csrf", page.csrf(), "totp", app.Code(b.g.Clock.Now())))
}

// confirmByCode is confirmByPasskey with a code.
func (b *browser) confirmByCode(a approvals.Action, app *authtest.App) *answer {
	b.t.Helper()
	page := b.mail(approvals.ConfirmLink, a).want(http.StatusOK)
	review := b.post("/confirm", values("csrf", page.csrf(), "answer", "yes")).want(http.StatusOK)
	if !review.leads("/confirm/code") {
		b.t.Fatal("the review does not lead to the code page")
	}
	code := b.get("/confirm/code").want(http.StatusOK)
	return b.post("/confirm/proof", values("csrf", code.csrf(), "totp", app.Code(b.g.Clock.Now())))
}
