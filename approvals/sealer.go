package approvals

// Sealer keeps secrets at rest: authenticated encryption with key ids and the
// row's identity as associated data, so that a sealed value moved to another
// row does not open.
type Sealer interface {
	Seal(plain, row []byte) ([]byte, error)
	Open(sealed, row []byte) ([]byte, error)
}
