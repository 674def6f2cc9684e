// Package risk judges what a seller asks for: signals in, decision out (DESIGN §7,
// THREATS §4-§6).
//
// A [Policy] is read from a YAML file. Its rules are expressions in CEL over named
// signals; the first that holds names the class and the reason, and what all that
// hold ask for is joined, each requirement at its stricter value. A table says what a
// class means for a kind. The program has a policy compiled in, [Default].
//
// What holds of every policy that [Parse] accepts:
//
//   - A signal that turns worse never shortens a wait, drops a requirement, permits a
//     method more or softens an outcome (DESIGN rule 12). Parse proves it from the file:
//     each signal has a side that is bad, a rule may only begin to hold as signals turn
//     worse, rules stand strictest first, and a table only rises with the class.
//   - No good signal buys anything: a name check that matches reads as none at all
//     (STANDARDS VP-07).
//   - What is not known counts as the worst it could be, except where THREATS says
//     that it is not bad.
//   - What adds an authenticator or a contact waits out its quarantine, whatever the
//     file says (DESIGN rule 11).
//
// A decision keeps the signals it was made from, so that another policy can be asked
// later what it would have done, with nothing but the record ([Policy.Judge]).
//
// The package is pure: no clock, no state, no SQL.
package risk
