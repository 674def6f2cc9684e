// Package seller serves the pages a seller sees: the review and its proof, the
// set-up of an authenticator, the status, the answer to a mail, the
// cancellation, the history and the settings.
//
// A request reaches an action in one of three ways, and each opens its own
// pages only:
//
//   - a session, begun by the marketplace's hand-off link, opens the actions it
//     was handed: /actions/{ref}, /enrol, /locked;
//   - the link of a confirmation mail opens /confirm, where going forward takes
//     a fresh proof and stopping takes none;
//   - the stop link of any mail opens /cancel, for as long as the action is
//     kept, before and after its end, without signing in.
//
// The link of a security notice opens /not-me, which is about the seller and no
// action, for as long as the notice is kept, without signing in too.
//
// A session that the marketplace began for the whole seller, or in which the
// seller has given a proof, opens /history, /security and each of the seller's
// actions besides. The first form it sends spends the link it began with.
//
// What holds on every route:
//
//   - GET and HEAD change no action (DESIGN rule 2). A form says which page it
//     came from by that page's token, besides what package web asks of Origin.
//   - What a page shows comes from the stored action, never from the request
//     (STANDARDS TA-01); an account is masked, and only the session that typed
//     the new one may see it in full.
//   - A proof is asked for one action, stage and generation. Wrong, replayed
//     and unknown answers read the same (STANDARDS C6). With each proof the
//     session gets a new id.
//   - No password is typed here. A code of an app and a printed code are shown as
//     they are typed: each counts once, is over in a minute or replaced by its use,
//     and whoever cannot see what they type gets it wrong and loses tries. Neither
//     comes back in an answer, nor in a log (STANDARDS PS-16, MF-02).
//   - A refusal is a page with a sentence and the way on.
//
// Nothing is decided here. A handler finds the action, lets package auth make
// the proof, calls one method of package approvals, and answers.
package seller
