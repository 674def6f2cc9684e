package approvals

// Sealer keeps secrets at rest: authenticated encryption with key ids and the
// row's identity as associated data, so that a sealed value moved to another
// row does not open.
type Sealer interface {
	Seal(plain, row []byte) ([]byte, error)
	// Open fails with CodeUnavailable for a key that is not at this node, and
	// with another error for what was changed or belongs to another row.
	Open(sealed, row []byte) ([]byte, error)
}

// SealPrefix is how many bytes at the beginning of a sealed value name the key
// it was sealed with. Nothing else in them tells two values apart, so what still
// needs a key can be found without opening anything.
const SealPrefix = 5
