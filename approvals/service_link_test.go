package approvals_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestC1_OpeningChangesNothing, a thousand times, whatever the link.
func TestC1_OpeningChangesNothing(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.AwaitingConfirmation)
	before := len(g.store.saved)
	for _, c := range []struct {
		purpose approvals.Purpose
		token   string
	}{
		{approvals.ConfirmLink, g.confirmToken(a)},
		{approvals.StopLink, linkKey.Token(approvals.StopLink, a.ID, 1)},
	} {
		for range 1000 {
			got, err := g.Open(context.Background(), c.purpose, c.token)
			if err != nil || got.Action.ID != a.ID || got.Link.Purpose != c.purpose {
				t.Fatalf("%s: %+v, %v", c.purpose, got, err)
			}
		}
	}
	if len(g.store.saved) != before || len(g.store.refusals) != 0 || g.reload(a).Version != a.Version {
		t.Error("opening a link changed something")
	}
	if err := g.forward(a); err != nil {
		t.Errorf("the link does not work afterwards: %v", err)
	}
}

// TestC5C7_UnknownLinks: cut, guessed, altered, or of another purpose: one answer.
func TestC5C7_UnknownLinks(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.AwaitingConfirmation)
	confirm, stop := g.confirmToken(a), linkKey.Token(approvals.StopLink, a.ID, 1)
	for name, c := range map[string]struct {
		purpose approvals.Purpose
		token   string
	}{
		"empty":                        {approvals.ConfirmLink, ""},
		"cut":                          {approvals.ConfirmLink, confirm[:43]},
		"longer":                       {approvals.ConfirmLink, confirm + "A"},
		"other case":                   {approvals.ConfirmLink, strings.ToUpper(confirm)},
		"encoded":                      {approvals.ConfirmLink, strings.Replace(confirm, "c", "%63", 1)},
		"a stop token":                 {approvals.ConfirmLink, stop},
		"a confirm token to stop":      {approvals.StopLink, confirm},
		"a confirm token as a handoff": {approvals.HandoffLink, confirm},
		"the letter exchanged":         {approvals.StopLink, "s" + confirm[1:]},
		"another action":               {approvals.ConfirmLink, linkKey.Token(approvals.ConfirmLink, "other", a.ConfirmSerial)},
		"a serial to come":             {approvals.ConfirmLink, linkKey.Token(approvals.ConfirmLink, a.ID, a.ConfirmSerial+1)},
		"another key":                  {approvals.ConfirmLink, approvals.LinkKey{9}.Token(approvals.ConfirmLink, a.ID, a.ConfirmSerial)},
	} {
		got, err := g.Open(context.Background(), c.purpose, c.token)
		if code(err) != approvals.CodeLinkUnknown || got.Action.ID != "" || len(refusal(err).Facts) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if _, err := g.Confirm(context.Background(), a.Key(), approvals.HashToken(c.token), g.proof(a)); c.purpose == approvals.ConfirmLink && code(err) != approvals.CodeLinkUnknown {
			t.Errorf("%s: confirm %v", name, err)
		}
	}
}

// TestC2C3_DeadLinks come back with the action, so that a page can explain.
func TestC2C3_DeadLinks(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.AwaitingConfirmation)
	first := g.confirmToken(a)
	g.pass(24*time.Hour - time.Minute)
	if _, err := g.Resend(context.Background(), a.Key()); err != nil {
		t.Fatal(err)
	}
	second := g.confirmToken(a)
	check := func(name, token string, want approvals.Code) {
		t.Helper()
		got, err := g.Open(context.Background(), approvals.ConfirmLink, token)
		if code(err) != want || got.Action.ID != a.ID {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, want)
		}
	}
	check("the newest", second, "")
	check("the one before", first, approvals.CodeLinkReplaced)
	if _, err := g.Confirm(context.Background(), a.Key(), approvals.HashToken(first), g.proof(g.reload(a))); code(err) != approvals.CodeLinkReplaced {
		t.Errorf("confirm with the one before: %v", err)
	}
	g.pass(24 * time.Hour) // not swept
	check("a day old", second, approvals.CodeLinkExpired)
	if _, err := g.Confirm(context.Background(), a.Key(), approvals.HashToken(second), g.proof(g.reload(a))); code(err) != approvals.CodeLinkExpired {
		t.Errorf("confirm with an expired one: %v", err)
	}
	if _, err := g.Sweep(context.Background(), g.store, 10); err != nil {
		t.Fatal(err)
	}
	third := g.confirmToken(a)
	check("the renewed", third, "")
	if err := g.forward(g.reload(a)); err != nil {
		t.Fatal(err)
	}
	check("the spent", third, approvals.CodeLinkSpent)
	check("the one before, later", second, approvals.CodeLinkSpent)
	if _, err := g.Confirm(context.Background(), a.Key(), approvals.HashToken(third), g.proof(g.reload(a))); code(err) == "" {
		t.Error("a link works twice")
	}
}

// TestHandoffLinks: opening spends nothing, the first proof does, and ten
// minutes are ten minutes.
func TestHandoffLinks(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.create(t)
	first := g.Token(approvals.HandoffLink, a)
	if _, err := g.Open(context.Background(), approvals.HandoffLink, first); err != nil {
		t.Errorf("the first: %v", err)
	}
	b, err := g.Handoff(context.Background(), a.Key(), market, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := g.Token(approvals.HandoffLink, b)
	for name, token := range map[string]string{"first": first, "second": second} {
		if _, err := g.Open(context.Background(), approvals.HandoffLink, token); err != nil {
			t.Errorf("%s, with two handed out: %v", name, err)
		}
	}
	if err := g.forward(b); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"first": first, "second": second} {
		if _, err := g.Open(context.Background(), approvals.HandoffLink, token); code(err) != approvals.CodeLinkSpent {
			t.Errorf("%s, after the first proof: %v", name, err)
		}
	}
	c, err := g.Handoff(context.Background(), a.Key(), market, nil)
	if err != nil {
		t.Fatal(err)
	}
	g.now = c.MovedAt.Add(10 * time.Minute)
	if _, err := g.Open(context.Background(), approvals.HandoffLink, g.Token(approvals.HandoffLink, c)); code(err) != approvals.CodeLinkExpired {
		t.Errorf("after ten minutes: %v", err)
	}
}

// TestStopLinkNeverDies: the link to stop works in every mail, however old.
func TestStopLinkNeverDies(t *testing.T) {
	t.Parallel()
	g := newGateway()
	a := g.reach(t, approvals.Executed)
	g.pass(10 * 365 * 24 * time.Hour)
	if got, err := g.Open(context.Background(), approvals.StopLink, linkKey.Token(approvals.StopLink, a.ID, 1)); err != nil || got.Action.ID != a.ID {
		t.Errorf("%+v, %v", got, err)
	}
}
