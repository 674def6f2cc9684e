// Package crashpoint marks the places where a gateway may die between two
// things that belong together: before and after each commit, each mail and
// each webhook. In a normal build a mark costs and does nothing. Built with the
// tag "crashpoint", the process kills itself, as kill -9 would, at the n-th
// mark it reaches, n being the value of the environment variable CRASHPOINT
// (RELIABILITY §8); CRASHPOINT_LOG names a file that gets the name of each mark.
package crashpoint
