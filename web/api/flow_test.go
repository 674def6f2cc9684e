package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// DESIGN §6: the life of an action over the API, each answer of the same shape.
func TestFlow_executed(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		made := g.create("S-1")
		id := made.id()
		if made.header.Get("Location") != publicURL+"/v1/actions/"+id || made.state() != "awaiting_step_up" {
			t.Errorf("created: %s, %s", made.header.Get("Location"), made.body)
		}
		url, _ := member(t, made.json, "next", "url").(string)
		if token, ok := strings.CutPrefix(url, publicURL+"/h/"); !ok || len(token) != 44 {
			t.Errorf("hand-off URL %q", url)
		}
		if g.load(id).Digest.String() != member(t, made.json, "digest") {
			t.Error("another digest than stored")
		}
		g.showIs(id, "awaiting_step_up", "redirect")
		g.drive(id, approvals.Notifying)
		g.showIs(id, "notifying", "wait")
		g.drive(id, approvals.CoolingOff)
		g.showIs(id, "cooling_off", "wait")
		g.refusedIs(g.claim(id, "early"), 409, "not_approved", "not_before")
		g.drive(id, approvals.AwaitingConfirmation)
		g.showIs(id, "awaiting_confirmation", "wait")
		g.drive(id, approvals.Approved)
		g.showIs(id, "approved", "claim")
		won := g.claim(id, "claim-1")
		if won.status != 200 || member(t, won.json, "action", "state") != "releasing" {
			t.Fatalf("claim: %d %s", won.status, won.body)
		}
		g.verify(won, id)
		g.clock.Advance(time.Hour)
		if again := g.claim(id, "claim-1"); string(again.body) != string(won.body) || again.status != 200 || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("the lost answer of a claim: %d %s", again.status, again.body)
		}
		g.refusedIs(g.claim(id, "claim-2"), 409, "already_claimed", "state")
		g.refusedIs(g.post(id, "cancel", `{"reason":"marketplace"}`, "late"), 409, "too_late_to_cancel", "state")
		done := g.post(id, "result", `{"outcome":"executed","reference":"r-1"}`, "result-1")
		if done.status != 200 || done.state() != "executed" || member(t, done.json, "effective_destination", "iban") != "NL91ABNA0417164300" {
			t.Errorf("result: %d %s", done.status, done.body)
		}
		g.refusedIs(g.post(id, "result", `{"outcome":"failed"}`, "result-2"), 409, "result_already_given", "state")
		g.refusedIs(g.post(id, "handoff", `{}`, "handoff-2"), 409, "wrong_state", "state")
	})
}

// post sends one of an action's verbs.
func (g *gateway) post(id, verb, body, key string) answer {
	g.t.Helper()
	return g.send(request{method: "POST", path: "/v1/actions/" + id + "/" + verb, body: body, key: key})
}

func (g *gateway) claim(id, key string) answer {
	g.t.Helper()
	return g.post(id, "claim", `{"details":`+detailsBody+`}`, key)
}

// showIs reads an action and checks what everybody relies on.
func (g *gateway) showIs(id, state, next string) {
	g.t.Helper()
	a := g.send(request{method: "GET", path: "/v1/actions/" + id})
	if a.status != 200 || a.state() != state || member(g.t, a.json, "next", "type") != next {
		g.t.Errorf("want %s, %s: %d %s", state, next, a.status, a.body)
	}
	if _, shown := a.json["next"].(map[string]any)["url"]; shown {
		g.t.Error("a hand-off URL is shown again")
	}
	if len(a.json["timeline"].([]any)) == 0 {
		g.t.Error("no timeline")
	}
	if member(g.t, a.json, "effective_destination", "iban") != "IT60X0542811101000000123456" {
		g.t.Errorf("the old account is not what is paid while %s (rule 9)", state)
	}
	x := g.load(id)
	for name, at := range map[string]time.Time{"not_before": x.NotBefore, "confirm_by": x.ConfirmBy, "claim_by": x.ClaimBy, "created_at": x.CreatedAt} {
		shown, _ := a.json[name].(string)
		if at.IsZero() != (shown == "") || shown != "" && shown != approvals.FormatTime(at) {
			g.t.Errorf("%s: %s is %q, stored %s", state, name, shown, at)
		}
	}
}

