package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// AS-18, K1 to K4: an id of another marketplace, one that does not exist and
// one that cannot exist are answered alike, on every call.
func TestForeignIDs(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		ours := g.create("S-2201").id()
		before := g.load(ours)
		strip := func(a answer) string {
			delete(a.json, "request_id")
			return fmt.Sprint(a.json)
		}
		for i, r := range everyCall(ours) {
			if !strings.Contains(r.path, ours) && !strings.Contains(r.path, "S-2201") {
				continue
			}
			var bodies []string
			for _, id := range []string{ours, newUUID(), strings.ToUpper(ours), "x", ours + "x", "%2e%2e", "%00", "%ff", "1;drop", strings.Repeat("9", 300)} {
				try := r
				try.key = ""
				if r.method == "POST" {
					try.key = fmt.Sprint("foreign-", i, "-", len(bodies))
				}
				try.path = strings.Replace(strings.Replace(r.path, ours, id, 1), "S-2201", id, 1)
				if id == ours {
					try.path = r.path
				}
				try.change = as(otherKey)
				a := g.raw(try)
				if a.status != 404 || a.code() != "not_found" {
					t.Errorf("%s %s: %d %s", try.method, try.path, a.status, a.body)
				}
				bodies = append(bodies, strip(a))
			}
			for _, b := range bodies {
				if b != bodies[0] {
					t.Errorf("%s %s: %s\n%s", r.method, r.path, bodies[0], b)
				}
			}
		}
		if after := g.load(ours); after.Version != before.Version || after.State != before.State {
			t.Errorf("a foreign call moved the action: %+v", after)
		}
	})
}

func (g *gateway) list(query string) answer {
	g.t.Helper()
	return g.send(request{method: "GET", path: "/v1/actions" + query})
}

func idsOf(a answer) []string {
	var ids []string
	data, _ := a.json["data"].([]any)
	for _, x := range data {
		ids = append(ids, x.(map[string]any)["id"].(string))
	}
	return ids
}

func TestList(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		if a := g.list(""); a.status != 200 || !strings.Contains(string(a.body), `"data":[]`) {
			t.Errorf("an empty list: %s", a.body)
		}
		first, second, third := g.create("S-1").id(), g.create("S-2").id(), g.create("S/3x").id()
		g.post(second, "cancel", `{"reason":"marketplace"}`, "c")
		for query, want := range map[string][]string{
			"":                                   {third, second, first},
			"?seller=S-1":                        {first},
			"?seller=" + url.QueryEscape("S/3x"): {third},
			"?state=cancelled":                   {second},
			"?state=awaiting_step_up":            {third, first},
			"?kind=payout_account.change":        {third, second, first},
			"?state=awaiting_step_up&seller=S-2": nil,
			"?cursor=" + third:                   {second, first},
			"?cursor=" + third + "&state=awaiting_step_up": {first},
			"?seller=unknown": nil,
		} {
			if a := g.list(query); a.status != 200 || fmt.Sprint(idsOf(a)) != fmt.Sprint(want) {
				t.Errorf("%q: %v, want %v", query, idsOf(a), want)
			}
		}
		theirs := g.send(request{method: "GET", path: "/v1/actions", change: as(otherKey)})
		if len(idsOf(theirs)) != 0 {
			t.Errorf("another marketplace sees %v", idsOf(theirs))
		}
	})
}

