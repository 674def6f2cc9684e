// Package auth owns how a seller proves themselves: passkeys (WebAuthn Level 3)
// and authenticator apps (RFC 6238), their enrolment, the tries that failed,
// and what a signed-in session is. It is the only maker of an
// [approvals.Proof]; package approvals spends it.
//
// What holds, whatever a caller does:
//
//   - A proof is bound to one action, generation, stage and digest. The
//     WebAuthn challenge is 32 random bytes followed by the digest, lives five
//     minutes on the server and is deleted by the statement that reads it,
//     before anything is verified. A TOTP step counts once and steps only rise.
//   - A try is counted and committed before the answer is looked at, per seller
//     and over all methods, actions and nodes: five in a row and proving is
//     blocked. A hundred in a row switch an authenticator off.
//   - A seller with a passkey that may approve money, or could within the last
//     thirty days, is never asked for, and never accepted with, a code (DESIGN
//     rule 10). What the client asks for is not trusted.
//   - Each proof says in its evidence which assurance it is of, by the table of
//     approvals.Proof.Assurance: a passkey with user verification is AAL2, whether
//     or not it is synchronised, and anything else AAL1 (STANDARDS NI-01). That a
//     marketplace asserts a password beside a code raises nothing.
//   - What was switched off for good keeps no secret (PS-19); what it proved
//     before verifies without it.
//   - A refused try costs the same whether the seller has something to answer with
//     or not: decoys are read and counted in its place (PS-04).
//   - What is in quarantine confirms nothing. It steps up where there is nothing
//     else, and its proof says until when the action has to wait (rule 11).
//   - The first authenticator is enrolled without a proof, later ones are not:
//     enrolment is open only for a seller who never had one. An authenticator
//     that was switched off does not open it again, or whoever can burn a
//     hundred tries could replace the owner's key by their own. What opens it once
//     more is a recovery that two agents agreed on and that is open now: then the
//     new one takes the place of all there was, in one transaction, and counts for
//     money a week later, whoever vouches (STANDARDS NI-28).
//   - What is added later proves nothing until an action with proofs and a wait
//     is executed. Recovery codes prove nothing for money, ever; each counts
//     once, and as a try like any other.
//   - A device is a browser known by a key that its script made and cannot hand
//     out. It proves nothing: it signs the challenge of a proof, and is kept with
//     an accepted one only. It is known 30 days after its first, or at once where a
//     vouched seller enrolled on it. Those days count from the notice that tells the
//     seller of it: device, line and notice are one transaction and of one moment. Whatever is missing, forged, late or about
//     something else makes a device nobody knows, and refuses nothing.
//   - A lock takes every device's age away. Signing out, also everywhere, takes
//     none: a session is not a device, and an owner who puts somebody out keeps
//     what they confirm with; removing a device stands beside it. Nor does losing
//     an authenticator: whoever has found it has not found the browser. Browsers
//     that forget what pages keep (Safari after seven days without a visit) come
//     back as new ones.
//   - Seeds and public keys are sealed with the row's identity, so that a value
//     moved to another row, or written by somebody without the key, does not
//     open (STANDARDS NI-10, OT-05).
//   - Wrong, replayed, expired and unknown get one answer; the audit log alone
//     knows which it was (STANDARDS C6).
//
// [People] is for those who work with the gateway and are no sellers: invited by
// a link that a passkey spends, signed in by a passkey, or by the company account
// they linked with one, and asked for a fresh one over what matters: a live API key,
// a live webhook secret, a decision, an invitation, a removal, such a link.
//
// The package knows no HTTP, no cookies, no SQL and no clock.
package auth
