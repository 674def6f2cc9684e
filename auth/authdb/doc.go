// Package authdb keeps what package auth decides: authenticators, challenges,
// recovery codes, tries and sessions, on the database of approvaldb, whose audit log it writes
// to in its own transactions.
//
// [Effect] does what an action about an authenticator is for, in the action's
// own transaction.
//
// It decides nothing. What must hold although many nodes ask at once is one
// statement each: a challenge is deleted by the statement that reads it, a try
// is counted by one that refuses during a block, a step is spent by one that
// compares it. The schema repeats the rest: one credential id and one first
// enrolment, five live challenges, steps and counters that only rise, a
// switched-off authenticator and an ended session that do not come back.
//
// People, who are no sellers, are kept here too: an invitation is spent by one
// statement, and who was removed has no session and gets none.
//
// An audit line that the seller is to be told of (auth.Told) is written together
// with its notice, a mail for each contact.
//
// Rows are locked in the order seller, proving, authenticators.
package authdb
