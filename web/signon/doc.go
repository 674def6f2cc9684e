// Package signon asks a company's sign-on who somebody is: OpenID Connect with the
// code flow, as Keycloak, Entra and Google do it.
//
// It says who, and nothing else. No right comes with it: whom the account belongs to
// is bound in package auth, and each decision is signed with a passkey. What holds:
//
//   - One issuer, one client and one address to come back to, all configured; none
//     of them ever comes from a request or from an answer.
//   - State, nonce and the verifier of PKCE (RFC 7636, S256) are worked out of one
//     random word that the browser keeps in a signed cookie: an answer counts only
//     in the browser that began, and a code is worth nothing in another.
//   - An ID token counts when it is signed with one of the algorithms named here,
//     by a key of the issuer, for this client alone, for this nonce, now.
//   - Everything is read within ten seconds and 64 KiB, and no redirect is followed.
package signon
