// Package approvaldb keeps approvals in SQLite or PostgreSQL.
//
// A [DB] is one database. [DB.InTx] is the only way to a transaction: it
// retries what the database asks to retry, tells a commit that is durable from
// one that is not, and lets the function that runs in it reach the driver's own
// transaction, so that the jobs that wake workers are saved with the rows they
// wake for. On SQLite callers who wait for each other share a commit, and none of
// them can tell. [New] makes the [Parts]: each is one of the interfaces of
// package approvals, over a DB.
//
// What may not happen is refused by the database itself, by constraints and
// triggers that stand in migrations (RELIABILITY §7). This package decides
// nothing: it saves a Change whole or not at all, and names the conflicts the
// database finds. A refusal of the database that the domain did not foresee is
// approvals.ErrBroken.
//
// Times are microseconds in UTC, each one a bound parameter; secrets are sealed
// with the row they belong to, and a [Resealer] seals them anew when their key
// rotates.
package approvaldb
