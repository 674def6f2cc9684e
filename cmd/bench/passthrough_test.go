package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test's program be the peers that it starts.
func TestMain(m *testing.M) {
	if playPeer() {
		return
	}
	os.Exit(m.Run())
}

// Every contender is measured, and says what it cost.
func TestPassThrough(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), strings.Fields("-on sqlite -turn 300ms -rounds 1 proxy"), &out); err != nil {
		t.Fatal(err, out.String())
	}
	for _, want := range []string{"gateway: ", "tuned httputil.ReverseProxy: ", "minimal httputil.ReverseProxy: ", "upstream alone: ", "CPU ratio to the tuned one"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}
