// Package approvalstest is what tests of several packages share: the machines
// they run on (a private PostgreSQL, the browser), and the store contract with
// its fixtures. Only _test.go files import it.
//
// Nothing here skips. What a test needs and the machine lacks fails the test
// with a sentence that says what to install, because a suite that is green for
// want of a database has proved nothing.
package approvalstest
