// Package examples holds the side of a marketplace as files to copy, in several
// languages. It has no code of its own.
//
//   - market/main.go is a small marketplace in Go: create, webhook, claim, verify,
//     carry out once, report.
//   - node/receiver.js verifies webhooks and release tokens in JavaScript, with the
//     npm packages standardwebhooks and jose. Its types are checked by tsc, so it
//     can be imported from TypeScript.
//   - node/market.js is the same marketplace around it.
//   - curl/payout_change.sh is the redirect flow with curl and nothing else.
//
// What a guide shows is what the tests run: receiver.js has to accept what the
// gateway's own courier and keyring made and refuse what was tampered with, both
// marketplaces have to pass package client/conformance, and the script goes
// through a change on a real gateway.
package examples

import "embed"

// Files are the examples by the names above, without what only their tests use.
//
//go:embed market/main.go node/*.js node/package.json curl/*.sh
var Files embed.FS
