package approvalstest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

// pending returns the ids of outgoing rows of this kind.
func (w *World) pending(t *testing.T, kind approvals.OutgoingKind) []string {
	t.Helper()
	rows, err := w.Parts.Waker.Outgoing(ctx, w.Clock.Now(), 1000)
	ok(t, err)
	var ids []string
	for _, r := range rows {
		if r.Kind == kind {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func mailLease(t *testing.T, w *World) {
	a := w.Create(t)
	o, now := w.Parts.Outbox, w.Clock.Now()
	id := w.pending(t, approvals.OutgoingMail)[0]
	lease := now.Add(90 * time.Second)
	m, err := o.TakeMail(ctx, id, now, lease)
	ok(t, err)
	if m.ID != id || m.Attempts != 0 || m.Mail.Kind != approvals.MailRequested || m.Mail.To != a.Contacts[0].Email || m.Action == nil || m.Seller.Name != "Anna Rossi" {
		t.Errorf("mail %+v", m)
	}
	same(t, "the mail's action", *m.Action, a)
	same(t, "the mail's marketplace", m.Marketplace, w.Marketplace)
	_, err = o.TakeMail(ctx, id, lease.Add(-time.Microsecond), lease)
	if !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken while leased: %v, want ErrNotDue", err)
	}
	if m, err = o.TakeMail(ctx, id, lease, lease.Add(time.Minute)); err != nil || m.Attempts != 1 {
		t.Errorf("after the lease: attempt %d, %v, want 1", m.Attempts, err)
	}
	retry := lease.Add(5 * time.Minute)
	ok(t, o.SettleMail(ctx, approvals.MailSettled{ID: id, State: approvals.MailPending, At: lease, NextAt: retry, Answer: "451 later"}))
	if _, err = o.TakeMail(ctx, id, retry.Add(-time.Second), retry); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken before the next attempt: %v, want ErrNotDue", err)
	}
	if m, err = o.TakeMail(ctx, id, retry, retry.Add(time.Minute)); err != nil || m.Attempts != 2 {
		t.Errorf("the next attempt: %d, %v, want 2", m.Attempts, err)
	}
	ok(t, o.SettleMail(ctx, approvals.MailSettled{ID: id, State: approvals.MailAccepted, At: retry, Answer: "250 ok"}))
	ok(t, o.SettleMail(ctx, approvals.MailSettled{ID: id, State: approvals.MailRefused, At: retry, Answer: "550 no"}))
	if _, err = o.TakeMail(ctx, id, retry.Add(time.Hour), retry.Add(2*time.Hour)); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken after it was settled: %v, want ErrNotDue", err)
	}
	at, err := o.MailedAt(ctx, a.Key())
	ok(t, err)
	same(t, "last accepted", at, retry)
	for _, unknown := range []string{"", "x", NewID()} {
		if _, err = o.TakeMail(ctx, unknown, retry, retry); !errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("unknown mail %q: %v, want ErrNotDue", unknown, err)
		}
	}
}

func mailSettledWithMove(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Notifying)
	if at, err := w.Parts.Outbox.MailedAt(ctx, a.Key()); err != nil || !at.IsZero() {
		t.Errorf("mailed at %v, %v before any mail was sent", at, err)
	}
	w.Clock.Advance(time.Minute)
	sent := kinds(w.SendMails(t))
	if sent[approvals.MailNotice] != 2 {
		t.Fatalf("sent %v, want two notices", sent)
	}
	a = w.Read(t, a)
	if a.State != approvals.CoolingOff || !a.NotBefore.Equal(w.Clock.Now().Add(a.Wait)) || !a.Contacts[1].AcceptedAt.Equal(w.Clock.Now()) {
		t.Errorf("%s until %v with %+v", a.State, a.NotBefore, a.Contacts)
	}
	if left := w.pending(t, approvals.OutgoingMail); len(left) != 0 {
		t.Errorf("%d mails are still pending", len(left))
	}
	at, err := w.Parts.Outbox.MailedAt(ctx, a.Key())
	ok(t, err)
	same(t, "mailed at", at, w.Clock.Now())
}

