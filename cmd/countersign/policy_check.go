package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"countersign/approvals/risk"
)

// errPolicyFile says that a policy file has problems, which were printed.
var errPolicyFile = errors.New("the policy is not used: correct the lines above")

// PolicyCheckCmd is "countersign policy check": it needs no database.
type PolicyCheckCmd struct {
	File string `arg:"" type:"existingfile" help:"The policy, in YAML."`
}

// Run checks, and says what of it may be milder than the policy compiled in.
func (c *PolicyCheckCmd) Run() error {
	p, err := policyFile(c.File)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d rules, good\n", p.Version(), len(p.Rules()))
	for _, k := range p.Kinds() {
		if d, defined := p.Definition(k); defined {
			fmt.Printf("It defines %s, %q; number of fields: %d.\n", k, d.Name["en"], len(d.Fields))
		}
	}
	milder := risk.Looser(risk.Default(), p)
	if len(milder) == 0 {
		fmt.Println("It is nowhere milder than the policy compiled in.")
		return nil
	}
	fmt.Println("It may be milder than the policy compiled in:")
	for _, why := range milder {
		fmt.Println("-", why)
	}
	return nil
}

// policyFile reads a policy, and prints each of its problems on a line of its own.
func policyFile(path string) (*risk.Policy, error) {
	if path == "" {
		return risk.Default(), nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := risk.Parse(path, source)
	if wrong, ok := errors.AsType[*risk.FileError](err); ok {
		fmt.Println(wrong)
		return nil, errPolicyFile
	}
	return p, err
}

// PolicyShowCmd is "countersign policy show": the policy compiled in, to begin one
// of your own with, the strict one, one with kinds that a marketplace defines, or the signals that a rule can speak of.
type PolicyShowCmd struct {
	Profile string `default:"default" enum:"default,strict,payout_now" help:"Which policy: the one compiled in; or, to be applied from a file, the strict one, or one that defines two kinds of the marketplace's own."`
	Signals bool   `help:"List the signals instead."`
}

// Run prints.
func (c *PolicyShowCmd) Run() error {
	if !c.Signals {
		source, err := risk.Profile(cmp.Or(c.Profile, "default"))
		if err == nil {
			_, err = os.Stdout.Write(source)
		}
		return err
	}
	for _, s := range risk.Signals() {
		worse := ""
		if s.Worse != "" {
			worse = "; worse: " + s.Worse
		}
		fmt.Printf("%-30s %s%s. %s\n", s.Name, s.Type, worse, s.About)
		if len(s.Values) > 0 {
			fmt.Printf("%-30s %v\n", "", s.Values)
		}
	}
	return nil
}
