// Package deliver takes mails and webhooks out of the building and reports
// what the other side answered. It decides nothing: what is sent, when, and
// how often is up to approvals, and a row says so.
//
// Webhooks follow Standard Webhooks 1.0.0 and are thin; each is signed with a
// secret (v1) and with a key pair (v1a) that no other endpoint has. The address
// a webhook connects to is checked when it connects, so no spelling of a URL and
// no answer of a name server leads inside (package egress, RELIABILITY §10).
//
// Nobody stands in line here. A marketplace has a few places at a node, and fewer
// at one host; a worker that finds none puts its delivery off and goes on to the
// next, so an endpoint that hangs holds places of its marketplace alone, and of
// those not all.
package deliver
