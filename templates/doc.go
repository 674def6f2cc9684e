// Package templates owns every word and every line of markup that a person
// reads: the seller's pages and the mails, in each locale, with the style
// sheet and the one script they use.
//
// A page is a struct. Whoever answers a request fills it with plain values and
// addresses; Renderer.Page prints it into a buffer and writes it only when it
// is whole, so that a mistake never sends half a page. Mails are structs too,
// and text and HTML are printed from the same blocks, so that they say the
// same.
//
// What holds for all of them:
//
//   - Facts come from one struct. A page and a mail about one action cannot
//     tell different accounts, because both print the same Facts.
//   - Account numbers arrive masked, money and times as values. Nothing here
//     decides anything; there is no I/O, no clock and no data as raw HTML.
//   - Every sentence is in the catalogue of each locale. A missing key or
//     argument is an error, never a key on a page. Only the pages for a
//     marketplace's engineers are in English alone, like the API.
//   - Times are absolute first, in the seller's zone and with its offset, and
//     relative second. Lengths of waits come from the action.
//   - Pages live under a policy without inline script or style and with
//     trusted types; data for the script is in JSON blocks. Everything but the
//     passkey and live counting works without the script.
//   - No answer is chosen beforehand, refusing comes first in tab order, and
//     opening a page changes nothing.
//
// Comments and tests name the pages by number:
//
//   - S1 review: what will change, old beside new, refuse or approve
//   - S2 the passkey dialog, a state of S1 and S6
//   - S3 code: the field for the six digits of an authenticator app
//   - S4 set-up: choose, make a passkey or add an app, done
//   - S5 status: where an action stands, in every state
//   - S6 answer: what the confirmation mail opens, three answers, none chosen
//   - S7 stop: cancel, or "I did not ask for this", and its done page
//   - S8 locked: since when, why, and what now
//   - S10 history: what was asked for and what changed, with filters
//   - S11 security: passkeys, addresses, devices, and what a seller can set
//   - S12 hand-off: a link from the marketplace that opens nothing any more, and
//     the line that says what was just done
//   - S13 problem: what happened, is my money safe, what to do
//   - S14 check: how to tell a real message from a false one
//   - D8 guide: the three ways in for a marketplace, with what to copy
//
// and the mails too:
//
//   - 1 an action was created
//   - 2 the notice the wait starts with, and its repeat
//   - 3 the window opens soon
//   - 4 the window is open: confirm; 4b the same with a new link, each day
//   - 5 in use now
//   - 6 cancelled
//   - 7 ended without the seller: expired, or too many tries
//   - 8 locked, as the seller asked; 9 locked by somebody else
//   - 9b on hold
//   - 10b freed after a lock or a review, to be approved again
package templates
