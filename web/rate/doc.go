// Package rate says "later" to somebody who asks too often. It counts with
// GCRA, the leaky bucket that needs one number a key: up to a minute's worth of
// calls may come at once, after that they come evenly.
//
// On PostgreSQL all nodes count together; on SQLite the one node there is
// counts in memory. What is counted decides nothing but when to ask again:
// stopping an action is never limited, and attempts to prove something are
// counted elsewhere, with the authenticator they are about.
//
// Answers carry RateLimit-Policy and RateLimit as
// draft-ietf-httpapi-ratelimit-headers-09 has them: q calls in w seconds, r of
// them left, all of them again in t seconds; and, when refused, Retry-After.
package rate
