package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"

	"countersign/approvals/desk"
	"countersign/approvals/risk"
)

// demoKind is what Bottega Demo defines beside the gateway's kinds.
//
//go:embed demo_policy.yaml
var demoKind []byte

// demoPolicy is the policy of a demo: the one compiled in, with a kind of the
// marketplace's own.
func demoPolicy() ([]byte, error) {
	source, err := risk.Profile("default")
	if err != nil {
		return nil, err
	}
	return append(bytes.Replace(source, []byte("name: default\n"), []byte("name: bottega-demo\n"), 1), demoKind...), nil
}

// definePayout puts the demo's policy in force as an operator would with
// "countersign policy apply": it is nowhere milder than the one compiled in.
func definePayout(ctx context.Context, policies *desk.Policies) error {
	source, err := demoPolicy()
	if err != nil {
		return err
	}
	draft, err := policies.Draft(ctx, source)
	if err != nil {
		return fmt.Errorf("policy of the demo: %w", err)
	}
	return policies.Apply(ctx, draft, operator())
}
