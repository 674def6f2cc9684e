package conformance

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"countersign/client"
)

func approvedOnce(t *trial) {
	if !t.approved() {
		return
	}
	if t.announce() {
		t.right("The webhook was answered with 2xx.")
	} else {
		t.wrong("The webhook of an approved action was not answered with 2xx.")
	}
	if !t.carriedOut() {
		return
	}
	if t.until(func() bool { return t.reported("executed") > 0 }) {
		t.right("The result was reported as executed.")
	} else {
		t.wrong("The result was not reported within %s: the action ends as unresolved and a person has to look.", t.Patience)
	}
	if status := t.once(t.event(t.action, client.ExecutedState)); !taken(status) {
		t.wrong("The webhook of the executed action was answered with %s.", said(status))
	}
}

// crowd is how many deliveries of one event arrive together.
const crowd = 8

func webhookTwice(t *trial) {
	if !t.approved() {
		return
	}
	e := t.event(t.action, client.Approved)
	var all sync.WaitGroup
	for range crowd {
		all.Go(func() { t.once(e) })
	}
	all.Wait()
	if !t.tell(e) {
		t.wrong("A webhook that was delivered before is never answered with 2xx: it would be sent for days.")
	}
	t.carriedOut()
}

func webhookOrder(t *trial) {
	if !t.approved() {
		return
	}
	early := t.event(t.action, client.CoolingOff)
	early.sequence = 2
	middle := t.event(t.action, client.AwaitingConfirmation)
	middle.sequence = 3
	if !t.announce() || !t.carriedOut() {
		t.wrong("The change could not be brought to its end, so late events could not be tried.")
		return
	}
	for _, e := range []event{middle, early} {
		if status := t.once(e); !taken(status) {
			t.wrong("A late %s was answered with %s.", e.kind, said(status))
		}
	}
	if t.onlyOnce() {
		t.right("Late events undid nothing.")
	}
}

func webhookSignature(t *trial) {
	if !t.start() { // not approved: a marketplace that looks by itself may find nothing to claim
		return
	}
	e := t.event(t.action, client.Approved)
	other := make([]byte, 32)
	_, _ = rand.Read(other) // never fails (crypto/rand)
	altered := seal(e, t.webhook, t.Now())
	altered.body = append([]byte(" "), altered.body...)
	unsigned := seal(e, t.webhook, t.Now())
	unsigned.signature = ""
	zeros := seal(e, t.webhook, t.Now())
	zeros.signature = "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32))
	another := seal(e, t.webhook, t.Now())
	another.id = "msg_" + rand.Text()
	for _, c := range []struct {
		what string
		sent envelope
	}{
		{"signed with another endpoint's secret", seal(e, other, t.Now())},
		{"with a signature of zeros", zeros},
		{"without a signature", unsigned},
		{"whose body was altered by one space", altered},
		{"under another webhook-id than the signed one", another},
	} {
		t.refused(c.what, c.sent)
	}
	t.unchanged("the webhooks were forged")
}

func webhookRotation(t *trial) {
	if !t.approved() {
		return
	}
	e := t.event(t.action, client.Approved)
	other := make([]byte, 32)
	_, _ = rand.Read(other) // never fails (crypto/rand)
	both := seal(e, t.webhook, t.Now())
	both.signature = seal(e, other, t.Now()).signature + " " + both.signature
	if status := t.post(both); !taken(status) {
		t.wrong("A webhook signed by a new secret and then by yours was answered with %s.", said(status))
		return
	}
	t.right("A webhook signed by a new secret and then by yours was taken.")
	t.carriedOut()
}

func webhookTimestamp(t *trial) {
	if !t.start() {
		return
	}
	e := t.event(t.action, client.Approved)
	t.refused("signed an hour ago", seal(e, t.webhook, t.Now().Add(-time.Hour)))
	t.refused("signed six minutes ago", seal(e, t.webhook, t.Now().Add(-6*time.Minute)))
	t.refused("signed in an hour", seal(e, t.webhook, t.Now().Add(time.Hour)))
	t.unchanged("the webhooks were of another time")
}

// refused sends what must not be taken.
func (t *trial) refused(what string, v envelope) {
	if status := t.post(v); taken(status) {
		t.wrong("A webhook %s was answered with %s.", what, said(status))
	} else {
		t.right("A webhook %s was refused.", what)
	}
}

func webhookUnknown(t *trial) {
	if !t.start() {
		return
	}
	stranger := &action{id: "act_nobody_knows", digest: t.action.digest, seller: t.action.seller}
	future := t.event(t.action, "something_new")
	for _, c := range []struct {
		what string
		e    event
	}{
		{"of a type that did not exist when you read this", t.sellerEvent(t.action, "seller.something_new")},
		{"with a state that did not exist when you read this", future},
		{"about an action that this shop does not know", t.event(stranger, client.Approved)},
	} {
		if t.tell(c.e) {
			t.right("A webhook %s was taken.", c.what)
		} else {
			t.wrong("A webhook %s is never answered with 2xx: it would be sent for days.", c.what)
		}
	}
	t.unchanged("the webhooks told of something unknown")
}

func webhookLies(t *trial) {
	if !t.start() {
		return
	}
	for _, s := range []client.State{client.AwaitingStepUp, client.CoolingOff, client.AwaitingConfirmation} {
		t.become(s)
		t.once(t.event(t.action, client.Approved))
		if !t.unchanged("the webhook said approved and the action was in " + string(s)) {
			return
		}
	}
}
