package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/risk"
)

// PolicyExplainCmd is "countersign policy explain": which rules held for a request
// and which did not, and what they looked at. The request is a stored action, or is
// made of flags.
type PolicyExplainCmd struct {
	Config      string   `env:"COUNTERSIGN_CONFIG" help:"Configuration file (YAML): needed for an id, and to ask the policy in force."`
	ID          string   `arg:"" optional:"" help:"The id of an action."`
	Marketplace string   `help:"The id of its marketplace."`
	Policy      string   `type:"existingfile" help:"A policy file; without it the policy in force, or without a database the one compiled in."`
	Kind        string   `default:"payout_account.change" help:"Without an id: what is asked for."`
	Method      string   `default:"passkey" enum:"passkey,totp,recovery_code" help:"Without an id: how the first proof is made."`
	Input       []string `help:"Without an id: signal=value; what is not named is as good as it can be."`
}

// Run explains.
func (c *PolicyExplainCmd) Run(ctx context.Context) error {
	if c.ID != "" {
		return c.stored(ctx)
	}
	p, err := c.judge(ctx)
	if err == nil {
		err = p.CheckKind(c.Kind)
	}
	if err != nil {
		return err
	}
	in := risk.Calm()
	for _, text := range c.Input {
		if err := risk.ParseInput(in, text); err != nil {
			return err
		}
	}
	explain(p, approvals.Kind(c.Kind), approvals.Method(c.Method), in)
	return nil
}

// judge is the policy of the file, or the one in force, or without a database the one
// compiled in.
func (c *PolicyExplainCmd) judge(ctx context.Context) (p *risk.Policy, err error) {
	if c.Policy != "" || c.Config == "" {
		return policyFile(c.Policy)
	}
	err = withPolicies(ctx, c.Config, func(w policyWork) error {
		s, err := w.Store.Standing(ctx)
		if err != nil {
			return err
		}
		p, err = w.Compiled(ctx, s.Effective.Number)
		return err
	})
	return p, err
}

// stored explains an action from what its decision recorded.
func (c *PolicyExplainCmd) stored(ctx context.Context) error {
	if c.Marketplace == "" || c.Config == "" {
		return errors.New("an action is found by its marketplace: write --marketplace and --config")
	}
	var a approvals.Action
	p, err := c.judge(ctx)
	if err == nil {
		err = withMigrated(ctx, c.Config, func(_ Config, db *approvaldb.DB, _ *Clock) error {
			var err error
			a, err = approvaldb.New(db, approvaldb.Config{NewID: newID}).Reader.Action(ctx, approvals.ActionKey{Marketplace: approvals.MarketplaceID(c.Marketplace), ID: approvals.ActionID(c.ID)})
			return err
		})
	}
	if err != nil {
		return err
	}
	if len(a.Decision.Inputs) == 0 {
		return fmt.Errorf("action %s recorded no signals: it was decided by %s", a.ID, a.Decision.Version)
	}
	method, _ := a.Decision.Inputs["method"].(string)
	fmt.Printf("%s  %s  %s\ndecided by %s: %s, %s\n", a.Reference, a.Kind, a.State, a.Decision.Version, a.Decision.Class, a.Decision.Outcome)
	if len(a.Decision.Asked) > 0 {
		fmt.Printf("and before that by %s\n", strings.Join(a.Decision.Asked, ", "))
	}
	if p.Version() != a.Decision.Version {
		fmt.Printf("and now by %s:\n", p.Version())
	}
	explain(p, a.Kind, approvals.Method(method), a.Decision.Inputs)
	return nil
}

// explain prints a decision and how each rule came to its word.
func explain(p *risk.Policy, kind approvals.Kind, method approvals.Method, in map[string]any) {
	x := p.Explain(kind, method, in)
	d := x.Decision
	wait, permitted := d.Wait[method]
	fmt.Printf("%s with %s: class %s, %s", kind, method, d.Class, d.Outcome)
	switch {
	case d.Outcome == approvals.Deny:
	case permitted:
		fmt.Printf(", waits %g hours", wait.Hours())
	default:
		fmt.Print(", not permitted")
	}
	for _, r := range d.Require {
		fmt.Printf(", asks for %s", r)
	}
	fmt.Println()
	if x.Row.When != "" {
		fmt.Printf("by the row on line %d of the table, since %s\n", x.Row.Line, x.Row.When)
	}
	for _, holds := range []bool{true, false} {
		fmt.Println(map[bool]string{true: "\nrules that hold", false: "\nrules that do not"}[holds])
		for _, f := range x.Findings {
			if f.Holds == holds {
				printFinding(f)
			}
		}
	}
}

func printFinding(f risk.Finding) {
	mark := " "
	if f.Decides {
		mark = "*" // it names the class
	}
	var inputs []string
	for _, in := range f.Inputs {
		inputs = append(inputs, fmt.Sprintf("%s=%v", in.Name, in.Value))
	}
	slices.Sort(inputs)
	asks := strings.Join(slices.DeleteFunc([]string{string(f.Class), string(f.Outcome), strings.Join(f.Require, " ")}, func(s string) bool { return s == "" }), ", ")
	fmt.Printf("%s %-28s %-24s %s\n", mark, f.ID, asks, strings.Join(strings.Fields(f.When), " "))
	if len(inputs) > 0 {
		fmt.Printf("  %-28s %s\n", "", strings.Join(inputs, " "))
	}
}
