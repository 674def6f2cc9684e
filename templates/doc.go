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
//     argument is an error, never a key on a page.
//   - Times are absolute first, in the seller's zone and with its offset, and
//     relative second. Lengths of waits come from the action.
//   - Pages live under a policy without inline script or style and with
//     trusted types; data for the script is in JSON blocks. Everything but the
//     passkey and live counting works without the script.
//   - No answer is chosen beforehand, refusing comes first in tab order, and
//     opening a page changes nothing.
package templates
