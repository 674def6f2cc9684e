package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// sameAnswer checks that two answers are the same, byte for byte.
func sameAnswer(t testing.TB, first, again answer) {
	t.Helper()
	if first.status != again.status || string(first.body) != string(again.body) ||
		first.header.Get("Content-Type") != again.header.Get("Content-Type") || first.header.Get("Location") != again.header.Get("Location") {
		t.Errorf("first %d %s\nagain %d %s", first.status, first.body, again.status, again.body)
	}
}

// IK-02, M1 to M3: the same key and body get the same bytes, another body 422;
// refusals are kept like successes.
func TestIdempotency_everyCall(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	open := g.create("S-2201").id()
	for _, r := range everyCall(open) {
		if r.method == "GET" {
			continue
		}
		r.key = fresh("key") // the first create is refused: an action is open
		first := g.send(r)
		if first.status >= 500 || first.header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("%s: %d %s", r.path, first.status, first.body)
		}
		again := r
		again.key = `"` + r.key + `"` // quoted is the same key
		replay := g.send(again)
		sameAnswer(t, first, replay)
		if replay.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s was done again", r.path)
		}
		spelled := r
		spelled.body = " " + strings.ReplaceAll(r.body, `":`, `" : `)
		sameAnswer(t, first, g.sendBad(spelled))
		other := r
		other.body = strings.Replace(r.body, "{", `{"x":"y",`, 1)
		g.refusedIs(g.sendBad(other), 422, "idempotency_key_reused", "")
		elsewhere := r
		elsewhere.path = "/v1/actions/" + anID + "/cancel"
		g.refusedIs(g.sendBad(elsewhere), 422, "idempotency_key_reused", "")
		theirs := r
		theirs.change = as(otherKey)
		if a := g.sendBad(theirs); a.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: another marketplace was given this one's answer (IK-04)", r.path)
		}
	}
}

func as(key string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key) }
}

// A refusal about this moment is not kept: the same key goes through later.
func TestIdempotency_notKept(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	r := request{method: "POST", path: "/v1/actions", body: body("S-1"), key: "once"}
	for name, change := range map[string]func(*http.Request){
		"401": noAuth,
		"415": func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"413": func(r *http.Request) { r.ContentLength = 1 << 20 },
		"421": func(r *http.Request) { r.Host = "evil.example" },
	} {
		bad := r
		bad.change = change
		if a := g.raw(bad); fmt.Sprint(a.status) != name {
			t.Errorf("%d %s, want %s", a.status, a.body, name)
		}
	}
	if a := g.send(r); a.status != 201 || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// A call that had nothing left to do keeps its answer too.
func TestIdempotency_nothingToDo(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	first := g.post(id, "cancel", `{"reason":"changed_mind"}`, "cancel-1")
	second := g.post(id, "cancel", `{"reason":"not_me"}`, "cancel-2")
	if second.status != 200 || string(second.body) != string(first.body) {
		t.Errorf("%d %s", second.status, second.body)
	}
	sameAnswer(t, second, g.post(id, "cancel", `{"reason":"not_me"}`, "cancel-2"))
	g.refusedIs(g.post(id, "cancel", `{"reason":"marketplace"}`, "cancel-2"), 422, "idempotency_key_reused", "")
}

// inParallel runs f n times at once.
func inParallel(n int, f func(i int) answer) []answer {
	answers := make([]answer, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return answers
}

// insist sends a request as a client does: one that was told to come back
// comes back, with the same key.
func (g *gateway) insist(r request) answer {
	a := g.raw(r)
	for range 20 {
		if a.code() != "unavailable" && a.code() != "request_in_progress" {
			break
		}
		a = g.raw(r)
	}
	return a
}

// M1: 50 equal requests at once are one action and 50 equal answers.
func TestRace_oneKey(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		r := request{method: "POST", path: "/v1/actions", body: body("S-1"), key: "once"}
		answers := inParallel(50, func(int) answer { return g.insist(r) })
		for _, a := range answers {
			sameAnswer(t, answers[0], a)
		}
		if answers[0].status != 201 || g.count() != 1 {
			t.Errorf("%d actions, %d %s", g.count(), answers[0].status, answers[0].body)
		}
	})
}

// M4: many keys, one seller and kind: one action, the rest are told which.
func TestRace_manyKeys(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		answers := inParallel(20, func(i int) answer {
			return g.insist(request{method: "POST", path: "/v1/actions", body: body("S-1"), key: fmt.Sprint("key-", i)})
		})
		made := 0
		for _, a := range answers {
			switch {
			case a.status == 201:
				made++
			case a.status != 409 || a.code() != "action_already_open" || a.json["action_id"] == nil:
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if made != 1 || g.count() != 1 {
			t.Errorf("%d answers of 201, %d actions", made, g.count())
		}
	})
}

// F-45, PS-01: many claims, one token.
func TestRace_claims(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		id := g.create("S-1").id()
		g.drive(id, "approved")
		answers := inParallel(32, func(i int) answer {
			return g.insist(request{
				method: "POST", path: "/v1/actions/" + id + "/claim", body: `{"details":` + detailsBody + `}`, key: fmt.Sprint("claim-", i%16),
			})
		})
		tokens := map[string]bool{}
		for i, a := range answers {
			switch {
			case a.status == 200:
				tokens[fmt.Sprint(i%16, a.json["release_token"])] = true
			case a.code() != "already_claimed":
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if len(tokens) != 1 {
			t.Errorf("%d claims won", len(tokens))
		}
	})
}

// The clock is moved once for one key, however often it is asked.
func TestRace_clock(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	before := g.clock.Now()
	r := request{method: "POST", path: "/v1/test/clock/advance", body: `{"by":"72h"}`, key: "once"}
	answers := inParallel(10, func(int) answer { return g.insist(r) })
	for _, a := range answers {
		if a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
		sameAnswer(t, answers[0], a)
	}
	if moved := g.clock.Now().Sub(before).Hours(); moved != 72 {
		t.Errorf("moved by %v hours", moved)
	}
}
