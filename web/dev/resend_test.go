package dev_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// kill lets a delivery be answered once, with a 500, and gives it up.
func (o *office) kill(id string) {
	o.t.Helper()
	_, err := o.Parts.Outbox.TakeDelivery(o.t.Context(), id, o.Clock.Now(), func(approvals.Delivery) approvals.Taken {
		return approvals.Taken{Until: o.Clock.Now().Add(time.Minute)}
	})
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.Parts.Outbox.SettleDelivery(o.t.Context(), approvals.DeliverySettled{
		ID: id, State: approvals.DeliveryDead, Attempt: approvals.DeliveryAttempt{Number: 1, At: o.Clock.Now(), Status: 500, Answer: "oops"},
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) seenDelivery(id string) approvals.Sent {
	o.t.Helper()
	d, err := o.Parts.Deliveries.Delivery(o.t.Context(), approvals.DeliveryKey{Marketplace: "acme", ID: id})
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// D4: what a range of time holds is counted first, and sent again on demand.
func TestResend_Range(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	id := o.delivery("acme")
	o.kill(id)
	at := "/dev/endpoints/" + o.endpoint("acme") + "/resend"
	minute := func(d time.Duration) string { return o.Clock.Now().UTC().Add(d).Format("2006-01-02T15:04") }

	if page := ada.get(at).want(t, 200, ""); !strings.Contains(page.text, "1 webhook in this time") {
		t.Errorf("the last day holds the dead one:\n%s", page.text)
	}
	before := url.Values{"from": {minute(-48 * time.Hour)}, "to": {minute(-24 * time.Hour)}}
	if page := ada.get(at+"?"+before.Encode()).want(t, 200, ""); !strings.Contains(page.text, "Nothing to send again") || strings.Contains(page.text, "primary") {
		t.Errorf("the day before:\n%s", page.text)
	}
	for _, wrong := range []struct {
		from, to, says string
	}{
		{"yesterday", minute(0), "must be a date and a time"},
		{minute(0), "", "must be a date and a time"},
		{minute(0), minute(-time.Hour), "must be after from"},
	} {
		q := url.Values{"from": {wrong.from}, "to": {wrong.to}}
		page := ada.get(at+"?"+q.Encode()).want(t, 422, "")
		if !strings.Contains(page.text, wrong.says) || !strings.Contains(page.text, `value="`+wrong.from+`"`) {
			t.Errorf("%v:\n%s", wrong, page.text)
		}
		q.Set("csrf", page.csrf())
		ada.send(http.MethodPost, at, q).want(t, 422, "")
	}
	if d := o.seenDelivery(id); d.State != approvals.DeliveryDead {
		t.Errorf("looking made it %s", d.State)
	}
	ada.get("/dev/endpoints/"+o.endpoint("globex")+"/resend").want(t, 404, "")

	all := url.Values{"from": {minute(-time.Hour)}, "to": {minute(time.Minute)}, "csrf": {ada.get(at).csrf()}}
	ada.send(http.MethodPost, at, all).want(t, 303, "/dev/deliveries")
	if page := ada.get("/dev/deliveries"); !strings.Contains(page.text, "One webhook is sent again") {
		t.Errorf("deliveries:\n%s", page.text)
	}
	if d := o.seenDelivery(id); d.State != approvals.DeliveryPending {
		t.Errorf("it is %s", d.State)
	}
}

// D4: what a receiver checks is on the page of a delivery.
func TestDelivery_SignedContent(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	id := o.delivery("acme")
	if page := ada.get("/dev/deliveries/" + id); strings.Contains(page.text, "What is signed") {
		t.Error("nothing was posted yet, and a signed content is shown")
	}
	o.kill(id)
	d := o.seenDelivery(id)
	body, err := d.Event.Body()
	if err != nil {
		t.Fatal(err)
	}
	page := ada.get("/dev/deliveries/"+id).want(t, 200, "")
	signed := d.Event.ID + "." + strconv.FormatInt(d.Attempts[0].At.Unix(), 10) + "."
	if !strings.Contains(page.text, signed) || !strings.Contains(page.text, "webhook-timestamp") || strings.Count(page.text, d.Event.ID) < 3 || len(body) == 0 {
		t.Errorf("%s is not in\n%s", signed, page.text)
	}
}
