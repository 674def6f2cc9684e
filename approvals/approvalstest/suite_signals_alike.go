package approvalstest

import (
	"fmt"
	"testing"
	"time"

	"countersign/approvals"
)

// alike is a service that tells how many others a request was taken to be like.
type alike struct {
	*World
	t       *testing.T
	service approvals.Service
	most    int
}

func (w *World) alikes(t *testing.T) *alike {
	a := &alike{World: w, t: t, service: *w.Service}
	a.service.Policy = watching(func(f approvals.Facts) { a.most = max(a.most, f.Signals.Alike) })
	return a
}

// ibans are accounts at as many banks.
var ibans = []string{"GB33BUKB20201555555555", "DE89370400440532013000", "NL91ABNA0417164300", "IT60X0542811101000000123456"}

// stranger asks for a change of a seller who has nothing in common with any other.
func (a *alike) stranger(seller int, change func(*approvals.Request)) approvals.Action {
	a.t.Helper()
	r := a.To(a.SellerKey(int64(seller)), seller)
	r.Details = fmt.Appendf(nil, `{"to":{"holder":"Anna Rossi","iban":%q}}`, ibans[seller%len(ibans)])
	r.Seller.Contacts[0].Email = fmt.Sprintf("s@mail-%d.example", seller)
	r.Context = approvals.Context{IP: fmt.Sprintf("10.1.%d.1", seller), UserAgent: fmt.Sprintf("Browser %d", seller), AcceptLanguage: fmt.Sprintf("x-%d", seller)}
	if change != nil {
		change(&r)
	}
	a.most = 0
	return a.must(a.t)(a.service.Create(ctx, r))
}

// prove makes the first proof in a browser.
func (a *alike) prove(made approvals.Action, key, language string) {
	a.t.Helper()
	p := a.Proof(made, approvals.StageStepUp)
	p.DeviceKey, p.Language = []byte(key), language
	a.most = 0
	a.must(a.t)(a.service.StepUp(ctx, made.Key(), p))
}

// signalsAlikeAge: a network and an account that nobody has heard of are two things in
// common; so are a language and a bank.
func signalsAlikeAge(t *testing.T, w *World) {
	a := w.alikes(t)
	a.stranger(3, nil)
	w.Clock.Advance(8 * days)
	network := func(r *approvals.Request) { r.Context.IP = "10.9.9.9" }
	for n := range 3 {
		a.stranger(100+n, network)
		same(t, fmt.Sprintf("one network and new accounts, after %d", n), a.most, n)
	}
	a.stranger(103, network)
	same(t, "one network and an account of last week", a.most, 0)
	w.Clock.Advance(25 * time.Hour)
	for n, language := range []string{"it-IT,it;q=0.9", "it-it, it;q=0.9", "de-DE"} {
		a.stranger(201+n, func(r *approvals.Request) { r.Details, r.Context.AcceptLanguage = Account(200+n), language })
		same(t, "one bank, and "+language, a.most, n%2)
	}
}

// signalsAlikeDevice: who proves in one browser is alike whatever the marketplace says,
// and what is refused teaches nothing.
func signalsAlikeDevice(t *testing.T, w *World) {
	a := w.alikes(t)
	one := func(r *approvals.Request) { r.Context.UserAgent = "Mozilla/5.0" }
	for n := range 4 {
		made := a.stranger(100+n, one)
		same(t, "before the proof", a.most, 0)
		bad := a.Proof(made, approvals.StageStepUp)
		bad.DeviceKey, bad.Digest[0] = []byte("another key"), bad.Digest[0]+1
		_, err := a.service.StepUp(ctx, made.Key(), bad)
		refused(t, err, approvals.CodeProofOther)
		if n == 3 {
			a.prove(made, "another key", "")
			same(t, "in a browser that only others were refused in", a.most, 0)
			return
		}
		a.prove(made, "key", "")
		same(t, fmt.Sprintf("in the browser of %d others", n), a.most, n)
		w.Clock.Advance(time.Minute)
	}
}

// signalsAlikeLater: at the proof what was asked for since is looked at too, and the
// browser's own language counts beside what the marketplace says.
func signalsAlikeLater(t *testing.T, w *World) {
	a := w.alikes(t)
	bank := func(n int) func(r *approvals.Request) {
		return func(r *approvals.Request) { r.Details = Account(n) }
	}
	first, second := a.stranger(1, bank(1)), a.stranger(2, bank(2))
	a.prove(first, "", "it-IT")
	same(t, "one in this language", a.most, 0)
	a.prove(second, "", "it-IT")
	same(t, "another in this language", a.most, 1)
	early := a.stranger(11, func(r *approvals.Request) { r.Context.IP = "10.7.7.7" })
	a.stranger(12, func(r *approvals.Request) { r.Context.IP = "10.7.7.7" })
	a.prove(early, "", "")
	same(t, "one more since it was asked for", a.most, 1)
}
