package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals/risk"
)

// TestPolicyCommands: what needs no database answers by its exit alone.
func TestPolicyCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("good.yaml", string(risk.Default().Source()))
	bad := write("bad.yaml", strings.Replace(string(risk.Default().Source()), "when: destination_denied", "when: denied", 1))
	passes := write("passes.yaml", "cases:\n  - {name: a, kind: contact.change, want: {class: low, hours: 72}}")
	fails := write("fails.yaml", "cases:\n  - {name: a, kind: contact.change, want: {hours: 0}}")
	for name, c := range map[string]struct {
		run  interface{ Run() error }
		want string
	}{
		"a good policy":              {&PolicyCheckCmd{File: good}, ""},
		"a bad policy":               {&PolicyCheckCmd{File: bad}, "the policy is not used"},
		"cases that pass":            {&PolicyTestCmd{File: passes, Policy: good}, ""},
		"cases that fail":            {&PolicyTestCmd{File: fails}, "1 of 1 cases fail"},
		"cases that are none":        {&PolicyTestCmd{File: good}, "the cases are not tried"},
		"cases against a bad policy": {&PolicyTestCmd{File: passes, Policy: bad}, "the policy is not used"},
		"the policy that is there":   {&PolicyShowCmd{}, ""},
		"the strict profile":         {&PolicyShowCmd{Profile: "strict"}, ""},
		"the signals that there are": {&PolicyShowCmd{Signals: true}, ""},
	} {
		err := c.run.Run()
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	explain := PolicyExplainCmd{Kind: "loan.disbursement", Method: "totp", Input: []string{"change_open=true"}}
	if err := explain.Run(t.Context()); err != nil {
		t.Error(err)
	}
	explain.Input = []string{"change_opn=true"}
	if err := explain.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "did you mean change_open?") {
		t.Errorf("a signal that is none: %v", err)
	}
	stored := PolicyExplainCmd{ID: "0190-a"}
	if err := stored.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--marketplace") {
		t.Errorf("an id alone: %v", err)
	}
}
