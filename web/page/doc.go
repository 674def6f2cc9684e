// Package page is what the sites of pages have in common: reading a form that one
// of our own pages sent, leading on, the one place where an error becomes a page,
// and the door of those who sign in with a passkey and nothing else.
//
// What holds of all that use it: opening changes nothing; a form does something
// only with the token of one of the sender's own pages (STANDARDS SM-07), beside
// what package web asks of Origin; nothing in a redirect comes from the request.
package page
