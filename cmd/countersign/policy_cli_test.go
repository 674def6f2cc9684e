package main

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals/desk"
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

// "countersign policy reject" ends what is on its way, and says of anything else
// where to look.
func TestPolicyReject(t *testing.T) {
	t.Parallel()
	n, _ := operated(t)
	milder := 0
	err := withPolicies(t.Context(), n.config, func(w policyWork) error {
		now := w.Now()
		return w.Store.UpdatePolicy(t.Context(), func(s desk.Standing) (desk.Change, error) {
			milder = s.Last + 1
			source := risk.Default().Source()
			return desk.Change{Versions: []desk.Version{{
				Number: milder, Name: "x", Source: source, Hash: sha256.Sum256(source), State: desk.Proposed, ProposedAt: now, LapsesAt: now.Add(desk.ProposalLife),
			}}}, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "neither proposed nor scheduled"} {
		err := (&PolicyRejectCmd{configFlag{n.config}, milder}).Run(t.Context())
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
