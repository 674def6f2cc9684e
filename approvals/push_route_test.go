package approvals_test

import (
	"errors"
	"testing"
	"time"

	"countersign/approvals"
)

// TestPush_LeftForWhoSendsIt: a node that does not send for this marketplace and
// route claims nothing and ends nothing, however often it is woken.
func TestPush_LeftForWhoSendsIt(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	mine := p.action().PushRoute()
	for _, other := range []approvals.PushRoute{
		{Marketplace: "another", Route: mine.Route}, {Marketplace: mine.Marketplace, Route: "another"}, {},
	} {
		wrong := &upstream{answer: doneOut, sends: func(r approvals.PushRoute) bool { return r == other }}
		before := p.action().Version
		for range 3 {
			if err := p.senderOf(wrong).Push(t.Context(), string(p.id)); !errors.Is(err, approvals.ErrNotDue) {
				t.Errorf("a node for %v: %v", other, err)
			}
			p.pass(time.Minute)
		}
		if p.action().Version != before || len(wrong.got) != 0 {
			t.Errorf("a node for %v sent %d times, and the action is %+v", other, len(wrong.got), p.action().Push)
		}
	}
	p.up.sends = func(r approvals.PushRoute) bool { return r == mine }
	p.dies()
	p.pass(approvals.PushLease)
	wrong := &upstream{answer: doneOut, sends: func(approvals.PushRoute) bool { return false }}
	if err := p.senderOf(wrong).Push(t.Context(), string(p.id)); !errors.Is(err, approvals.ErrNotDue) {
		t.Errorf("an attempt that its owner gave up: %v", err)
	}
	p.is(approvals.Releasing, 1)
	p.comes(doneOut)
	p.is(approvals.Executed, 2)
}
