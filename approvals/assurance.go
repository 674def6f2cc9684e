package approvals

// Assurance is the authenticator assurance level that a proof shows by itself
// (NIST SP 800-63B-4 §2; STANDARDS NI-01).
type Assurance string

const (
	AAL1 Assurance = "aal1" // one factor
	AAL2 Assurance = "aal2" // two different ones
)

// Assurance follows this table and nothing that anybody asserts:
//
//	passkey, user verified        aal2  something held, and a PIN or biometric
//	passkey, user not verified    aal1  no such proof is accepted
//	authenticator app             aal1  something held; the mail beside it is held too
//	printed code                  aal1
//
// Whether a passkey is, or may be, backed up changes nothing: a synchronised one
// is good for aal2, and nothing here claims aal3. The marketplace says how the
// seller had signed in (Context.LoginMethod, and when). A password would make
// aal2 of a code, but that is its word in words of its own: it is kept with the
// action and shown to the seller, and raises no level.
func (p Proof) Assurance() Assurance {
	if p.Method == Passkey && p.UV {
		return AAL2
	}
	return AAL1
}
