package conformance

import (
	"net/http"

	"countersign/client"
)

// lost is how many answers in a row are lost: two, because an HTTP library may
// repeat once by itself.
const lost = 2

func (t *trial) lose(op string) {
	t.gateway.set(func() { t.gateway.faults.cut = map[string]int{op: lost} })
}

// repeated says how a call was repeated after its answer was lost.
func (t *trial) repeated(op, name string) bool {
	t.until(func() bool { return len(t.calls(op)) > lost })
	all := t.calls(op)
	if len(all) < 2 {
		t.wrong("The answer to the %s was lost, and it was not repeated.", name)
		return false
	}
	for _, c := range all[1:] {
		if c.key != all[0].key {
			t.wrong("The %s was repeated with another Idempotency-Key, so it was another %s: the gateway answered %s.", name, name, said(c.status))
			return false
		}
	}
	if all[len(all)-1].status >= http.StatusBadRequest {
		t.wrong("The %s was repeated with the same Idempotency-Key but not the same body.", name)
		return false
	}
	t.right("The %s was repeated with the same Idempotency-Key.", name)
	return true
}

func createLost(t *trial) {
	t.lose(opCreate)
	started := t.start()
	if t.action == nil || !t.repeated(opCreate, "creation") || !started {
		return
	}
	t.become(client.Approved)
	t.announce()
	t.carriedOut()
}

func claimLost(t *trial) {
	if !t.approved() {
		return
	}
	t.lose(opClaim)
	t.announce()
	if t.repeated(opClaim, "claim") {
		t.carriedOut()
	}
}

func resultLost(t *trial) {
	if !t.approved() {
		return
	}
	t.lose(opResult)
	t.announce()
	if t.carriedOut() {
		t.repeated(opResult, "report")
	}
}

// claimRefused refuses a claim for a reason that passes: the seller is travelling.
func claimRefused(t *trial) {
	if !t.approved() {
		return
	}
	t.gateway.set(func() { t.gateway.faults.atClaim = func(*action) string { return client.CodeTravelLock } })
	t.once(t.event(t.action, client.Approved))
	if !t.unchanged("the claim was refused with travel_lock") {
		return
	}
	t.gateway.set(func() { t.gateway.faults.atClaim = nil })
	t.announce()
	if t.carriedOut() {
		return
	}
	for _, c := range t.calls(opClaim) {
		if c.replay {
			t.wrong("The claim was repeated with the Idempotency-Key of the refusal, so the refusal came again.")
			return
		}
	}
}

func gatewayAway(t *trial) {
	if !t.approved() {
		return
	}
	t.gateway.set(func() { t.gateway.faults.away = 1000 })
	e := t.event(t.action, client.Approved)
	status := t.once(e)
	if !t.unchanged("the gateway answered 503") {
		return
	}
	t.gateway.set(func() { t.gateway.faults.away = 0 })
	if !taken(status) { // one that was taken is not sent again
		t.tell(e)
	}
	t.carriedOut()
}
