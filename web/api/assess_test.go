package api_test

import (
	"strings"
	"testing"

	"countersign/approvals"
)

const assessPath = "/v1/destinations/assess"

func assessBody(seller string) string {
	return strings.Replace(body(seller), `,"return_url":"`+returnURL+`"`, "", 1)
}

// What the assessment says is what the create then does.
func TestAssess_saysWhatCreateDoes(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	a := g.send(request{method: "POST", path: assessPath, body: assessBody("S-1"), key: "ask"})
	if a.status != 200 || a.json["outcome"] != "allow" || a.state() != "awaiting_step_up" || a.json["refusal"] != nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := member(t, a.json, "destination", "masked"); got != "NL91 •••• … 4300" {
		t.Errorf("destination %v", a.json["destination"])
	}
	if strings.Contains(string(a.body), "NL91ABNA0417164300") || strings.Contains(string(a.body), "Ferri") {
		t.Errorf("the account in full: %s", a.body)
	}
	made := g.create("S-1")
	for _, part := range []string{"version", "class", "delay_hours"} {
		if said, done := member(t, a.json, "policy", part), member(t, made.json, "policy", part); said != done {
			t.Errorf("%s: said %v, done %v", part, said, done)
		}
	}
	methods, _ := a.json["methods"].([]any)
	if len(methods) != 2 || methods[0].(map[string]any)["method"] != "passkey" || methods[0].(map[string]any)["delay_hours"] != 24.0 {
		t.Errorf("methods %v", methods)
	}
}

// Nothing is created and nothing recorded: no seller, no action, no sighting of
// the destination, no event. The one thing kept is the answer.
func TestAssess_leavesNothing(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	before := g.rows()
	g.send(request{method: "POST", path: assessPath, body: assessBody("S-1"), key: "ask"})
	g.sendBad(request{method: "POST", path: assessPath, body: `{"kind":"payout_account.change"}`, key: "wrong"})
	after := g.rows()
	for table, n := range after {
		if want := before[table]; n != want && table != "answers" {
			t.Errorf("%s has %d rows, had %d", table, n, want)
		}
	}
	if after["answers"] != before["answers"]+2 {
		t.Errorf("%d answers", after["answers"])
	}
}

// rows counts the rows of every table.
func (g *gateway) rows() map[string]int {
	g.t.Helper()
	names, err := g.db.SQL().QueryContext(g.t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		g.t.Fatal(err)
	}
	out := map[string]int{}
	for names.Next() {
		var name string
		if err := names.Scan(&name); err != nil {
			g.t.Fatal(err)
		}
		out[name] = 0
	}
	if err := names.Err(); err != nil {
		g.t.Fatal(err)
	}
	for name := range out {
		var n int
		if err := g.db.SQL().QueryRowContext(g.t.Context(), `SELECT count(*) FROM "`+name+`"`).Scan(&n); err != nil {
			g.t.Fatal(err)
		}
		out[name] = n
	}
	return out
}

// What would stand in the way is named.
func TestAssess_refusals(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	open := g.create("S-1")
	a := g.send(request{method: "POST", path: assessPath, body: assessBody("S-1"), key: "open"})
	if a.status != 200 || member(t, a.json, "refusal", "code") != "action_already_open" || member(t, a.json, "refusal", "action_id") != open.id() || a.json["state"] != nil {
		t.Errorf("%d %s", a.status, a.body)
	}
	superseding := strings.Replace(assessBody("S-1"), "{", `{"supersede":true,`, 1)
	if a = g.send(request{method: "POST", path: assessPath, body: superseding, key: "supersede"}); a.json["refusal"] != nil || a.state() != "awaiting_step_up" {
		t.Errorf("%s", a.body)
	}
	if x := g.load(open.id()); x.State != approvals.AwaitingStepUp {
		t.Errorf("the open action is %s", x.State)
	}
	lock := request{method: "POST", path: "/v1/sellers/S-1/lock", body: `{"reason":"called"}`, key: "lock"}
	if l := g.send(lock); l.status != 200 {
		t.Fatal(l.status)
	}
	if a = g.send(request{method: "POST", path: assessPath, body: superseding, key: "locked"}); a.state() != "held" {
		t.Errorf("%s", a.body)
	}
	again := g.send(request{method: "POST", path: assessPath, body: assessBody("S-1"), key: "open"})
	if again.header.Get("Idempotent-Replayed") != "true" || member(t, again.json, "refusal", "code") != "action_already_open" {
		t.Errorf("the same key: %s", again.body)
	}
}
