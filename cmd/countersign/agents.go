package main

import (
	"context"
	"fmt"

	"countersign/auth"
)

// AgentsCmd is "countersign agents".
type AgentsCmd struct {
	Invite AgentsInviteCmd `cmd:"" help:"Invite somebody to the desk and print their link, once."`
	List   AgentsListCmd   `cmd:"" help:"List those who work at the desk."`
	Remove AgentsRemoveCmd `cmd:"" help:"Remove somebody from the desk. Their sessions are over at once."`
	Unlink AgentsUnlinkCmd `cmd:"" help:"Take somebody's linked account away: they sign in with their passkey again."`
}

// AgentsInviteCmd is "countersign agents invite".
type AgentsInviteCmd struct {
	configFlag
	Role string `required:"" enum:"admin,lead,agent,auditor" help:"What they do: admin, lead, agent or auditor."`
	Name string `required:"" help:"What the audit log and the lists call them."`
}

// Run invites.
func (c *AgentsInviteCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		p, token, err := w.people.Invite(ctx, auth.Invitation{Role: auth.Role(c.Role), Name: c.Name, By: operator()})
		if err != nil {
			return err
		}
		fmt.Printf("%-9s  %s\nlink       %s/desk/join/%s\n", p.Role, p.ID, w.publicURL, token)
		fmt.Println("Shown once, good for 24 hours and for one passkey. Hand it over where only they can read it.")
		return nil
	})
}

// AgentsListCmd is "countersign agents list".
type AgentsListCmd struct {
	configFlag
	Role string `enum:"admin,lead,agent,auditor," default:"" help:"Only those of this role."`
}

// Run lists, and says who is missing for what takes two people.
func (c *AgentsListCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		for _, role := range auth.DeskRoles() {
			if c.Role != "" && c.Role != string(role) {
				continue
			}
			all, err := w.people.List(ctx, "", role)
			if err != nil {
				return err
			}
			for _, p := range all {
				fmt.Printf("%s  %-7s  %s  %s\n", p.ID, p.Role, p.Name, standing(p))
			}
		}
		few, err := tooFew(ctx, w.people)
		for _, line := range few {
			fmt.Println(line)
		}
		return err
	})
}

// AgentsRemoveCmd is "countersign agents remove".
type AgentsRemoveCmd struct {
	configFlag
	ID string `arg:"" help:"The person, as \"countersign agents list\" shows them."`
}

// Run removes.
func (c *AgentsRemoveCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		return w.remove(ctx, auth.PersonID(c.ID), auth.Role.Desk)
	})
}

// AgentsUnlinkCmd is "countersign agents unlink".
type AgentsUnlinkCmd struct {
	configFlag
	ID string `arg:"" help:"The person, as \"countersign agents list\" shows them."`
}

// Run unlinks.
func (c *AgentsUnlinkCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(w peopleWork) error {
		if err := w.people.Unlink(ctx, auth.PersonID(c.ID), operator()); err != nil {
			return err
		}
		fmt.Printf("%s has no linked account any more.\n", c.ID)
		return nil
	})
}

// tooFew says who is missing for what takes two people.
func tooFew(ctx context.Context, people *auth.People) (missing []string, err error) {
	there, err := people.Deciders(ctx)
	if err != nil {
		return nil, err
	}
	if there.Policy < 2 {
		missing = append(missing, fmt.Sprintf("%d of the 2 admins it takes to make a policy milder have joined; \"countersign agents invite --role admin\" invites one", there.Policy))
	}
	if there.Cases < 2 {
		missing = append(missing, fmt.Sprintf("%d of the 2 agents or leads it takes to decide a case have joined; an admin invites them at /desk/people", there.Cases))
	}
	return missing, nil
}
