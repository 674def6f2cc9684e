// Package audit owns the events of the audit log and their canonical bytes.
//
// An event is written in the transaction that makes it true (DESIGN rule 15)
// and never changed afterwards; the database refuses UPDATE and DELETE. The
// package is pure: no clock, no SQL, no keys.
package audit
