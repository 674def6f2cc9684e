// Package desk is where people decide who are no sellers: what takes two of them,
// and what one may do alone (DESIGN §8, rules 12 and 14).
//
// In cases, what takes friction away and what is a verdict takes two: [Cases] is the
// one way for such a decision to reach a seller, an action or a destination. Each of
// the two signs, with a passkey, the decision with the facts that it rests on. The
// facts are read again in the transaction that carries it out, with the seller and the
// open actions locked; where they are others than those signed the proposal is void.
// One rejection ends it, four hours do, and nobody decides on what they proposed. What
// adds friction one person decides, and it is carried out with their signature. No
// verb sets a destination, a code or an approval, or shortens a wait. The steps are
// pure ([Scene], [Ruling]); the database refuses what comes without them. What is
// masked is revealed one field at a time, to who has claimed the case, and counted.
// [Rings], [Shift] and [Export] only read.
//
// A version of the policy that can only be as strict as the one in force or stricter
// is in force at once, by one admin or by whoever has a shell on the gateway's host.
// Any other is a proposal: a second admin approves it, it comes into force 24 hours
// later, and a rejection, by one admin or from that shell, or a newer version ends it
// before that. What each of the two signs with a passkey is the version's hash,
// what it was compared with, and the verb, so that neither can be shown one thing
// and sign another. Nothing else changes the policy: no API key, no configuration.
//
// [Policies] takes those steps on a store, and [InForce] is what a node decides by. It
// keeps the 64 newest versions that were in force, for actions that were open then;
// what is older than all of them, or was open under one that does not compile any
// more, goes to two people.
package desk
