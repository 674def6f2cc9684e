package audit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"countersign/approvals/audit"
)

var update = flag.Bool("update", false, "write the golden files")

// events are one of each form an event takes.
func events() []audit.Event {
	at := time.Date(2026, 11, 23, 9, 0, 0, 123_456_789, time.UTC)
	return []audit.Event{
		{
			ID: "01939c1e-0000-7000-8000-00000000000a", Marketplace: "bottega", Seller: "seller-1", Action: "01939c1e-0000-7000-8000-000000000001",
			Version: 2, Generation: 1, Verb: "step_up", From: "awaiting_step_up", To: "notifying",
			Actor: audit.Actor{Type: audit.Seller, ID: "seller-1"}, At: at,
			Data: map[string]string{"method": "passkey", "authenticator": "k-1", "proof": "p-1"},
		},
		{
			ID: "01939c1e-0000-7000-8000-00000000000b", Marketplace: "bottega", Seller: "seller-1", Action: "01939c1e-0000-7000-8000-000000000001",
			Generation: 1, Verb: "claim", From: "held", To: "held", Actor: audit.Actor{Type: audit.System}, At: at.In(time.FixedZone("CET", 3600)),
			Data: map[string]string{"refused": "not_approved"},
		},
		{ID: "01939c1e-0000-7000-8000-00000000000c", Marketplace: "bottega", Seller: "seller-1", Verb: "lock", Actor: audit.Actor{Type: audit.Operator, ID: "<a&b>\u2028\"é"}, At: at},
	}
}

// TestCanonicalGolden: the bytes that are hashed when the log is sealed. They
// may never change for an event that is stored.
func TestCanonicalGolden(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, e := range events() {
		line, err := e.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s\n", line)
	}
	const path = "testdata/events.jsonl"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("canonical events\n%s, %v, want\n%s", got.Bytes(), err, want)
	}
}

// TestCanonicalIsWholeAndSorted: every field of an event is in its bytes, so
// that none can be changed without the seal showing it.
func TestCanonicalIsWholeAndSorted(t *testing.T) {
	t.Parallel()
	base := events()[0]
	first, err := base.Canonical()
	if err != nil || !json.Valid(first) {
		t.Fatalf("%s, %v", first, err)
	}
	for name, change := range map[string]func(*audit.Event){
		"id":          func(e *audit.Event) { e.ID += "x" },
		"marketplace": func(e *audit.Event) { e.Marketplace += "x" },
		"seller":      func(e *audit.Event) { e.Seller = "" },
		"action":      func(e *audit.Event) { e.Action = "" },
		"version":     func(e *audit.Event) { e.Version++ },
		"generation":  func(e *audit.Event) { e.Generation++ },
		"verb":        func(e *audit.Event) { e.Verb = "confirm" },
		"from":        func(e *audit.Event) { e.From = "" },
		"to":          func(e *audit.Event) { e.To = "held" },
		"actor type":  func(e *audit.Event) { e.Actor.Type = audit.Agent },
		"actor id":    func(e *audit.Event) { e.Actor.ID = "" },
		"at":          func(e *audit.Event) { e.At = e.At.Add(time.Microsecond) },
		"data":        func(e *audit.Event) { e.Data = map[string]string{"method": "totp"} },
	} {
		e := base
		change(&e)
		got, err := e.Canonical()
		if err != nil || bytes.Equal(got, first) {
			t.Errorf("%s changed, the bytes did not (%v)", name, err)
		}
	}
	same := base
	same.At = base.At.In(time.FixedZone("CET", 3600)).Truncate(time.Microsecond)
	if got, _ := same.Canonical(); !bytes.Equal(got, first) {
		t.Errorf("the same microsecond in another zone: %s", got)
	}
}
