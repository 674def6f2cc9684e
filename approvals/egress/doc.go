// Package egress owns the question where a request that leaves the building may
// go: which URL may be registered, and which address may be connected to.
//
// A URL is judged when it is saved, so that its owner reads what is wrong with
// it. That is help and no protection: what a name resolves to changes. The
// protection is Guard, which sees the address of the connection itself, after
// every name, spelling and redirect; both use one list of addresses.
package egress
