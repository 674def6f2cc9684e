package seller_test

import (
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth"
)

// fromMarketplace is the codes page of a visit that the marketplace's "Security"
// began: no proof, and no action.
func (g *gateway) fromMarketplace(a approvals.Action) (*browser, *answer) {
	g.t.Helper()
	b := g.browser()
	b.get(g.sellerLink(a, approvals.ForSecurity)).want(http.StatusOK)
	page := b.get("/security/codes").want(http.StatusOK)
	if !page.posts("/security/codes/proof") {
		g.t.Fatalf("no way to make codes: %s", page.body)
	}
	return b, page
}

// TestCodes_OneFreshProof: one proof about no action makes the codes, which are
// shown in its answer, and the visit has a new id (MF-03, SM-02).
func TestCodes_OneFreshProof(t *testing.T) {
	t.Parallel()
	for name, prove := range map[string]func(g *gateway, a approvals.Action) (b *browser, field, value string){
		"passkey": func(g *gateway, a approvals.Action) (*browser, string, string) {
			d := g.phone(a)
			b, page := g.fromMarketplace(a)
			made, err := d.Get(page.options())
			if err != nil {
				g.t.Fatal(err)
			}
			return b, "credential", string(made)
		},
		"code": func(g *gateway, a approvals.Action) (*browser, string, string) {
			app := g.app(a)
			b, _ := g.fromMarketplace(a)
			return b, "totp", app.Code(g.Clock.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.Create(t)
			b, field, value := prove(g, a)
			before := b.copied()
			token := b.get("/security").csrf()
			made := b.send(http.MethodPost, "/security/codes/proof", values("csrf", token, field, value)).want(http.StatusOK)
			if codes := printed.FindAllString(made.body, -1); len(codes) != 10 {
				t.Fatalf("%d codes: %s", len(codes), made.body)
			}
			before.get("/security").want(http.StatusUnauthorized)
			if page := b.get("/security/codes").want(http.StatusOK); !page.posts("/security/codes/proof") {
				t.Error("the next ten need no proof of their own (AS-32)")
			}
			if again := b.send(http.MethodPost, "/security/codes/proof", values("csrf", b.get("/security").csrf(), field, value)); printed.MatchString(again.body) {
				t.Error("a proof made codes twice")
			}
			g.state(a, approvals.AwaitingStepUp)
		})
	}
}

// TestCodes_NoProofNoCodes: neither an empty form, nor a wrong code, nor a proof
// of an action makes codes; five wrong ones begin a block.
func TestCodes_NoProofNoCodes(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	g.app(a)
	b, page := g.fromMarketplace(a)
	send := func(fields ...string) *answer {
		t.Helper()
		answer := b.send(http.MethodPost, "/security/codes/proof", values(append([]string{"csrf", page.csrf()}, fields...)...))
		if printed.MatchString(answer.body) {
			t.Fatalf("%v made codes", fields)
		}
		return answer
	}
	send().want(http.StatusUnprocessableEntity)
	send("totp", " ").want(http.StatusUnprocessableEntity)
	for range 4 {
		send("totp", "000000").want(http.StatusUnprocessableEntity)
		g.Clock.Advance(auth.MaxPause)
	}
	send("totp", "000000").want(http.StatusTooManyRequests)
	if blocked := b.get("/security/codes").want(http.StatusOK); blocked.posts("/security/codes/proof") || !strings.Contains(blocked.body, "too many tries") {
		t.Errorf("the page does not say until when: %s", blocked.body)
	}
	b.send(http.MethodPost, "/security/codes/proof", values("csrf", "no", "totp", "000000")).want(http.StatusForbidden)
}

// TestCodes_AProofIsForItsPage: what a passkey answered to the codes page proves
// no action, and the other way round (rule 1).
func TestCodes_AProofIsForItsPage(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	d := g.phone(a)
	b, page := g.fromMarketplace(a)
	own, err := d.Get(page.options())
	if err != nil {
		t.Fatal(err)
	}
	review := g.browser()
	shown := review.handoff(a)
	review.send(http.MethodPost, "/actions/"+a.Reference+"/step-up", values("csrf", shown.csrf(), "credential", string(own))).want(http.StatusUnprocessableEntity)
	g.state(a, approvals.AwaitingStepUp)
	ofAction, err := d.Get(review.get("/actions/" + a.Reference).options())
	if err != nil {
		t.Fatal(err)
	}
	answer := b.send(http.MethodPost, "/security/codes/proof", values("csrf", page.csrf(), "credential", string(ofAction)))
	if printed.MatchString(answer.body) {
		t.Error("the proof of an action made codes")
	}
}

// TestCodes_OfferedAfterAProof: the status leads to the codes after a proof, as
// long as there are none, and not in a visit without one (S5, S9).
func TestCodes_OfferedAfterAProof(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.Create(t)
	d := g.phone(a)
	a = g.drive(a, approvals.CoolingOff)
	status := "/actions/" + a.Reference + "/status"
	offers := func(proved bool) bool {
		t.Helper()
		b := g.browser()
		b.keep(g.begin(a, proved))
		return b.get(status).want(http.StatusOK).leads("/security/codes")
	}
	if !offers(true) || offers(false) {
		t.Error("codes are offered after a proof and only then")
	}
	g.codes(a, d)
	if offers(true) {
		t.Error("codes are offered to a seller who has them")
	}
}
