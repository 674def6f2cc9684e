// Command bench measures the gateway and prints ratios.
//
//	go run ./cmd/bench                        every figure, in some ten minutes
//	go run ./cmd/bench -only P6,P12           two of them
//	go run ./cmd/bench proxy                  what passes through the reverse proxy (P1), and
//	                                          what nginx asks about first (P2, P3)
//	go run ./cmd/bench risk                   what a decision costs with a thousand, a hundred
//	                                          thousand and a million actions (P13)
//	go run ./cmd/bench -size full             up to a million actions
//
// An absolute figure says nothing on a machine that others use, so each one is
// set against a peer that is measured in the same run, in turns: the peer, the
// gateway, the peer again, some rounds after a warm-up. The two turns of the
// peer make a ratio of the peer with itself. Where that is outside 0.9 to 1.1
// the machine was too noisy for a verdict, and the figure says so. Targets are
// printed beside the figures and never asserted.
//
// What is measured is the product: the end-to-end figures run "countersign
// serve" as a process of its own, over real HTTP, with real passkeys, a mail
// server that takes mail by SMTP and a receiver of webhooks. The figures of the
// engine alone call package approvals on the same stores, with proofs that are
// made up. What a peer does by hand is what any team would write: the same
// moves, each one transaction that updates a row and inserts its event.
//
// Of the reverse proxy (P1) each contender is a process of its own, so that its
// processor time is its own: the proxy as "countersign serve" listens with it,
// httputil.ReverseProxy as it comes and tuned, and nginx where it is installed.
// Of forward-auth nginx asks the gateway, or a handler that always says the same:
// about a request that names no action, which takes no database (P2), and about
// one released request again and again, which takes five reads of it (P3). The
// gateway's clock stands still there, so that the 30 seconds of an identical
// retry do not end.
//
// It needs what is on the machine and nothing else: SQLite is built in,
// PostgreSQL is measured when its programs are there (a private server is
// started, or COUNTERSIGN_TEST_POSTGRES names one), and pgbench likewise. What
// is missing is named and left out.
package main