// K3, K18: filters and cursors are read strictly.
func TestList_refused(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	ours := g.create("S-1").id()
	for _, query := range []string{
		"?limit=10", "?Seller=S-1", "?seller=", "?seller", "?seller=S-1&seller=S-2", "?seller=a%00b", "?seller=a%ffb", "?seller=.", "?seller=a+b",
		"?seller=" + strings.Repeat("s", 129), "?state=APPROVED", "?state=open", "?state=approved&state=approved", "?kind=loan", "?kind=",
		"?cursor=", "?cursor=x", "?cursor=" + newUUID(), "?cursor=" + strings.ToUpper(ours), "?cursor=" + ours + "&cursor=" + ours,
		"?cursor=" + ours + "%20", "?seller=S-1;state=approved", "?seller=%zz", "?marketplace=other", "?" + strings.Repeat("a&", 100) + "a",
	} {
		g.refusedIs(g.raw(request{method: "GET", path: "/v1/actions" + query}), 400, "invalid_request", "errors")
	}
	theirs := g.raw(request{method: "GET", path: "/v1/actions?cursor=" + ours, change: as(otherKey)})
	g.refusedIs(theirs, 400, "invalid_request", "errors")
	for _, path := range []string{"/v1/actions/" + ours + "?expand=all", "/v1/sellers/S-1?x", "/v1/sellers/S-1?"} {
		g.refusedIs(g.raw(request{method: "GET", path: path}), 400, "invalid_request", "errors")
	}
	for _, path := range []string{"/v1/actions", "/v1/actions/" + ours, "/v1/sellers/S-1"} { // I10
		g.refusedIs(g.raw(request{method: "GET", path: path, body: "{}"}), 400, "invalid_request", "errors")
	}
}

func TestList_pages(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	const n = 120
	for i := range n {
		if a := g.raw(request{method: "POST", path: "/v1/actions", body: body(fmt.Sprint("S-", i)), key: fresh("k")}); a.status != 201 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	seen := map[string]bool{}
	query, pages := "", 0
	for {
		a := g.list(query)
		for _, id := range idsOf(a) {
			if seen[id] {
				t.Errorf("%s is on two pages", id)
			}
			seen[id] = true
		}
		pages++
		cursor, more := a.json["next_cursor"].(string)
		if !more {
			break
		}
		query = "?cursor=" + cursor
	}
	if len(seen) != n || pages != 3 {
		t.Errorf("%d actions on %d pages", len(seen), pages)
	}
}

// Rule 13: a lock by the marketplace.
func TestSeller(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		id := g.create("S-2201").id()
		g.drive(id, approvals.Approved)
		path := "/v1/sellers/S-2201"
		shown := g.send(request{method: "GET", path: path})
		if shown.status != 200 || shown.json["locked"] != false || shown.json["email"] != "giulia@ferri.example" {
			t.Errorf("%d %s", shown.status, shown.body)
		}
		lock := request{method: "POST", path: path + "/lock", body: `{"reason":"The seller called"}`, key: "lock-1"}
		locked := g.send(lock)
		if locked.status != 200 || locked.json["locked"] != true || locked.json["locked_by"] != "marketplace" {
			t.Errorf("%d %s", locked.status, locked.body)
		}
		sameAnswer(t, locked, g.send(lock))
		g.refusedIs(g.claim(id, "claim-1"), 409, "seller_locked", "state")
		held := g.send(request{method: "GET", path: "/v1/actions/" + id})
		if held.state() != "held" || member(t, held.json, "hold", "code") != "seller_locked" {
			t.Errorf("%s", held.body)
		}
		lock.key = "lock-2"
		if again := g.send(lock); again.status != 200 || string(again.body) != string(locked.body) {
			t.Errorf("%d %s", again.status, again.body)
		}
		if a := g.post(id, "cancel", `{"reason":"not_me"}`, "cancel-1"); a.status != 200 || a.json["cancel_reason"] != "not_me" {
			t.Errorf("cancelling a locked seller's action: %d %s", a.status, a.body)
		}
		created := g.send(request{method: "POST", path: "/v1/actions", body: body("S-2201"), key: "new"})
		if created.status != 201 || created.state() != "held" || member(t, created.json, "next", "type") != "wait" {
			t.Errorf("%d %s", created.status, created.body)
		}
	})
}