func (w *World) addEndpoint(t *testing.T, marketplace string, events ...string) {
	t.Helper()
	ok(t, w.Parts.Registry.AddMarketplace(ctx, approvals.NewMarketplace{
		Marketplace: approvals.Marketplace{ID: approvals.MarketplaceID(marketplace), Name: marketplace, CreatedAt: w.Clock.Now()},
		KeyHash:     approvals.HashToken(marketplace),
		Endpoint:    &approvals.Endpoint{URL: "https://" + marketplace + ".example", Keys: []approvals.EndpointKey{approvals.NewEndpointKey()}, Events: events},
	}))
}

func deliveryEndpoints(t *testing.T, w *World) {
	w.addEndpoint(t, "some", "action.awaiting_step_up", "action.cancelled")
	w.addEndpoint(t, "none", "action.executed")
	for marketplace, want := range map[approvals.MarketplaceID]int{"some": 2, "none": 0} {
		before := w.count(t, "deliveries")
		a, err := w.Service.Create(ctx, w.Request(approvals.SellerKey{Marketplace: marketplace, Seller: "s"}))
		ok(t, err)
		_, err = w.Service.StepUp(ctx, a.Key(), w.Proof(a, approvals.StageStepUp))
		ok(t, err)
		_, err = w.Service.Cancel(ctx, a.Key(), approvals.ChangedMind, a.SellerActor())
		ok(t, err)
		if n := w.count(t, "deliveries") - before; n != want {
			t.Errorf("%s: %d deliveries, want %d", marketplace, n, want)
		}
	}
}

// leased is the word of a worker that takes a delivery until then.
func leased(until time.Time) func(approvals.Delivery) approvals.Taken {
	return func(approvals.Delivery) approvals.Taken { return approvals.Taken{Until: until} }
}

func deliveryLease(t *testing.T, w *World) {
	a := w.Create(t)
	o, now := w.Parts.Outbox, w.Clock.Now()
	id := w.pending(t, approvals.OutgoingDelivery)[0]
	d, err := o.TakeDelivery(ctx, id, now, leased(now.Add(30*time.Second)))
	ok(t, err)
	want := approvals.Delivery{
		ID: id, BegunAt: now, Event: approvals.ThinEvent{
			ID: d.Event.ID, Type: "action.awaiting_step_up", Action: a.ID, Seller: a.Seller, State: a.State, Digest: a.Digest.String(), Sequence: 1, At: now,
		},
		Endpoint: approvals.Endpoint{
			ID: d.Endpoint.ID, Marketplace: a.Marketplace, URL: "https://acme.example/hooks", Keys: []approvals.EndpointKey{EndpointKey()}, CreatedAt: now,
		},
	}
	same(t, "the delivery", d, want)
	if _, err = o.TakeDelivery(ctx, id, now, leased(now.Add(time.Minute))); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken while leased: %v, want ErrNotDue", err)
	}
	retry := now.Add(5 * time.Second)
	ok(t, o.SettleDelivery(ctx, approvals.DeliverySettled{ID: id, State: approvals.DeliveryPending, NextAt: retry, Attempt: approvals.DeliveryAttempt{Number: 1, At: now, Status: 500, Answer: "oops"}}))
	if d, err = o.TakeDelivery(ctx, id, retry, leased(retry.Add(30*time.Second))); err != nil || d.Attempts != 1 || d.ID != id {
		t.Errorf("the retry: %+v, %v, want attempt 1 of the same id", d, err)
	}
	ok(t, o.SettleDelivery(ctx, approvals.DeliverySettled{ID: id, State: approvals.DeliveryDelivered, Attempt: approvals.DeliveryAttempt{Number: 2, At: retry, Status: 204}}))
	if _, err = o.TakeDelivery(ctx, id, retry.Add(time.Hour), leased(retry.Add(2*time.Hour))); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken after it was delivered: %v, want ErrNotDue", err)
	}
	var sealed []byte
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT secrets FROM endpoints").Scan(&sealed))
	for _, clear := range []string{"0123456789", "MDEyMzQ1", "30313233"} { // as it is, in base64, in hexadecimal
		if len(sealed) == 0 || bytes.Contains(sealed, []byte(clear)) {
			t.Errorf("the secrets are stored in clear: %q", sealed)
		}
	}
}

