// Package webtest plays a seller against a running gateway over HTTP, for
// tests and benchmarks: it opens links, reads forms, makes real proofs with
// authtest's software authenticator, and follows where it is sent. It knows of
// the pages only what a browser would.
package webtest
