package conformance

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"countersign/client"
)

// action is one that the stand-in was asked for.
type action struct {
	id, digest, seller, email string
	details                   json.RawMessage
	to                        string // the IBAN asked for
	returnURL                 string
	state                     client.State
	created                   time.Time
	sequence                  int    // its version, which events repeat
	token                     string // the newest given out
}

func (a *action) releaseID() string { return "rel_" + a.id }

// open reports whether the action is not over.
func (a *action) open() bool {
	switch a.state {
	case client.ExecutedState, client.Cancelled, client.Denied, client.Expired, client.FailedState:
		return false
	}
	return true
}

// become moves an action as if the seller, time or agents had done it.
func (a *action) become(s client.State) {
	a.state = s
	a.sequence++
}

// stamp writes a time as the API does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// view is the action in every answer.
func (g *gateway) view(a *action) map[string]any {
	v := map[string]any{
		"id": a.id, "object": "action", "reference": strings.ToUpper(a.id[len(a.id)-8:]), "kind": client.PayoutAccountChange, "state": a.state,
		"digest": a.digest, "seller": map[string]any{"id": a.seller}, "details": a.details, "next": map[string]any{"type": "wait"},
		"policy": map[string]any{"version": "conformance", "class": "low", "delay_hours": 24, "rules": []any{}},
		"proofs": []any{}, "created_at": stamp(a.created), "version": a.sequence,
	}
	switch a.state {
	case client.AwaitingStepUp:
		v["next"] = map[string]any{"type": "redirect"}
	case client.CoolingOff:
		v["not_before"] = stamp(a.created.Add(24 * time.Hour))
	case client.Held:
		v["hold"] = map[string]any{"code": "payload_mismatch", "text": "The details are not those that were approved."}
	case client.Cancelled:
		v["next"], v["cancel_reason"] = map[string]any{"type": "none"}, "changed_mind"
	case client.Approved, client.ExecutionFailed:
		v["next"], v["claim_by"], v["proofs"] = map[string]any{"type": "claim"}, stamp(a.created.Add(9*24*time.Hour)), a.proofs()
	case client.Releasing, client.ExecutedState:
		v["next"], v["proofs"] = map[string]any{"type": "none"}, a.proofs()
	}
	return v
}

func (a *action) proofs() []map[string]any {
	return []map[string]any{
		{"stage": "step_up", "method": "passkey", "at": stamp(a.created)},
		{"stage": "confirmation", "method": "passkey", "at": stamp(a.created)},
	}
}

func (g *gateway) find(id string) *action {
	for _, a := range g.actions {
		if a.id == id {
			return a
		}
	}
	return nil
}

// show answers a GET.
func (g *gateway) show(r *http.Request, path []string) answer {
	switch {
	case path[1] == "actions" && len(path) == 2:
		return g.list(r)
	case path[1] == "actions" && len(path) == 3:
		if a := g.find(path[2]); a != nil {
			return answer{status: http.StatusOK, body: g.view(a)}
		}
	case path[1] == "sellers" && len(path) == 3:
		for _, a := range g.actions {
			if a.seller == path[2] {
				return answer{status: http.StatusOK, body: g.viewSeller(a)}
			}
		}
	}
	return g.refusal("not_found")
}

func (g *gateway) list(r *http.Request) answer {
	q, all := r.URL.Query(), []any{}
	for i := len(g.actions) - 1; i >= 0 && len(all) < 50; i-- {
		a := g.actions[i]
		if s := q.Get("seller"); s != "" && s != a.seller {
			continue
		}
		if s := q.Get("state"); s != "" && s != string(a.state) {
			continue
		}
		all = append(all, g.view(a))
	}
	return answer{status: http.StatusOK, body: map[string]any{"data": all}}
}

func (g *gateway) viewSeller(a *action) map[string]any {
	return map[string]any{
		"id": a.seller, "object": "seller", "email": a.email, "locked": g.locked[a.seller], "created_at": stamp(g.actions[0].created),
		"contacts": []any{map[string]any{"email": a.email, "since": stamp(a.created)}},
	}
}

// act carries a POST out.
func (g *gateway) act(path []string, c *call) answer {
	if c.op == opCreate {
		return g.create(c)
	}
	if path[1] == "sellers" && len(path) == 4 {
		return g.actOnSeller(path[2], path[3])
	}
	if path[1] != "actions" || len(path) != 4 {
		return g.refusal("not_found")
	}
	a := g.find(path[2])
	if a == nil {
		return g.refusal("not_found")
	}
	switch path[3] {
	case "handoff":
		return answer{status: http.StatusOK, body: g.handoff()}
	case opClaim:
		return g.claim(a, c.body)
	case opResult:
		return g.report(a, c.body)
	case opCancel:
		if a.open() && a.state != client.Releasing {
			a.become(client.Cancelled)
		} else if a.state != client.Cancelled {
			return g.refusal("too_late_to_cancel")
		}
		return answer{status: http.StatusOK, body: g.view(a)}
	}
	return g.refusal("not_found")
}

