package approvals

import "slices"

// Kind is the type of an action.
type Kind string

const (
	// PayoutAccountChange changes where a seller is paid.
	PayoutAccountChange Kind = "payout_account.change"
	// PayoutAccountSwitch makes an account the seller was paid into before the one
	// the seller is paid into again.
	PayoutAccountSwitch Kind = "payout_account.switch"
	// LoanDisbursement pays a loan out.
	LoanDisbursement Kind = "loan.disbursement"
	// ContactChange puts one mail address of a seller in the place of another.
	ContactChange Kind = "contact.change"
	// AuthenticatorAdd lets an authenticator that is enrolled already prove things.
	AuthenticatorAdd Kind = "authenticator.add"
	// AuthenticatorRemove switches one off.
	AuthenticatorRemove Kind = "authenticator.remove"
	// ApproverAdd invites another person who has to agree to the seller's actions.
	ApproverAdd Kind = "approver.add"
	// ApproverRemove takes one away.
	ApproverRemove Kind = "approver.remove"
)

// Kinds lists the kinds that can be created; any other is refused.
var Kinds = []Kind{PayoutAccountChange, PayoutAccountSwitch, LoanDisbursement, ContactChange, AuthenticatorAdd, AuthenticatorRemove, ApproverAdd, ApproverRemove}

// Own reports whether the gateway itself puts an action of this kind in place,
// in the transaction of the confirmation. Nothing of it is released to anybody.
func (k Kind) Own() bool {
	return slices.Contains([]Kind{ContactChange, AuthenticatorAdd, AuthenticatorRemove, ApproverAdd, ApproverRemove}, k)
}

// requested reports whether a marketplace may ask for this kind. A seller's
// authenticators are the seller's own business.
func (k Kind) requested() bool { return !k.Own() || k == ContactChange }

// SetsAccount reports whether an action of this kind says where the seller is paid
// from then on.
func (k Kind) SetsAccount() bool { return k == PayoutAccountChange || k == PayoutAccountSwitch }

// prefix opens the reference a seller reads, so that a reference says what it
// is about.
func (k Kind) prefix() string {
	switch k {
	case PayoutAccountChange:
		return "BD"
	case PayoutAccountSwitch:
		return "SW"
	case LoanDisbursement:
		return "LN"
	case ContactChange:
		return "EM"
	case AuthenticatorAdd, AuthenticatorRemove:
		return "SI"
	case ApproverAdd, ApproverRemove:
		return "PE"
	}
	return "AC"
}