func deliveryGone(t *testing.T, w *World) {
	w.Create(t)
	now := w.Clock.Now()
	first := w.pending(t, approvals.OutgoingDelivery)[0]
	w.Create(t)
	_, err := w.Parts.Outbox.TakeDelivery(ctx, first, now, leased(now.Add(time.Minute)))
	ok(t, err)
	ok(t, w.Parts.Outbox.SettleDelivery(ctx, approvals.DeliverySettled{ID: first, State: approvals.DeliveryDead, Attempt: approvals.DeliveryAttempt{Number: 1, At: now, Status: 410}, Disable: true}))
	left := w.pending(t, approvals.OutgoingDelivery)
	if len(left) != 1 {
		t.Fatalf("%d deliveries are pending, want 1", len(left))
	}
	if _, err = w.Parts.Outbox.TakeDelivery(ctx, left[0], now, func(d approvals.Delivery) approvals.Taken {
		if d.Endpoint.DisabledAt.IsZero() {
			t.Error("the endpoint is not disabled")
		}
		return approvals.Taken{Dead: "endpoint disabled"}
	}); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("taken for a disabled endpoint: %v, want ErrNotDue", err)
	}
	if left = w.pending(t, approvals.OutgoingDelivery); len(left) != 0 {
		t.Errorf("%d deliveries to a disabled endpoint are pending", len(left))
	}
	before := w.count(t, "deliveries")
	w.Create(t)
	if n := w.count(t, "deliveries"); n != before {
		t.Errorf("a disabled endpoint got %d more deliveries", n-before)
	}
}

func answersOnce(t *testing.T, w *World) {
	s := w.Parts.Answers
	want := approvals.Answer{Marketplace: w.Marketplace.ID, Key: "k", RequestHash: "h", Status: 409, Body: []byte(`{"code":"x"}`), At: w.Clock.Now()}
	_, err := s.Answer(ctx, want.Marketplace, want.Key)
	refused(t, err, approvals.CodeNotFound)
	ok(t, s.SaveAnswer(ctx, want))
	got, err := s.Answer(ctx, want.Marketplace, want.Key)
	ok(t, err)
	same(t, "the answer", got, want)
	other := want
	other.RequestHash = "other"
	if err := s.SaveAnswer(ctx, other); !errors.Is(err, approvals.ErrDuplicateAnswer) {
		t.Errorf("saved again: %v, want ErrDuplicateAnswer", err)
	}
	w.AddMarketplace(t, "globex")
	_, err = s.Answer(ctx, "globex", want.Key)
	refused(t, err, approvals.CodeNotFound)
	other.Marketplace = "globex"
	ok(t, s.SaveAnswer(ctx, other))
}

func casesJoined(t *testing.T, w *World) {
	a := w.Drive(t, approvals.Approved)
	b := w.Drive(t, approvals.Approved)
	for _, action := range []approvals.Action{a, b} {
		_, err := w.Service.Claim(ctx, action.Key(), []byte(OtherDetails), nil)
		refused(t, err, approvals.CodeMismatch)
		_, err = w.Service.Lock(ctx, action.SellerKey(), approvals.LockMarketplace, "", Agent)
		ok(t, err)
	}
	newest := map[approvals.SellerID]string{}
	for _, action := range []approvals.Action{a, b} {
		c, err := w.Parts.Cases.OpenCase(ctx, action.SellerKey())
		ok(t, err)
		newest[action.Seller] = c.Number
	}
	same(t, "the newest case of each seller", newest, map[approvals.SellerID]string{a.Seller: "C-10002", b.Seller: "C-10004"})
}
