// Package conformance is a kit that a marketplace runs against its own sandbox
// before it goes live. It stands in for the gateway, answers as the API's
// description says, and then misbehaves the way networks and thieves do:
// webhooks that come twice, late, forged or lying, release tokens of something
// else, answers that are lost after their effect, a gateway that is away. Its
// report says in plain sentences what the marketplace got wrong and what right.
//
// # What the sandbox needs
//
// Four values, as of any other gateway: the Settings' URL, API key, webhook
// secret and marketplace id. And two small hooks, which only a sandbox may
// have:
//
//   - Sandbox.Start is a POST with {"account":{"iban":"…","holder":"…"}}. It does
//     what the form of one test seller does: ask the gateway for a change of the
//     payout account to that account. Always the same seller. Any answer from
//     200 to 399 means that the change was asked for; a cookie that the answer
//     sets is kept, so that the hook can sign the seller in.
//   - Sandbox.Account is a GET. It answers {"account":"…","changes":3}: the IBAN
//     that the seller is paid into now, and how often that seller's account has
//     been saved so far. So effects are counted, not guessed.
//
// Sandbox.Session is a third, optional one: a GET that answers 200 while the test
// seller is signed in and anything else when not, asked with the cookie that
// Start set. Without it nothing is said about sessions.
//
// # What the kit keeps true
//
//   - Every wait has an end: Config.Patience for what has to happen,
//     Config.Quiet for what must not.
//   - Every scenario asks for an account number never used before, and closes
//     what it opened, so that scenarios can run alone and in any order.
//   - A scenario that could not be tried says so and counts as wrong.
//   - It opens no seller's pages and moves no money: the two proofs are taken as
//     given. It is for a sandbox; a marketplace in production never trusts it.
//
// The package needs the standard library and go-jose. A Kit reads no clock:
// Config.Now is the caller's.
package conformance
