package proxy_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
	"countersign/web/proxy"
)

// defining waits as the policy of the world does, and defines kinds as another.
type defining struct {
	approvals.Policy
	kinds *risk.Policy
}

func (d defining) Definition(k approvals.Kind) (approvals.Definition, bool) {
	return d.kinds.Definition(k)
}

func (d defining) Wrong(k approvals.Kind, details json.RawMessage) []approvals.FieldError {
	return d.kinds.Wrong(k, details)
}

// A route may ask for a kind that the policy file defines: it goes the whole way. What
// the schema does not have, and a kind that is not defined, is refused and not sent.
func TestGuard_definedKind(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	w := newWorldWith(t, func(r *proxy.Routes) {
		r.Sensitive = r.Sensitive[:1]
		r.Sensitive[0].Kind = "shop.payout_now"
		r.Sensitive[0].Details = `{"amount": body.amount, "currency": "GBP", "destination": {"iban": body.iban, "holder": body.holder}}`
	}, func(c *proxy.Config) { c.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	waits := w.Service.Policy
	source, err := risk.Profile("payout_now")
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := risk.Parse("payout_now.yaml", source)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(seller, amount string) sent {
		s := bankChange(seller)
		s.body = strings.Replace(goodBody, "{", `{"amount":`+amount+`,`, 1)
		return s
	}

	if got := w.send(ask("S-1", `"20.00"`)); got.status != http.StatusBadRequest || !strings.Contains(got.body, "kind_unknown") {
		t.Errorf("not defined: %d %s", got.status, got.body)
	}
	if !strings.Contains(logged.String(), "kind=shop.payout_now") || !strings.Contains(logged.String(), "level=WARN") {
		t.Errorf("nobody is told: %s", logged.String())
	}
	w.Service.Policy = defining{waits, kinds}
	if got := w.send(ask("S-1", `"20"`)); got.status != http.StatusBadRequest || !strings.Contains(got.body, "details.amount") {
		t.Errorf("an amount without pence: %d %s", got.status, got.body)
	}
	if made, _ := w.upstream.got(); made > 0 {
		t.Fatal("the upstream was asked")
	}
	order := ask("S-1", `"20.00"`)
	_, a := w.sealed(order)
	if bound, ok := approvals.RequestOf(a); !ok || bound.ContentDigest != approvals.ContentDigest([]byte(order.body)) {
		t.Errorf("bound to %+v", bound)
	}
	if a = w.push(a); a.State != approvals.Executed {
		t.Fatalf("%s %+v", a.State, a.Push)
	}
	if _, got := w.upstream.got(); len(got) != 1 || got[0].body != order.body {
		t.Errorf("sent %+v", got)
	}
}
