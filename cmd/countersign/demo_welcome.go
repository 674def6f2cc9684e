package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"countersign/approvals"
	"countersign/auth"
	"countersign/cmd/countersign/demo"
)

// entrances are where people begin who are no sellers: the links that make their
// passkeys, and their pages once they have one.
type entrances struct {
	developers string
	desk       string    // of an admin
	agents     [2]string // whom it takes to lift a lock
}

// entrances returns them. A link that nobody used is replaced by a new one.
func (d *Demo) entrances(ctx context.Context) (entrances, error) {
	base := d.BaseURL + "/desk"
	e := entrances{d.BaseURL + "/dev", base, [2]string{base, base}}
	for _, i := range []struct {
		url *string
		of  auth.Invitation
	}{
		{&e.developers, auth.Invitation{Marketplace: approvals.MarketplaceID(d.state.MarketplaceID), Role: auth.Developer, Name: "Demo developer"}},
		{&e.desk, auth.Invitation{Role: auth.Admin, Name: "Demo admin"}},
		{&e.agents[0], auth.Invitation{Role: auth.Agent, Name: "Marco, agent"}}, {&e.agents[1], auth.Invitation{Role: auth.Agent, Name: "Anna, agent"}},
	} {
		all, err := d.Gateway.people.List(ctx, i.of.Marketplace, i.of.Role)
		if err != nil {
			return e, err
		}
		if slices.ContainsFunc(all, func(p auth.Person) bool { return p.Active() && p.Name == i.of.Name }) {
			continue
		}
		i.of.By = operator()
		_, token, err := d.Gateway.people.Invite(ctx, i.of)
		if err != nil {
			return e, err
		}
		*i.url += "/join/" + token
	}
	return e, nil
}

func (d *Demo) welcome(w io.Writer, e entrances) {
	fmt.Fprintf(w, `Countersign demo. No real money. Cooling-off shortened to %s (24 hours by default).

  Marketplace   %s   start here: change a bank account, or play the thief
  Mailbox       %s   where the sellers' mails arrive, by SMTP
  Gateway       %s   API and sellers' pages; for engineers /dev/guide and /dev/api
  Developers    %s   keys, webhooks, every action end to end
  Desk          %s   an admin: the policy, and who works at the desk
                %s   Marco, an agent: lock a seller as the thief's victim, then see the case
                %s   Anna, an agent, in another browser profile: it takes two to lift a lock. Nobody is the
                second in their first 24 hours: move the test clock at /dev/simulator
  API key       %s

  Data in %s. Press Ctrl-C to stop.
`, demo.InWords(d.options.Delay), d.MarketplaceURL, d.MailboxURL, d.BaseURL, e.developers, e.desk, e.agents[0], e.agents[1], d.APIKey, d.options.Dir)
}

// writeReady tells a script where everything is. The file appears whole or not
// at all.
func (d *Demo) writeReady(path string) error {
	raw, err := json.MarshalIndent(map[string]string{
		"base_url": d.BaseURL, "marketplace_url": d.MarketplaceURL, "mailbox_url": d.MailboxURL, "desk_url": d.BaseURL + "/desk",
		"api_key": d.APIKey, "webhook_secret": d.WebhookSecret, "marketplace_id": d.state.MarketplaceID,
		"return_url": d.Marketplace.ReturnURL(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write ready file: %w", err)
	}
	return demo.WriteFile(path, raw)
}
