// Package destination owns payout accounts: how one is written, checked,
// compared, fingerprinted and shown.
//
// A thief who may spell the same account in two ways can use it against two
// sellers without anybody noticing that they share it. So every comparison
// goes through one canonical form, in which spaces, dashes, case, the bank
// letters of a British or Irish IBAN, and the choice between an IBAN and a
// sort code with an account number no longer matter. Two destinations are the
// same account exactly when their canonical forms are equal.
//
// Invariants:
//
//   - Canonical and Fingerprint answer the empty string for a destination that
//     does not validate, so that no two broken ones look like one account.
//   - Nothing here prints a whole account by accident: every fmt verb and slog
//     show the masked form. JSON and Grouped are the two deliberate ways out.
//     (fmt cannot call methods through unexported fields: keep a Destination
//     in an exported field, or print it by itself.)
//   - Errors name the field and say what is wrong, and never quote the value.
//   - What is said of an institution is a hint from public lists, each with its
//     source; no licensed table is in here. A name check that leaves any doubt is
//     never a match.
//   - The package is pure: no clock, no network, no files, no key storage.
//
// A number that passes these checks is well formed. Whether the account exists
// and whose it is are questions this package cannot answer.
package destination