func (g *gateway) refusedIs(a answer, status int, code, fact string) {
	g.t.Helper()
	if a.status != status || a.code() != code {
		g.t.Errorf("want %d %s: %d %s", status, code, a.status, a.body)
	}
	if fact != "" && a.json[fact] == nil {
		g.t.Errorf("%s does not say %s: %s", code, fact, a.body)
	}
}

// verify checks the release token as a marketplace does, with the keys of
// /.well-known/jwks.json (AS-38).
func (g *gateway) verify(won answer, id string) {
	g.t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(g.send(request{method: "GET", path: "/.well-known/jwks.json", change: noAuth}).body, &set); err != nil {
		g.t.Fatal(err)
	}
	token, _ := won.json["release_token"].(string)
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		g.t.Fatal(err)
	}
	payload, err := signed.Verify(set)
	if err != nil {
		g.t.Fatal(err)
	}
	var claims approvals.ReleaseClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		g.t.Fatal(err)
	}
	x := g.load(id)
	if claims.Issuer != publicURL || claims.Audience != "market" || claims.Digest != x.Digest.String() || len(claims.Proofs) != 2 {
		g.t.Errorf("claims %+v", claims)
	}
	if at := approvals.FormatTime(time.Unix(claims.ExpiresAt, 0)); won.json["expires_at"] != at {
		g.t.Errorf("expires_at %v, the token says %s", won.json["expires_at"], at)
	}
}

func noAuth(r *http.Request) { r.Header.Del("Authorization") }

// Rule 7: other details hold the action, whatever key they come with.
func TestFlow_mismatch(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	g.drive(id, approvals.Approved)
	other := strings.Replace(detailsBody, "NL91ABNA0417164300", "GB29NWBK60161331926819", 1)
	bad := g.post(id, "claim", `{"details":`+other+`}`, "claim-1")
	g.refusedIs(bad, 409, "payload_mismatch", "state")
	if again := g.post(id, "claim", `{"details":`+other+`}`, "claim-1"); string(again.body) != string(bad.body) {
		t.Errorf("the kept refusal: %s", again.body)
	}
	g.refusedIs(g.claim(id, "claim-2"), 409, "not_approved", "state")
	shown := g.send(request{method: "GET", path: "/v1/actions/" + id})
	if shown.state() != "held" || member(t, shown.json, "hold", "code") != "payload_mismatch" || member(t, shown.json, "hold", "until") == nil {
		t.Errorf("%s", shown.body)
	}
}

// JC-01, RELIABILITY I7: another order and spacing are the same details.
func TestFlow_claimOtherSpelling(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	g.drive(id, approvals.Approved)
	spelled := `{ "to" : {"holder":"Giulia Ferri","iban":"NL91ABNA041\u0037164300"}, "from":{ "holder":"Giulia Ferri", "iban":"IT60X0542811101000000123456" } }`
	if a := g.post(id, "claim", `{"details":`+spelled+`}`, "claim-1"); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestFlow_failedThenAgain(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	g.drive(id, approvals.Approved)
	first := g.claim(id, "claim-1")
	failed := g.post(id, "result", `{"outcome":"failed","error":"bank is closed"}`, "result-1")
	if failed.state() != "execution_failed" || member(t, failed.json, "next", "type") != "claim" {
		t.Fatalf("%s", failed.body)
	}
	second := g.claim(id, "claim-2")
	if first.status != 200 || second.status != 200 {
		t.Fatalf("%d, %d %s", first.status, second.status, second.body)
	}
	// A late repetition of the first report is the kept answer and moves nothing.
	if again := g.post(id, "result", `{"outcome":"failed","error":"bank is closed"}`, "result-1"); string(again.body) != string(failed.body) {
		t.Errorf("%s", again.body)
	}
	if x := g.load(id); x.State != approvals.Releasing {
		t.Errorf("a repeated report moved the action to %s", x.State)
	}
}
