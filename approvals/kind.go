package approvals

// Kind is the type of an action.
type Kind string

// PayoutAccountChange changes where a seller is paid. It is the one kind this
// gateway accepts so far; an unknown kind is refused at creation.
const PayoutAccountChange Kind = "payout_account.change"

// Kinds lists the kinds that can be created.
var Kinds = []Kind{PayoutAccountChange}

// prefix opens the reference a seller reads, so that a reference says what it
// is about.
func (k Kind) prefix() string {
	switch k {
	case PayoutAccountChange:
		return "BD"
	}
	return "AC"
}
