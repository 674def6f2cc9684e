// Package api is the gateway's JSON API under /v1 (DESIGN §6): it reads a
// request, asks the domain for one thing and answers. It decides nothing.
//
// What holds for every call:
//
//   - the API key says which marketplace asks; an id of another marketplace is
//     answered like one that does not exist (STANDARDS AS-18);
//   - a body is read strictly, or the call does nothing (RA-01);
//   - a POST has an Idempotency-Key, and its answer, refusals included, is
//     kept: where the call changes an action, in the transaction of the change
//     (IK-02);
//   - a GET or HEAD changes nothing (AS-06).
//
// openapi.yaml beside this file is the source of truth for requests and
// answers; the tests hold every one of theirs against it.
package api
