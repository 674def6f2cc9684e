package approvals_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

// locks locks the seller of the push.
func (p *pushing) locks() {
	p.tb.Helper()
	if _, err := p.Lock(p.tb.Context(), p.action().SellerKey(), approvals.LockMarketplace, "", market); err != nil {
		p.tb.Fatal(err)
	}
}

// TestI7_LockBetweenAttempts: after a lock no attempt is begun, an unlock later or
// not. What was never sent has failed; what may have been sent goes to people.
func TestI7_LockBetweenAttempts(t *testing.T) {
	t.Parallel()
	for _, unlocked := range []bool{false, true} {
		for name, tt := range map[string]struct {
			before approvals.PushOutcome
			want   approvals.State
		}{"never sent": {notSent, approvals.ExecutionFailed}, "perhaps sent": {unknown, approvals.Unresolved}} {
			p := newPushing(t, true)
			p.comes(tt.before)
			p.locks()
			if unlocked {
				s := p.store.sellers[seller.SellerKey]
				s.Locked = false
				p.store.sellers[seller.SellerKey] = s
			}
			p.again()
			if err := p.push(); !errors.Is(err, approvals.ErrNotDue) {
				t.Errorf("%s: %v", name, err)
			}
			p.is(tt.want, 1)
			p.nothingDue()
			if e := p.store.events[len(p.store.events)-1]; e.Verb != "push_given_up" || e.Data["reason"] != "seller_locked" {
				t.Errorf("%s: the log says %s %v", name, e.Verb, e.Data)
			}
		}
	}
}

// TestI7_OwnerDiesAndLock: an attempt whose owner died and whose seller was locked
// meanwhile is not made again.
func TestI7_OwnerDiesAndLock(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	p.dies()
	p.locks()
	p.again()
	_ = p.push()
	p.is(approvals.Unresolved, 1)
	p.nothingDue()
}

// TestI7b_SentInsideTheLeaseOrNever: a send begins only while the lease has the
// request's time-out left, by time that only runs forward; the clock that people
// set can only say that it is over. A lock in between changes nothing inside the lease, and
// everything after it.
func TestI7b_SentInsideTheLeaseOrNever(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		paused time.Duration // between claim and send
		clock  time.Duration // what happens to the clock meanwhile
		sent   int
	}{
		{0, 0, 1}, {12 * time.Second, 0, 1}, {13 * time.Second, 0, 1}, {13*time.Second + 1, 0, 0}, {20 * time.Second, 0, 0},
		{20 * time.Second, -20 * time.Second, 0}, {20 * time.Second, -time.Second, 0}, {time.Second, -time.Second, 1}, {10 * time.Minute, 0, 0},
		{time.Second, 14 * time.Second, 0}, // the machine slept
	} {
		p := newPushing(t, false)
		var ticks time.Duration
		p.sender.Ticks = func() time.Duration { return ticks }
		p.sender.Releases = signing(func() { // the last thing before the flag is read
			p.locks()
			ticks += tt.paused
			p.now = p.now.Add(tt.clock)
			p.store.gate.ClockMark = p.now
		})
		p.comes(doneOut)
		want := approvals.Executed
		if tt.sent == 0 {
			want = approvals.Releasing
		}
		p.is(want, tt.sent)
		if tt.sent == 1 {
			continue
		}
		p.again()
		_ = p.push()
		p.is(approvals.ExecutionFailed, 0) // locked before anything was sent
	}
}

// signing is a signer that something happens to.
type signing func()

func (s signing) SignRelease(c approvals.ReleaseClaims) (string, error) {
	s()
	return plainSigner{}.SignRelease(c)
}

// TestI12_OtherBytesAreNeverSent: the body is compared with what was approved in
// the claim and once more before it leaves. Other bytes halt all releases, and
// nothing is repaired.
func TestI12_OtherBytesAreNeverSent(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	p.store.bodies[p.id] = []byte(`iban=FR1420041010050500013M02606`)
	if err := p.push(); !errors.Is(err, approvals.ErrBroken) {
		t.Errorf("another body: %v", err)
	}
	p.is(approvals.Approved, 0)
	if len(p.broken) != 1 || p.action().Claims != 0 {
		t.Errorf("halted %v, %d claims", p.broken, p.action().Claims)
	}

	q := newPushing(t, true)
	q.sender.Bodies = corrupting{q.store, func() { q.store.gate.Halted = len(q.broken) > 0 }}
	q.sender.Gate = func(context.Context) (approvals.Gate, error) { t.Error("sent"); return q.store.gate, nil }
	if err := q.push(); err != nil {
		t.Errorf("a body that changes in memory: %v", err)
	}
	q.is(approvals.Releasing, 0)
	if len(q.broken) != 1 || q.action().Push.Attempts[0].Result != approvals.PushNotSent {
		t.Errorf("halted %v, %+v", q.broken, q.action().Push)
	}

	r := newPushing(t, true)
	a := r.action()
	a.Details = pushDetails(`{"holder":"Thief","iban":"FR1420041010050500013M02606"}`) // and the same request
	r.store.actions[a.ID] = a
	if err := r.push(); !errors.Is(err, approvals.ErrBroken) || len(r.up.got) != 0 || len(r.broken) != 1 {
		t.Errorf("details written over: %v, sent %d times", err, len(r.up.got))
	}
}

