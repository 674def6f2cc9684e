// Package authtest owns the seller's side of a proof, for tests and for
// benchmarks: a software passkey behind a software browser, and an
// authenticator app. Both are honest unless told to lie, and neither shares
// code with the verifying side, but for the CBOR encoder.
//
// A [Device] does what a browser and an authenticator do together: it takes
// the options the page would hand to parseCreationOptionsFromJSON or
// parseRequestOptionsFromJSON and returns what credential.toJSON() gives. It
// refuses what they would refuse: a relying party that is not its origin's, a
// credential it has already or does not have.
//
// A [Browser] is the key that a page's script keeps: two browsers are two
// devices, whatever cookies they share.
package authtest
