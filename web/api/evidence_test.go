package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"countersign/approvals"
)

// The bundle has the action, its proofs, its mails with their answers and its
// events; the same bytes twice; nothing of another seller, and nothing for
// another marketplace.
func TestEvidence(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	g.create("S-neighbour")
	g.drive(id, approvals.Approved)
	get := request{method: "GET", path: "/v1/actions/" + id + "/evidence"}
	a := g.send(get)
	if a.status != 200 || a.json["digest"] != g.load(id).Digest.String() {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for part, least := range map[string]int{"proofs": 2, "events": 5, "mails": 3} {
		if list, _ := a.json[part].([]any); len(list) < least {
			t.Errorf("%d %s: %v", len(list), part, list)
		}
	}
	if !strings.Contains(string(a.body), `"answer":"250 OK"`) || !strings.Contains(string(a.body), `"WAIT-BY-METHOD"`) {
		t.Errorf("no answer of a mail server, or no rule: %s", a.body)
	}
	if strings.Contains(string(a.body), "S-neighbour") {
		t.Error("another seller is in it")
	}
	if again := g.send(get); !bytes.Equal(a.body, again.body) {
		t.Error("twice is not the same")
	}
	get.change = func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+otherKey) }
	if a := g.send(get); a.status != 404 || a.code() != "not_found" {
		t.Errorf("another marketplace: %d %s", a.status, a.body)
	}
	g.create("S-2")
	empty := g.send(request{method: "GET", path: "/v1/actions/" + newUUID() + "/evidence"})
	if empty.status != 404 {
		t.Errorf("an unknown id: %d", empty.status)
	}
}
