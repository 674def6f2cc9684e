// Package desk is where people decide who are no sellers: what takes two of them,
// and what one may do alone (DESIGN §8, rules 12 and 14).
//
// So far that is the policy. A version of it that can only be as strict as the
// one in force or stricter is in force at once, by one admin or by whoever has a
// shell on the gateway's host. Any other is a proposal: a second admin approves
// it, it comes into force 24 hours later, and a rejection or a newer version ends
// it before that. What each of the two signs with a passkey is the version's hash,
// what it was compared with, and the verb, so that neither can be shown one thing
// and sign another. Nothing else changes the policy: no API key, no configuration.
//
// The steps are pure; [Policies] takes them on a store, and [InForce] is what a
// node decides by.
package desk
