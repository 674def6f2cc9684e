package conformance

import (
	"net/http"
	"net/url"

	"countersign/client"
)

func cancelled(t *trial) {
	if !t.approved() {
		return
	}
	e := t.event(t.action, client.Approved)
	t.become(client.Cancelled)
	t.once(e)
	if !t.unchanged("the action was cancelled before the webhook of its approval arrived") || !t.approved() {
		return
	}
	t.gateway.set(func() { t.gateway.faults.atClaim = func(a *action) string { a.become(client.Cancelled); return "" } })
	t.once(t.event(t.action, client.Approved))
	t.unchanged("the action was cancelled a moment before the claim")
}

func payloadMismatch(t *trial) {
	if !t.approved() {
		return
	}
	t.gateway.set(func() {
		t.gateway.faults.atClaim = func(a *action) string { a.become(client.Held); return client.CodePayloadMismatch }
	})
	t.once(t.event(t.action, client.Approved))
	t.unchanged("the claim was refused with payload_mismatch")
}

// secondChange asks for another account while the first change waits. The
// gateway refuses or, asked to, replaces: either way one action is left, and
// its details are what may be carried out.
func secondChange(t *trial) {
	if !t.start() {
		return
	}
	first, before, wanted := t.action, t.before, t.iban
	t.iban = freshIBAN()
	if _, err := t.startChange(t.ctx, t.iban); err != nil {
		t.wrong("The start hook did not answer.")
		return
	}
	var replaced bool
	t.gateway.set(func() { replaced = first.state == client.Cancelled })
	if replaced && !t.until(t.created) {
		t.wrong("The first change was cancelled and no second action was created.")
		return
	}
	if !replaced {
		t.action, t.iban = first, wanted
		t.right("The second change was not let in beside the first.")
	}
	t.before = before
	t.become(client.Approved)
	t.announce()
	var held bool
	t.gateway.set(func() { held = t.action.state == client.Held })
	if held {
		t.wrong("The claim did not present the details that the action was created with: the gateway refused it and held the action.")
		return
	}
	t.carriedOut()
}

func returnForged(t *trial) {
	if !t.start() {
		return
	}
	back, err := url.Parse(t.action.returnURL)
	if err != nil || back.Host == "" {
		t.wrong("return_url is no address that a browser could come back to.")
		return
	}
	for _, s := range []client.State{client.AwaitingStepUp, client.CoolingOff} {
		t.become(s)
		q := back.Query()
		for name, value := range map[string]string{
			"state": "approved", "status": "approved", "result": "success", "approved": "true", "action": t.action.id, "action_id": t.action.id, "id": t.action.id,
			"digest": t.action.digest,
		} {
			q.Set(name, value)
		}
		forged := *back
		forged.RawQuery = q.Encode()
		if _, _, err := t.ask(t.ctx, http.MethodGet, forged.String(), nil); err != nil {
			t.wrong("The return_url did not answer.")
			return
		}
		if !t.unchanged("the address said approved and the action was in " + string(s)) {
			return
		}
	}
}

func sellerLocked(t *trial) {
	if !t.approved() {
		return
	}
	signedIn := t.session()
	t.gateway.set(func() { t.gateway.locked[t.action.seller] = true })
	if t.tell(t.sellerEvent(t.action, "seller.locked")) {
		t.right("The webhook seller.locked was taken.")
	} else {
		t.wrong("The webhook seller.locked was not answered with 2xx.")
	}
	t.once(t.event(t.action, client.Approved))
	t.unchanged("the seller was locked")
	switch {
	case t.Sandbox.Session == "":
		t.note("Whether the seller was signed out was not looked at: there is no session hook.")
	case !signedIn:
		t.wrong("The session hook did not answer 200 before the lock: the start hook has to sign the test seller in.")
	case !t.until(func() bool { return !t.session() }):
		t.wrong("The seller was still signed in %s after the lock: whoever took the account over keeps it.", t.Patience)
	default:
		t.right("The seller was signed out.")
	}
}

// session reports whether the test seller is signed in.
func (t *trial) session() bool {
	if t.Sandbox.Session == "" {
		return false
	}
	status, _, err := t.ask(t.ctx, http.MethodGet, t.Sandbox.Session, nil)
	return err == nil && status == http.StatusOK
}