// corrupting hands out a body that changes after the claim.
type corrupting struct {
	*memStore
	then func()
}

func (c corrupting) PushBody(ctx context.Context, id approvals.ActionID) (approvals.ActionKey, []byte, error) {
	key, body, err := c.memStore.PushBody(ctx, id)
	was := body[0]
	c.memStore.spoilNext = func() { body[0] = was ^ 1; c.then() }
	return key, body, err
}

// TestI33_HaltBeforeTheSend: under a halt nothing is claimed; a halt between claim
// and send stops the send, uses up nothing and gives nothing up, however long it
// lasts.
func TestI33_HaltBeforeTheSend(t *testing.T) {
	t.Parallel()
	for _, idempotent := range []bool{true, false} {
		p := newPushing(t, idempotent)
		p.store.gate.Halted = true
		if err := p.push(); code(err) != approvals.CodeHalted {
			t.Errorf("claimed under a halt: %v", err)
		}
		p.is(approvals.Approved, 0)
		p.store.gate.Halted = false
		p.sender.Releases = signing(func() { p.store.gate.Halted = true })
		for range 15 {
			p.store.gate.Halted = false
			p.again()
			if err := p.push(); err != nil {
				t.Fatal(err)
			}
		}
		p.is(approvals.Releasing, 0)
		p.sender.Releases, p.store.gate.Halted = plainSigner{}, false
		p.again()
		p.comes(doneOut)
		p.is(approvals.Executed, 1)
	}
}

// TestI33_UnsureIsNo: a flag that cannot be read, or that was read too long ago,
// and a clock that is not to be trusted stop the send.
func TestI33_UnsureIsNo(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*pushing){
		"unreadable": func(p *pushing) {
			p.sender.Gate = func(context.Context) (approvals.Gate, error) { return approvals.Gate{}, errors.New("gone") }
		},
		"old": func(p *pushing) {
			p.sender.Gate = func(context.Context) (approvals.Gate, error) {
				p.pass(time.Second + time.Microsecond)
				return p.store.gate, nil
			}
		},
		"clock": func(p *pushing) { p.sender.Releases = signing(func() { p.now = p.now.Add(-2 * time.Second) }) },
		"unsure": func(p *pushing) {
			p.sender.Releases = signing(func() { p.Sure = func() error { return approvals.Refuse(approvals.CodeClock) } })
		},
	} {
		p := newPushing(t, false)
		spoil(p)
		if err := p.push(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.is(approvals.Releasing, 0); p.action().Push.Attempts[0].Result != approvals.PushNotSent {
			t.Errorf("%s: %+v", name, p.action().Push)
		}
	}
	p := newPushing(t, false)
	p.Sure = func() error { return approvals.Refuse(approvals.CodeUnavailable) }
	if err := p.push(); code(err) != approvals.CodeUnavailable {
		t.Errorf("an unsure node: %v", err)
	}
	p.is(approvals.Approved, 0)
}

// TestPush_UnsignedIsNotSent: without a release token nothing leaves.
func TestPush_UnsignedIsNotSent(t *testing.T) {
	t.Parallel()
	p := newPushing(t, false)
	p.sender.Releases = plainSigner{errors.New("no key")}
	p.comes(doneOut)
	p.is(approvals.Releasing, 0)
}

// TestPush_TravelLock: an approved action waits for as long as its seller asked
// that nothing goes forward.
func TestPush_TravelLock(t *testing.T) {
	t.Parallel()
	p := newPushing(t, false)
	s := p.store.sellers[seller.SellerKey]
	s.Choices.TravelUntil = p.now.Add(48 * time.Hour)
	p.store.sellers[s.SellerKey] = s
	if err := p.push(); !errors.Is(err, approvals.ErrNotDue) || !p.action().Push.NextAt.Equal(s.Choices.TravelUntil) {
		t.Errorf("%v, due at %v", err, p.action().Push.NextAt)
	}
	p.is(approvals.Approved, 0)
	p.again()
	p.comes(doneOut)
	p.is(approvals.Executed, 1)
}

// TestPush_SecurityChanged: a change of the seller's own security ends what was
// proved before it, and is not silent about it: the seller and the marketplace are
// told, and a new action can be asked for at once.
func TestPush_SecurityChanged(t *testing.T) {
	t.Parallel()
	p := newPushing(t, false)
	s := p.store.sellers[seller.SellerKey]
	s.SecurityAt = p.now
	p.store.sellers[s.SellerKey] = s
	_ = p.push()
	a := p.action()
	p.is(approvals.Cancelled, 0)
	p.nothingDue()
	if a.Cancel != approvals.Superseded || p.mailOf(t, a, approvals.MailCancelled) == nil {
		t.Errorf("cancelled as %q, and the seller is not told", a.Cancel)
	}
	if e := p.store.events[len(p.store.events)-1]; e.Verb != "cancel" || e.Data["refused"] != "security_changed" || e.Data["route"] != "bank" {
		t.Errorf("the log says %s %v", e.Verb, e.Data)
	}
	if _, err := p.Create(t.Context(), pushRequest(s, false)); err != nil {
		t.Errorf("the seller starts again: %v", err)
	}
}