// A marketplace asks people to look at a seller: one case, however often, and nothing
// of the seller stops.
func TestSeller_openCase(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-2201").id()
	for _, key := range []string{"case-1", "case-1", "case-2"} {
		asked := g.send(request{method: "POST", path: "/v1/sellers/S-2201/cases", body: `{"reason":"two odd calls"}`, key: key})
		if asked.status != 200 || asked.json["locked"] != false {
			t.Fatalf("%d %s", asked.status, asked.body)
		}
	}
	var cases, joined, events int
	err := g.db.SQL().QueryRowContext(t.Context(), `SELECT count(*), max(joined), (SELECT count(*) FROM events WHERE verb = 'case_asked' AND data LIKE '%two odd calls%')
		FROM cases WHERE seller = 'S-2201' AND reason = 'marketplace' AND closed_at IS NULL`).Scan(&cases, &joined, &events)
	if err != nil || cases != 1 || joined != 1 || events != 2 {
		t.Errorf("%d cases joined %d times, %d requests in the log, %v", cases, joined, events, err)
	}
	if now := g.send(request{method: "GET", path: "/v1/actions/" + id}); now.state() != "awaiting_step_up" {
		t.Errorf("the action is %s", now.state())
	}
	g.refusedIs(g.send(request{method: "POST", path: "/v1/sellers/S-9/cases", body: `{"reason":"x"}`, key: "case-3"}), 404, "not_found", "")
	g.refusedIs(g.sendBad(request{method: "POST", path: "/v1/sellers/S-2201/cases", body: `{"reason":""}`, key: "case-4"}), 400, "invalid_request", "")
}

// A seller id may be any visible characters; in a path it is escaped.
func TestSeller_oddIDs(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	for _, id := range []string{"a/b", "a//b", "../x", "a?b", "a#b", "%2f", "ü", "店", "a..b", "...", "a;b", "{id}", strings.Repeat("ß", 128)} {
		made := g.raw(request{method: "POST", path: "/v1/actions", body: body(id), key: fresh("k")})
		if made.status != 201 || member(t, made.json, "seller", "id") != id {
			t.Errorf("%q: %d %s", id, made.status, made.body)
		}
		shown := g.raw(request{method: "GET", path: "/v1/sellers/" + url.PathEscape(id)})
		if shown.status != 200 || shown.json["id"] != id {
			t.Errorf("%q: %d %s", id, shown.status, shown.body)
		}
	}
}

// Rule 9 and 6: superseding cancels and starts again.
func TestSupersede(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	first := g.create("S-1").id()
	g.drive(first, approvals.CoolingOff)
	second := g.send(request{
		method: "POST", path: "/v1/actions", key: "again",
		body: strings.Replace(body("S-1"), `"kind"`, `"supersede":true,"kind"`, 1),
	})
	if second.status != 201 || second.state() != "awaiting_step_up" || len(second.json["proofs"].([]any)) != 0 {
		t.Errorf("%d %s", second.status, second.body)
	}
	old := g.send(request{method: "GET", path: "/v1/actions/" + first})
	if old.state() != "cancelled" || old.json["cancel_reason"] != "superseded" {
		t.Errorf("%s", old.body)
	}
}

// A fresh hand-off URL each time; the same one for the same key.
func TestHandoff(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	made := g.create("S-1")
	id := made.id()
	first := g.post(id, "handoff", `{}`, "h-1")
	bare := g.send(request{method: "POST", path: "/v1/actions/" + id + "/handoff", key: "h-2"})
	urls := map[any]bool{member(t, made.json, "next", "url"): true, first.json["url"]: true, bare.json["url"]: true}
	if first.status != 200 || bare.status != 200 || len(urls) != 3 {
		t.Errorf("%s %s", first.body, bare.body)
	}
	token, _ := strings.CutPrefix(bare.json["url"].(string), publicURL+"/h/")
	if opened, err := g.svc.Open(t.Context(), approvals.HandoffLink, token); err != nil || string(opened.Action.ID) != id {
		t.Errorf("the newest link does not open its action: %v", err)
	}
	sameAnswer(t, first, g.post(id, "handoff", `{}`, "h-1"))
}
