// Package examples holds the side of a marketplace in other languages than Go,
// as files to copy. It has no code of its own.
//
//   - node/receiver.js verifies webhooks and release tokens in JavaScript, with the
//     npm packages standardwebhooks and jose. Its types are checked by tsc, so it
//     can be imported from TypeScript.
//   - node/market.js is a small marketplace around it: create, webhook, claim,
//     verify, carry out once, report.
//   - curl/payout_change.sh is the redirect flow with curl and nothing else.
//
// What a guide shows is what the tests run: receiver.js has to accept what the
// gateway's own courier and keyring made and refuse what was tampered with,
// market.js has to pass package client/conformance, and the script goes through a
// change on a real gateway.
package examples

import "embed"

// Files are the examples by the names above, without what only their tests use.
//
//go:embed node/*.js node/package.json curl/*.sh
var Files embed.FS
