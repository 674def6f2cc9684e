// Package deliver takes mails and webhooks out of the building and reports
// what the other side answered. It decides nothing: what is sent, when, and
// how often is up to approvals, and a row says so.
//
// Webhooks follow Standard Webhooks 1.0.0 and are thin. The address a webhook
// connects to is checked when it connects, so no spelling of a URL and no
// answer of a name server leads inside (RELIABILITY §10).
package deliver
