// Package client is what a marketplace imports: the calls of the gateway's
// /v1 API, and the verifying side of its webhooks and release tokens. It
// needs the standard library and go-jose, nothing else of this module.
//
// # In front of a payout change, in 20 lines
//
// Three things are set up once, with the base URL, the API key and the
// webhook secret that the gateway printed when the marketplace was added:
//
//	gateway, err := client.New("https://approve.market.example", apiKey)
//	hooks, err := client.NewWebhook(webhookSecret)
//	releases, err := client.NewReleaseVerifier("https://approve.market.example", "market")
//
// Where the seller's new account was saved until now, an action is created
// instead, and the seller is sent to the page that asks for the proof. The
// account does not change here. Keep id and digest beside the form's values.
//
//	action, err := gateway.CreateAction(ctx, client.NewAction{
//		Kind:      client.PayoutAccountChange,
//		Seller:    client.Seller{ID: "S-2201", Email: "giulia@ferri.example"},
//		Details:   client.AccountChange{From: &old, To: wanted},
//		Context:   client.Context{IP: ip, UserAgent: r.UserAgent()},
//		ReturnURL: "https://market.example/bank",
//	})
//	http.Redirect(w, r, action.Next.URL, http.StatusSeeOther)
//
// Days later the webhook says that both proofs are in. It is a pointer, not a
// permission: the claim decides, and the release token proves what it decided.
//
//	event, err := hooks.Read(r) // in the webhook handler
//	if event.Type == "action.approved" {
//		claimed, err := gateway.Claim(ctx, event.Data.ID, change.Details)
//		release, err := releases.Verify(ctx, claimed.ReleaseToken, client.Expect{
//			Action: change.ID, Kind: client.PayoutAccountChange, Seller: change.Seller, Digest: change.Digest,
//		})
//		reference, err := saveAccount(release.ReleaseID, change) // at most once per release id
//		_, err = gateway.Report(ctx, change.ID, client.Executed(reference))
//	}
//
// # Behind a proxy
//
// Where the gateway's reverse proxy, or a proxy with forward-auth, holds the
// seller's own request back, that request is what both proofs sign. A Guard
// before the handler compares what arrives with it, byte for byte:
//
//	guard := client.Guard{Releases: releases, Seller: signedInSeller}
//	mux.Handle("POST /bank", guard.Wrap(saveAccount)) // ReleaseOf(r) says which release
//
// # What to rely on
//
//   - Only a claim releases. A webhook, a redirect back and the state of an
//     action are hints about when to claim. A marketplace that missed the
//     webhook may call Action and claim when the state is approved.
//   - One effect. Claim has one winner, but an answer can be lost on the way:
//     claim again with the same IdempotencyKey and the same token comes back.
//     Save the effect under the release id, so that a second run changes
//     nothing.
//   - Every POST carries an Idempotency-Key and is repeated with it, a few
//     times and within the context's deadline, when the gateway does not
//     answer or asks to wait.
//   - "seller.locked" means: somebody other than the seller may be signed in.
//     Sign the seller out on every device, and stop whatever moves money by
//     yourself. The gateway's pages tell the seller that you were asked to.
//   - A refusal is a *Problem. Ask for it with errors.AsType and switch on its
//     Code; sentences may change, codes do not.
//   - Details are compared as JSON values, not as text: marshalling the same
//     struct again is the same payload. Send money and account numbers as
//     strings.
//
// # Before going live
//
// Package client/conformance, or "countersign conformance" on the command line,
// stands in for the gateway in front of a sandbox, misbehaves, and says what the
// marketplace gets wrong. Package client/examples has a small marketplace in Go
// and in JavaScript that passes it, and the flow above in curl.
//
// # Time
//
// Webhook and ReleaseVerifier take their time from a Now field. Leave it nil
// in production. In test mode AdvanceTestClock moves the gateway's clock away
// from the machine's, and returns where it stands: a test sets Now to that.
package client
