package seller_test

import (
	"fmt"
	"net/http"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/auth/authtest"
)

// likenesses is a policy that remembers how many others each first proof was like.
type likenesses struct {
	approvals.Policy
	most int
}

func (p *likenesses) Decide(f approvals.Facts) approvals.Decision {
	if f.Proof != nil {
		p.most = max(p.most, f.Signals.Alike)
	}
	return p.Policy.Decide(f)
}

// THREATS §4, campaign: sellers of one bank who have nothing else in common, as far as
// their marketplace says, are alike by the browser that proves for them: by its key,
// and by its language.
func TestStepUp_Alike(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	p := &likenesses{Policy: g.Service.Policy}
	g.Service.Policy = p
	thief, other := newKey(t), newKey(t)
	for n, c := range []struct {
		language string
		key      *authtest.Browser
		want     int
	}{{"it-IT", thief, 0}, {"it-IT", newKey(t), 1}, {"ro-RO", thief, 1}, {"de-DE", other, 0}} {
		r := g.Request(g.SellerKey(int64(n + 1)))
		r.Seller.Locale, r.Details = "en", approvalstest.Account(n+1)
		r.Seller.Contacts = []approvals.Contact{{Email: fmt.Sprintf("s@mail-%d.example", n)}}
		r.Context = approvals.Context{IP: fmt.Sprintf("10.1.%d.1", n), UserAgent: fmt.Sprintf("Browser %d", n)}
		a, err := g.Service.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		app, b, path := g.app(a), g.browser(), "/actions/"+a.Reference
		b.handoff(a)
		b.header.Set("Accept-Language", c.language)
		p.most = 0
		b.coded(b.get(path+"/code"), path+"/step-up", app.Code(g.Clock.Now()), c.key).want(http.StatusOK).at(path + "/status")
		if p.most != c.want {
			t.Errorf("%d: a browser that speaks %s is like %d others, want %d", n, c.language, p.most, c.want)
		}
	}
}