// actOnSeller answers for a seller that an action was asked for.
func (g *gateway) actOnSeller(id, verb string) answer {
	for _, a := range g.actions {
		switch {
		case a.seller != id:
		case verb == "handoff":
			return answer{status: http.StatusOK, body: g.handoff()}
		case verb == "lock":
			g.locked[id] = true
			return answer{status: http.StatusOK, body: g.viewSeller(a)}
		}
	}
	return g.refusal("not_found")
}

func (g *gateway) handoff() map[string]any {
	return map[string]any{"type": "redirect", "url": g.settings.URL + "/h/" + rand.Text(), "expires_at": stamp(g.now().Add(10 * time.Minute))}
}

// create starts an action, one at a time for a seller.
func (g *gateway) create(c *call) answer {
	var in struct {
		client.NewAction
		Details json.RawMessage `json:"details"`
	}
	var details client.AccountChange
	switch {
	case !strict(c.body, &in) || in.Seller.ID == "" || in.Seller.Email == "" || in.ReturnURL == "":
		return g.refusal("invalid_request")
	case in.Kind != client.PayoutAccountChange:
		return g.refusal("kind_unknown")
	case !strict(in.Details, &details) || details.To.Holder == "":
		return g.refusal("invalid_request")
	}
	for _, other := range g.actions {
		if other.seller != in.Seller.ID || !other.open() {
			continue
		}
		if !in.Supersede {
			return g.refusal(client.CodeActionAlreadyOpen, func(m map[string]any) { m["action_id"] = other.id })
		}
		other.become(client.Cancelled)
	}
	a := &action{
		id: "act_" + strings.ToLower(rand.Text()), seller: in.Seller.ID, email: in.Seller.Email, details: in.Details, to: plain(details.To.IBAN),
		returnURL: in.ReturnURL, state: client.AwaitingStepUp, sequence: 1, created: g.now().UTC().Truncate(time.Microsecond),
	}
	digest, err := client.Digest(client.Digested{
		ID: a.id, Kind: in.Kind, Marketplace: g.settings.Marketplace, Seller: a.seller, Details: a.details, CreatedAt: a.created,
	})
	if err != nil {
		return g.refusal("invalid_request")
	}
	a.digest, c.action = digest, a.id
	g.actions = append(g.actions, a)
	v := g.view(a)
	v["next"] = g.handoff()
	return answer{http.StatusCreated, v, map[string]string{"Location": "/v1/actions/" + a.id}}
}

// plain is an account number without its spaces.
func plain(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// claim hands an approved action over, once, for the very details.
func (g *gateway) claim(a *action, body []byte) answer {
	var in struct {
		Details json.RawMessage `json:"details"`
	}
	if !strict(body, &in) || len(in.Details) == 0 {
		return g.refusal("invalid_request")
	}
	if g.faults.atClaim != nil {
		if code := g.faults.atClaim(a); code != "" {
			return g.refusal(code)
		}
	}
	switch {
	case a.state == client.Releasing || a.state == client.ExecutedState:
		return g.refusal(client.CodeAlreadyClaimed)
	case g.locked[a.seller] && a.open():
		return g.refusal(client.CodeSellerLocked)
	case a.state != client.Approved && a.state != client.ExecutionFailed:
		return g.refusal(client.CodeNotApproved, func(m map[string]any) { m["state"] = a.state })
	case !sameJSON(in.Details, a.details):
		a.become(client.Held)
		return g.refusal(client.CodePayloadMismatch)
	}
	now := g.now()
	a.become(client.Releasing)
	a.token = g.signer.genuine(g.claimsOf(a, now))
	given := a.token
	if g.faults.makeToken != nil {
		given = g.faults.makeToken(g.claimsOf(a, now))
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"release_token": given, "expires_at": stamp(now.Add(tokenLife).Truncate(time.Second)), "action": g.view(a),
	}}
}

// sameJSON compares two texts as values.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// report takes the result.
func (g *gateway) report(a *action, body []byte) answer {
	var in client.Result
	var to client.State
	var known bool
	if strict(body, &in) {
		to, known = map[string]client.State{"executed": client.ExecutedState, "failed": client.ExecutionFailed}[in.Outcome]
	}
	switch {
	case !known:
		return g.refusal("invalid_request")
	case a.state == to:
	case a.state == client.Releasing:
		a.become(to)
	case a.state == client.ExecutedState || a.state == client.ExecutionFailed:
		return g.refusal("result_already_given")
	default:
		return g.refusal("wrong_state")
	}
	return answer{status: http.StatusOK, body: g.view(a)}
}
