// Package problem turns errors into what a stranger may read. It is the one
// place that knows which HTTP status goes with which code, for the API and for
// the pages alike, so that the two never disagree.
//
// A refusal (*approvals.Error) is shown with its code, its facts and the names
// of wrong fields. Any other error is an internal error with a constant text:
// what went wrong is noted in the request's [Trace], from where the access log
// prints it once. A value that a client sent never comes back in a problem.
package problem
