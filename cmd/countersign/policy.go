package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// PolicyCmd is "countersign policy".
type PolicyCmd struct {
	Check   PolicyCheckCmd   `cmd:"" help:"Check a policy file, and say what of it may be milder than the policy compiled in."`
	Test    PolicyTestCmd    `cmd:"" help:"Try cases from a file against a policy."`
	Explain PolicyExplainCmd `cmd:"" help:"Say which rules held for an action, and what they looked at."`
	Show    PolicyShowCmd    `cmd:"" help:"Print the policy compiled in, the strict one or one that defines kinds, or the signals there are."`
	Apply   PolicyApplyCmd   `cmd:"" help:"Put a policy in force that only tightens. What may be milder is decided by two admins, at the desk."`
	Reject  PolicyRejectCmd  `cmd:"" help:"End a version that is proposed or scheduled: it never comes into force."`
	List    PolicyListCmd    `cmd:"" help:"List the versions of the policy."`
	Replay  PolicyReplayCmd  `cmd:"" help:"Say what a draft would have done differently with past actions."`
}

// PolicyApplyCmd is "countersign policy apply".
type PolicyApplyCmd struct {
	configFlag
	File string `arg:"" type:"existingfile" help:"The policy, in YAML."`
}

// Run applies.
func (c *PolicyApplyCmd) Run(ctx context.Context) error {
	source, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	return withPolicies(ctx, c.Config, func(w policyWork) error {
		draft, err := w.Draft(ctx, source)
		if err != nil {
			return err
		}
		if len(draft.Milder) > 0 {
			for _, why := range draft.Milder {
				fmt.Println("-", why)
			}
			return fmt.Errorf("this may be milder than the policy in force (%d ways): two admins decide at %s/desk/policy, and it takes 24 hours", len(draft.Milder), w.publicURL)
		}
		if err := w.Apply(ctx, draft, operator()); err != nil {
			return err
		}
		fmt.Printf("%s is in force; every node takes it over within seconds.\n", draft.Name)
		return nil
	})
}

// PolicyRejectCmd is "countersign policy reject".
type PolicyRejectCmd struct {
	configFlag
	Number int `arg:"" help:"The number of the version, as policy list prints it."`
}

// Run rejects.
func (c *PolicyRejectCmd) Run(ctx context.Context) error {
	return withPolicies(ctx, c.Config, func(w policyWork) error {
		err := w.Stop(ctx, c.Number, operator())
		if errors.Is(err, approvals.Refuse(approvals.CodePolicyMoved)) {
			return fmt.Errorf("version %d is neither proposed nor scheduled (any more): see policy list", c.Number)
		}
		if err == nil {
			fmt.Printf("Version %d is rejected; it never comes into force.\n", c.Number)
		}
		return err
	})
}

// PolicyListCmd is "countersign policy list".
type PolicyListCmd struct {
	configFlag
}

// Run lists.
func (c *PolicyListCmd) Run(ctx context.Context) error {
	return withPolicies(ctx, c.Config, func(w policyWork) error {
		all, err := w.Store.Versions(ctx, 100)
		if err != nil {
			return err
		}
		for _, v := range all {
			fmt.Printf("%4d  %-10s  %s  %s\n", v.Number, v.State, approvals.FormatTime(v.ProposedAt), v.Name)
		}
		fmt.Printf("%4d  compiled in                              %s\n", 0, w.Default.Version())
		return nil
	})
}

// PolicyReplayCmd is "countersign policy replay".
type PolicyReplayCmd struct {
	configFlag
	Draft string `required:"" type:"existingfile" help:"The draft, in YAML."`
	Days  int    `default:"30" help:"How many days back."`
	Max   int    `default:"1000000" help:"At most so many actions, the newest."`
}

// Run replays.
func (c *PolicyReplayCmd) Run(ctx context.Context) error {
	source, err := readPolicy(c.Draft)
	if err != nil {
		return err
	}
	if c.Days < 1 || c.Max < 1 {
		return errors.New("--days and --max must be 1 or more")
	}
	return withPolicies(ctx, c.Config, func(w policyWork) error {
		draft, err := risk.Parse(c.Draft, source)
		if err != nil {
			return err
		}
		s, err := w.Store.Standing(ctx)
		if err != nil {
			return err
		}
		old, err := w.Compiled(ctx, s.Effective.Number)
		if err != nil {
			return err
		}
		r, err := desk.ReplayOf(ctx, w.history, old, draft, w.Now().Add(-time.Duration(c.Days)*24*time.Hour), c.Max)
		if err != nil {
			return err
		}
		fmt.Printf("%s instead of %s, over %d days\n", draft.Version(), old.Version(), c.Days)
		printReplay(r)
		return nil
	})
}

func printReplay(r desk.Replay) {
	fmt.Printf("%d actions judged, %d of them differently\n", r.Judged, r.Changed)
	if r.Blind > 0 {
		fmt.Printf("%d more recorded no signals and say nothing\n", r.Blind)
	}
	if r.More {
		fmt.Println("older ones were not looked at: raise --max")
	}
	for _, d := range r.Counts {
		fmt.Printf("%8d  %-22s %-8s %s -> %s\n", d.Count, d.Kind, d.What, d.Before, d.After)
	}
	if len(r.Examples) > 0 {
		fmt.Println("for example")
	}
	for _, e := range r.Examples {
		fmt.Printf("  %s  %s", e.Reference, e.Kind)
		for _, what := range e.What {
			fmt.Printf("; %s", what)
		}
		fmt.Println()
	}
}

// readPolicy reads a policy file and checks it, so that mistakes are shown with
// the file's own name.
func readPolicy(path string) ([]byte, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	_, err = risk.Parse(path, source)
	return source, err
}

// policyWork is what the commands about the stored policy work on.
type policyWork struct {
	*desk.Policies
	history   desk.History
	publicURL string
}

func withPolicies(ctx context.Context, path string, do func(policyWork) error) error {
	return withMigrated(ctx, path, func(cfg Config, db *approvaldb.DB, clock *Clock) error {
		all := approvaldb.New(db, approvaldb.Config{NewID: newID})
		sure := func() error {
			if err := surePolicy(db, all.Governor, clock); err != nil {
				return fmt.Errorf("this clock is behind the nodes' or more than an hour ahead; if none runs, start one first: %w", err)
			}
			return nil
		}
		policies := &desk.Policies{Store: all.Policies, Default: risk.Default(), Now: clock.Now, Sure: sure}
		return do(policyWork{policies, all.Policies, cfg.PublicURL})
	})
}
