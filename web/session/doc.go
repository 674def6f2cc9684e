// Package session knows which browser belongs to whom, and for how long.
//
// Three things live here. A [Visit] is a seller's session: a cookie with 260
// random bits and nothing else, and a row on the server that says whose it is
// and what it may open. A [Pointer] is a mailed link that a browser has opened:
// its token moved out of the address into a cookie, which opens what the link
// opens and not one thing more.
//
// What holds (STANDARDS SM-01 to SM-07, AS-08, AS-29, AS-30; RELIABILITY §9 D):
//
//   - Only the SHA-256 of a session id is stored; the cookie is signed, so an id
//     this gateway never issued is not even looked up, is never adopted, and is
//     logged by its keyed hash alone.
//   - The audit lines of what is done in a session name it by that SHA-256 (PS-20,
//     approvals.Trail): it tells two sessions apart and opens neither. A proof gives
//     a new id, so what came before it has another name.
//   - A visit ends on the server five minutes after the seller's last act and
//     fifteen minutes after it began. What a page does by itself is no act.
//   - A presence ends fifteen minutes after the person's last act and eight
//     hours after it began, and at once when they are removed. Its cookie is not
//     sent with anything that another site began (SameSite=Strict).
//   - A proof gives the visit a new id and a new page token; the old id opens
//     nothing from then on.
//   - A browser visits one seller at a time: beginning a visit ends the one
//     that was there.
//   - A doubled cookie is no cookie.
//   - A seller sees their own live visits and ends them, one by one or all at
//     once; what a request still holds of an ended one does not come back.
//   - Cookie keys rotate while the node runs and sign nobody out.
//
// A visit that has ended still says whose it was, so that a page can lead back;
// it opens nothing. gorilla/sessions carries the cookie and the request's cache;
// the rows, the limits and the cookie's attributes are ours, because the
// library's defaults (30 days, SameSite=None, readable by scripts, state in the
// cookie) are the opposite of what is needed here.
package session
