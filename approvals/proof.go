package approvals

import "time"

// Stage says which of an action's proofs a proof is.
type Stage string

const (
	StageStepUp       Stage = "step_up"
	StageConfirmation Stage = "confirmation"
	// StageApproval is the proof of another person on the seller's account, where
	// the policy asks for one. It stands beside the two of the seller and in the
	// place of none.
	StageApproval Stage = "approval"
)

// Method is how a proof was made.
type Method string

const (
	Passkey Method = "passkey" // a WebAuthn assertion with user verification
	TOTP    Method = "totp"    // an RFC 6238 code

	// RecoveryCode is a printed code that begins a recovery. It proves an
	// authenticator.add, after the longest wait there is, and nothing else.
	RecoveryCode Method = "recovery_code"
)

// Proof is a verified, fresh answer of one authenticator, bound to one
// action's digest, generation and stage. Package auth alone makes proofs;
// this package spends them. Spent is unique over all proofs ever stored, so
// that none counts twice (DESIGN rule 1).
type Proof struct {
	ID            string // UUIDv7
	Action        ActionID
	Generation    int
	Stage         Stage
	Method        Method
	Authenticator string
	Digest        Digest
	UV            bool   // user verification, always true for a passkey
	Spent         string // hash of the challenge, or authenticator and TOTP step
	Evidence      []byte // JSON: what re-verifies the proof offline, never a secret
	At            time.Time
	// UsableFrom is when the authenticator may approve money. A step-up made in
	// its quarantine makes the action wait for it (DESIGN rule 11); it is not
	// stored with the proof. Zero: at once.
	UsableFrom time.Time
	// CounterBack says that the counter of a synchronised passkey did not rise:
	// perhaps a copy of it is somewhere else. It makes the action wait longest
	// (DESIGN §5) and is not stored with the proof but in its evidence.
	CounterBack bool
	// Since is when the authenticator was enrolled, and DeviceSince since when the
	// device is known that the proof was made on, zero if it never was. Neither is
	// stored with the proof.
	Since, DeviceSince time.Time
	// DeviceKey is the public key of the device, empty where it has none, and Language
	// what its browser asks for (RFC 9110 §12.5.4). Neither is stored with the proof:
	// others that are made in the same browser are compared with it.
	DeviceKey []byte
	Language  string
	// Device is the one the proof was made on, empty where it has no key of its
	// own, and DeviceKnownFrom from when that counts as one that is known.
	Device          string
	DeviceKnownFrom time.Time
	// Independent says what makes a confirmation more than a code and a mailbox;
	// the action fills it.
	Independent Independence
}
