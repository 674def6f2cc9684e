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

// developers is where the marketplace's engineers begin: the link that makes the
// first one's passkey, and their pages once somebody has one.
func (d *Demo) developers(ctx context.Context) (string, error) {
	m, people := approvals.MarketplaceID(d.state.MarketplaceID), d.Gateway.people
	all, err := people.List(ctx, m, auth.Developer)
	if err != nil || slices.ContainsFunc(all, auth.Person.Active) {
		return d.BaseURL + "/dev", err
	}
	_, token, err := people.Invite(ctx, auth.Invitation{Marketplace: m, Role: auth.Developer, Name: "Demo developer", By: operator()})
	return d.BaseURL + "/dev/join/" + token, err
}

func (d *Demo) welcome(w io.Writer, developers string) {
	fmt.Fprintf(w, `Countersign demo. No real money. Cooling-off shortened to %s (24 hours by default).

  Marketplace   %s   start here: change a bank account, or play the thief
  Mailbox       %s   where the sellers' mails arrive, by SMTP
  Gateway       %s   API and sellers' pages; for engineers /dev/guide and /dev/api
  Developers    %s   keys, webhooks, every action end to end
  API key       %s

  Data in %s. Press Ctrl-C to stop.
`, demo.InWords(d.options.Delay), d.MarketplaceURL, d.MailboxURL, d.BaseURL, developers, d.APIKey, d.options.Dir)
}

// writeReady tells a script where everything is. The file appears whole or not
// at all.
func (d *Demo) writeReady(path string) error {
	raw, err := json.MarshalIndent(map[string]string{
		"base_url": d.BaseURL, "marketplace_url": d.MarketplaceURL, "mailbox_url": d.MailboxURL,
		"api_key": d.APIKey, "webhook_secret": d.WebhookSecret, "marketplace_id": d.state.MarketplaceID,
		"return_url": d.Marketplace.ReturnURL(),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write ready file: %w", err)
	}
	return demo.WriteFile(path, raw)
}
