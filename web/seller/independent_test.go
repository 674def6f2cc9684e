package seller_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// moreThanACode is a policy that asks for independent proof, and remembers on
// which device each first proof was made.
type moreThanACode struct {
	approvals.Policy
	mu   sync.Mutex
	seen []time.Time // DeviceSince of each first proof
}

func (p *moreThanACode) Decide(f approvals.Facts) approvals.Decision {
	d := p.Policy.Decide(f)
	d.Require = []approvals.Requirement{approvals.IndependentProof}
	if f.Proof != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.seen = append(p.seen, f.Proof.DeviceSince)
	}
	return d
}

// established is a seller with an app, whose browser's key has been known for 31
// days when the action is asked for.
type established struct {
	*gateway
	policy *moreThanACode
	app    *authtest.App
	key    *authtest.Browser
	a      approvals.Action
}

func newEstablished(t *testing.T) *established {
	t.Helper()
	g := newGateway(t)
	e := &established{gateway: g, policy: &moreThanACode{Policy: g.Service.Policy}, key: newKey(t)}
	g.Service.Policy = e.policy
	seller := g.SellerKey(1)
	r := g.Request(seller)
	r.Seller.Locale = "en"
	before, err := g.Service.Create(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	e.app = g.app(before)
	about := auth.OwnSubject(seller)
	challenge, err := g.auth.BeginDevice(t.Context(), about)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := e.key.Sign(challenge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.auth.Prove(t.Context(), about, auth.Answer{
		Code: e.app.Code(g.Clock.Now()), Device: auth.DeviceAnswer{Key: e.key.Key(), Challenge: challenge, Signature: signature},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Service.Cancel(t.Context(), before.Key(), approvals.ChangedMind, before.SellerActor()); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(31 * 24 * time.Hour)
	if e.a, err = g.Service.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return e
}

func newKey(t *testing.T) *authtest.Browser {
	t.Helper()
	key, err := authtest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// coded posts a code and what the key signs about what the page got for it.
func (b *browser) coded(page *answer, to, code string, key *authtest.Browser) *answer {
	b.t.Helper()
	form := values("csrf", page.csrf(), "totp", code)
	b.signed(page, form, key)
	return b.post(to, form)
}

func (b *browser) signed(page *answer, form url.Values, key *authtest.Browser) {
	b.t.Helper()
	begun := b.post(page.formData("data-device"), values("csrf", page.csrf())).want(http.StatusOK)
	_, rest, _ := strings.Cut(begun.body, `"challenge":"`)
	text, _, _ := strings.Cut(rest, `"`)
	challenge, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(challenge) != 64 {
		b.t.Fatalf("%s is no challenge", begun.body)
	}
	signature, err := key.Sign(challenge)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, v := range map[string][]byte{"device_key": key.Key(), "device_challenge": challenge, "device_signature": signature} {
		form.Set(name, base64.RawURLEncoding.EncodeToString(v))
	}
}

// steppedUp makes the first proof with a code in this browser, and waits.
func (e *established) steppedUp(b *browser, key *authtest.Browser) {
	e.t.Helper()
	path := "/actions/" + e.a.Reference
	b.coded(b.get(path+"/code"), path+"/step-up", e.app.Code(e.Clock.Now()), key).want(http.StatusOK).at(path + "/status")
	e.a = e.drive(e.reload(e.a), approvals.AwaitingConfirmation)
	e.Clock.Advance(e.Service.HumanDelay)
}

// TestCookieReplay, THREATS A7: the same cookie with another device key gets no
// further by itself, and counts as a device nobody knows.
func TestCookieReplay(t *testing.T) {
	t.Parallel()
	e := newEstablished(t)
	owner := e.browser()
	owner.handoff(e.a)
	thief, stolen := owner.copied(), newKey(t)
	e.state(e.a, approvals.AwaitingStepUp) // the visit proves nothing by itself
	e.steppedUp(thief, stolen)
	if since := e.policy.seen[0]; !since.IsZero() {
		t.Errorf("the thief's device counts since %s", since)
	}
	thief.mail(approvals.ConfirmLink, e.a)
	review := thief.post("/confirm", values("csrf", thief.get("/confirm").csrf(), "answer", "yes"))
	code := e.app.Code(e.Clock.Now())
	refused := thief.coded(thief.get("/confirm/code"), "/confirm/proof", code, stolen).want(http.StatusConflict)
	if !strings.Contains(refused.body, "your code was not used") || !refused.leads("/confirm/cancel") || review.StatusCode != http.StatusOK {
		t.Errorf("the page says %q", refused.title())
	}
	thief.post("/confirm/proof", values("csrf", thief.get("/confirm").csrf(), "totp", code)).want(http.StatusConflict) // without script
	e.state(e.a, approvals.AwaitingConfirmation)
	if n := e.refusals(approvals.CodeIndependent); n != 2 {
		t.Errorf("%d refusals in the log, want 2", n)
	}

	home := e.browser() // the same mail and the same code, where the device is known
	home.mail(approvals.ConfirmLink, e.a)
	home.coded(home.get("/confirm/code"), "/confirm/proof", code, e.key).want(http.StatusOK)
	done := e.state(e.a, approvals.Approved)
	if p, ok := done.Proof(approvals.StageConfirmation); !ok || p.Independent != approvals.ByDevice || p.Device == "" {
		t.Errorf("confirmed by %+v", p)
	}
	if _, err := e.Service.Claim(t.Context(), done.Key(), done.Details, nil); err != nil {
		t.Errorf("claim: %v", err)
	}
}

// refusals counts the refusals of the action with this code.
func (e *established) refusals(c approvals.Code) (n int) {
	e.t.Helper()
	events, err := e.Service.Reader.Timeline(e.t.Context(), e.a.Key())
	if err != nil {
		e.t.Fatal(err)
	}
	for _, event := range events {
		if event.Data["refused"] == string(c) {
			n++
		}
	}
	return n
}

// TestAitmAndMailbox, THREATS A2, B4 aitm_totp and mailbox_and_password: a relay
// of codes that reads the mailbox too has no device the owner was seen on before.
func TestAitmAndMailbox(t *testing.T) {
	t.Parallel()
	e := newEstablished(t)
	relay, key := e.browser(), newKey(t)
	relay.handoff(e.a)
	e.steppedUp(relay, key)
	e.Clock.Advance(time.Hour)
	relay.mail(approvals.ConfirmLink, e.a)
	for range 3 {
		e.nextStep()
		relay.coded(relay.get("/confirm/code"), "/confirm/proof", e.app.Code(e.Clock.Now()), key).want(http.StatusConflict)
	}
	e.state(e.a, approvals.AwaitingConfirmation)
	// The owner, when it was they who asked: locked, their devices start again.
	if _, err := e.Service.NotMe(t.Context(), e.a.Key()); err != nil {
		t.Fatal(err)
	}
	if list, err := e.auth.Devices(t.Context(), e.a.SellerKey()); err != nil || len(list) > 0 {
		t.Errorf("after a lock: %v, %v", list, err)
	}
}

// TestDeviceFields: what a browser sends that is none of ours refuses nothing.
func TestDeviceFields(t *testing.T) {
	t.Parallel()
	e := newEstablished(t)
	b := e.browser()
	b.handoff(e.a)
	path := "/actions/" + e.a.Reference
	page := b.get(path + "/code")
	form := values("csrf", page.csrf(), "totp", e.app.Code(e.Clock.Now()))
	b.signed(page, form, e.key)
	form.Set("device_signature", "%"+form.Get("device_signature")[1:])
	b.post(path+"/step-up", form).want(http.StatusOK).at(path + "/status")
	if since := e.policy.seen[0]; !since.IsZero() {
		t.Errorf("a broken signature counts since %s", since)
	}
}

// formData is an attribute of the page's first form that has it.
func (a *answer) formData(name string) (value string) {
	a.each(func(n *html.Node) {
		if n.Data == "form" && value == "" {
			value = attr(n, name)
		}
	})
	return value
}

// The pages say it before a code is spent, and where the seller stands; the
// security page lists the device and takes it away.
func TestDevice_Pages(t *testing.T) {
	t.Parallel()
	e := newEstablished(t)
	b := e.browser()
	b.handoff(e.a)
	path := "/actions/" + e.a.Reference
	if known := b.get(path + "/code"); known.byID("device-new") == "" || !strings.Contains(known.body, `data-known="`+thumbprint(e.key)+`"`) {
		t.Errorf("the code page says %q", known.byID("device-new"))
	}
	e.steppedUp(b, newKey(t))
	b.keep(e.begin(e.a, true)) // the first visit ended long ago
	if status := b.get(path + "/status"); !strings.Contains(status.body, "a device we have not known for 30 days") {
		t.Error("the status does not say what it takes to confirm")
	}
	var ids []string
	security := e.browser()
	page := security.get(e.sellerLink(e.a, approvals.ForSecurity)).want(http.StatusOK).at("/security")
	page.each(func(n *html.Node) {
		if n.Data == "form" && attr(n, "action") == "/security/device" {
			for d := range n.Descendants() {
				if attr(d, "name") == "device" {
					ids = append(ids, attr(d, "value"))
				}
			}
		}
	})
	if len(ids) != 2 {
		t.Fatalf("%d devices on the page, want 2", len(ids))
	}
	security.post("/security/device", values("csrf", page.csrf(), "device", ids[0])).want(http.StatusOK).at("/security")
	security.post("/security/device", values("csrf", security.get("/security").csrf(), "device", ids[0])).want(http.StatusUnprocessableEntity)
	if list, err := e.auth.Devices(t.Context(), e.a.SellerKey()); err != nil || len(list) != 1 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func thumbprint(key *authtest.Browser) string {
	sum := sha256.Sum256(key.Key())
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// THREATS finding 2: the history tells of a new device in words.
func TestS10_NewDevice(t *testing.T) {
	t.Parallel()
	e := newEstablished(t)
	for locale, want := range map[string]string{"en": "A new device can approve changes", "it": "Un nuovo dispositivo può approvare modifiche"} {
		if err := e.Service.Prefer(t.Context(), e.a.SellerKey(), locale, "Europe/Rome"); err != nil {
			t.Fatal(err)
		}
		b := e.browser()
		b.get(e.sellerLink(e.a, approvals.ForHistory)).want(http.StatusOK)
		if page := b.get("/history?kind=security").want(http.StatusOK); !strings.Contains(page.body, want) {
			t.Errorf("%s: the history does not say %q: %s", locale, want, page.byID("main"))
		}
	}
}
