package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"countersign/client"
)

// trial is one scenario being played.
type trial struct {
	*Kit
	ctx    context.Context
	result Result

	before account // when the newest change was started
	iban   string  // that it asks for
	action *action // that it made
	from   int     // the first of the gateway's calls that belong to it
}

// right says what was right, once however often it was.
func (t *trial) right(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); !slices.Contains(t.result.Right, line) {
		t.result.Right = append(t.result.Right, line)
	}
}

func (t *trial) wrong(format string, args ...any) {
	t.result.Wrong = append(t.result.Wrong, fmt.Sprintf(format, args...))
}

func (t *trial) note(format string, args ...any) {
	t.result.Notes = append(t.result.Notes, fmt.Sprintf(format, args...))
}

// wait lets time pass, and reports whether the run goes on.
func (t *trial) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-t.ctx.Done():
		return false
	}
}

// until looks again and again, at most for Patience, and reports whether it
// came true.
func (t *trial) until(what func() bool) bool {
	ctx, cancel := context.WithTimeout(t.ctx, t.Patience)
	defer cancel()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !what() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// start makes the test seller ask for a change, and finds the action that the
// marketplace made for it.
func (t *trial) start() bool {
	var err error
	if t.before, err = t.account(t.ctx); err != nil {
		t.wrong("%s.", capital(err.Error()))
		return false
	}
	t.iban = freshIBAN()
	t.gateway.set(func() { t.from = len(t.gateway.calls) })
	status, err := t.startChange(t.ctx, t.iban)
	if err != nil {
		t.wrong("The start hook did not answer.")
		return false
	}
	if !t.until(t.created) {
		t.wrong("The start hook answered %s, and no action was created with the account that it was given in details.to.", said(status))
		return false
	}
	if status >= http.StatusBadRequest {
		t.wrong("An action was created, but the start hook answered %s.", said(status))
		return false
	}
	return true
}

// created finds the newest change's action.
func (t *trial) created() bool {
	t.action = nil
	t.gateway.set(func() {
		for _, a := range t.gateway.actions {
			if a.to == t.iban {
				t.action = a
			}
		}
	})
	return t.action != nil
}

// become moves the action.
func (t *trial) become(s client.State) {
	t.gateway.set(func() { t.action.become(s) })
}

// approved starts a change that the seller then approves and confirms.
func (t *trial) approved() bool {
	if !t.start() {
		return false
	}
	t.become(client.Approved)
	return true
}

// announce tells that the action is approved.
func (t *trial) announce() bool { return t.tell(t.event(t.action, client.Approved)) }

// calls returns what was asked about the newest change.
func (t *trial) calls(op string) []call {
	var some []call
	t.gateway.set(func() {
		for _, c := range t.gateway.calls[t.from:] {
			if c.op == op && (op == opCreate || t.action != nil && c.action == t.action.id) {
				some = append(some, c)
			}
		}
	})
	return some
}

// granted counts the claims that were answered with a token, not counting
// repeats of the same call.
func (t *trial) granted() int {
	n := 0
	for _, c := range t.calls(opClaim) {
		if c.status == http.StatusOK && !c.replay {
			n++
		}
	}
	return n
}

// reported counts the results with this outcome that were taken.
func (t *trial) reported(outcome string) int {
	n := 0
	for _, c := range t.calls(opResult) {
		var r client.Result
		if c.status == http.StatusOK && !c.replay && strict(c.body, &r) && r.Outcome == outcome {
			n++
		}
	}
	return n
}

// unchanged looks on for a while: nothing may happen when this is so.
func (t *trial) unchanged(when string) bool {
	if !t.wait(t.Quiet) {
		return false
	}
	now, err := t.account(t.ctx)
	switch {
	case err != nil:
		t.wrong("%s.", capital(err.Error()))
	case now != t.before:
		t.wrong("The account was changed when %s.", when)
	case t.action != nil && t.reported("executed") > 0:
		t.wrong("The result was reported as executed, and nothing was carried out, when %s.", when)
	default:
		t.right("Nothing was carried out when %s.", when)
		return true
	}
	return false
}

// carriedOut waits for the one effect that has to come.
func (t *trial) carriedOut() bool {
	var now account
	var err error
	came := t.until(func() bool {
		now, err = t.account(t.ctx)
		return err == nil && now.Changes > t.before.Changes
	})
	if err != nil {
		t.wrong("%s.", capital(err.Error()))
		return false
	}
	if !came {
		t.wrong("The change was not carried out within %s.", t.Patience)
		return false
	}
	return t.onlyOnce()
}

// onlyOnce looks whether there is a second effect.
func (t *trial) onlyOnce() bool {
	if !t.wait(t.Quiet) {
		return false
	}
	now, err := t.account(t.ctx)
	times := now.Changes - t.before.Changes
	switch {
	case err != nil:
		t.wrong("%s.", capital(err.Error()))
	case times != 1:
		t.wrong("The change was carried out %d times.", times)
	case now.Account != t.iban:
		t.wrong("The account in force is not the one that was approved.")
	case t.granted() == 0:
		t.wrong("The change was carried out without a claim that was answered with a release token.")
	default:
		t.right("The change was carried out once.")
		return true
	}
	return false
}

// close ends what the scenario left open, so that the next can begin.
func (t *trial) close() {
	var over []*action
	var unlocked *action
	t.gateway.set(func() {
		t.gateway.faults = faults{}
		for _, a := range t.gateway.actions {
			if a.open() {
				a.become(client.Expired)
				over = append(over, a)
			}
			if t.gateway.locked[a.seller] {
				delete(t.gateway.locked, a.seller)
				unlocked = a
			}
		}
	})
	for _, a := range over {
		t.once(t.event(a, client.Expired))
	}
	if unlocked != nil {
		t.once(t.sellerEvent(unlocked, "seller.unlocked"))
	}
}
