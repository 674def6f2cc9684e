// Package demo holds the two strangers that a gateway needs to be tried out on
// one machine: a marketplace and a mailbox. They stand outside the gateway and
// meet it as any other would: over its public API, its webhooks and SMTP.
//
// Marketplace is the back office of "Bottega Demo", where sellers look after
// the bank account they are paid into and ask for loans. It imports package client and nothing
// else of this module, so it is also the example of how to join a marketplace
// to a gateway. What it keeps true:
//
//   - an account changes, and a loan is paid out, in one place, settle, after a claim and a verified
//     release token, and at most once for each release id, also when webhooks
//     come twice, late, or not at all, or the process dies in between;
//   - details sent with a claim, and the digest expected in the token, are the
//     marketplace's own records, never what a webhook or an answer says;
//   - a seller whom the gateway locked is signed out on every device;
//   - nobody needs a password, and every page says that no money is real.
//
// Mailbox is a mail server on a loopback port that keeps whatever it is sent,
// and pages to read it. A message is on disk before it is accepted. Opening a
// message or its HTML opens nothing else.
//
// Both keep their data in a directory and go on from there when started again.
package demo
