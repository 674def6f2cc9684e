package approvals

// Trait is a keyed hash of something two requests may have in common: it tells
// that they do, and nothing of what it is.
type Trait string
