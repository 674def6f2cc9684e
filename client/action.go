package client

import (
	"encoding/json"
	"time"
)

// The kinds of action a marketplace can ask for.
const (
	// PayoutAccountChange changes where a seller is paid; its details are an
	// AccountChange.
	PayoutAccountChange = "payout_account.change"
	// PayoutAccountSwitch pays a seller into an account of theirs from before; its
	// details are an AccountChange.
	PayoutAccountSwitch = "payout_account.switch"
	// LoanDisbursement pays a loan out; its details are a Loan.
	LoanDisbursement = "loan.disbursement"
	// ContactChange puts one mail address of a seller in the place of another;
	// its details are an AddressChange. The gateway puts it in place itself:
	// there is nothing to claim.
	ContactChange = "contact.change"
)

// State is where an action stands. New states may be added: treat one you do
// not know as "not now".
type State string

// The states, in the order of an action's life. Two carry "State" in their
// names because Executed and Failed make the results of the same meaning.
const (
	AwaitingStepUp       State = "awaiting_step_up"      // the seller has to approve
	Notifying            State = "notifying"             // the seller's addresses are being told
	CoolingOff           State = "cooling_off"           // the wait, until NotBefore
	AwaitingConfirmation State = "awaiting_confirmation" // the seller has to confirm from the mail
	Approved             State = "approved"              // claim it, until ClaimBy
	Releasing            State = "releasing"             // claimed; report the result
	ExecutedState        State = "executed"              // over: in place
	ExecutionFailed      State = "execution_failed"      // reported as failed; may be claimed again
	Unresolved           State = "unresolved"            // no result was reported in time
	Held                 State = "held"                  // paused, Hold says why
	Cancelled            State = "cancelled"             // over: stopped
	Denied               State = "denied"                // over: refused by the policy or by agents
	Expired              State = "expired"               // over: nobody answered in time
	FailedState          State = "failed"                // over: too many bad tries
)

// Action is a sensitive thing a seller asked for, as the gateway sees it.
// Times that do not apply are zero.
type Action struct {
	ID        string          `json:"id"`
	Reference string          `json:"reference"` // what the seller reads on pages and mails; no secret
	Kind      string          `json:"kind"`
	State     State           `json:"state"`
	Digest    string          `json:"digest"` // 64 hexadecimal characters, see Digest
	Seller    SellerRef       `json:"seller"`
	Details   json.RawMessage `json:"details"`
	Next      Next            `json:"next"`

	StepUpBy  time.Time `json:"step_up_by,omitzero"`
	NotBefore time.Time `json:"not_before,omitzero"`
	ConfirmBy time.Time `json:"confirm_by,omitzero"`
	ClaimBy   time.Time `json:"claim_by,omitzero"`
	CreatedAt time.Time `json:"created_at"`

	Hold                 *Hold           `json:"hold,omitempty"`
	CancelReason         string          `json:"cancel_reason,omitempty"` // changed_mind, not_me, marketplace, superseded, support
	EffectiveDestination json.RawMessage `json:"effective_destination,omitempty"`
	Policy               Policy          `json:"policy"`
	Proofs               []Proof         `json:"proofs"`
	Timeline             []Moment        `json:"timeline,omitempty"` // in the answer of Action only

	Metadata map[string]string `json:"metadata,omitempty"` // as given to CreateAction
	Version  int64             `json:"version"`            // grows with every move
}

// SellerRef names a seller by the marketplace's own id.
type SellerRef struct {
	ID string `json:"id"`
}

// Next says whose turn it is.
type Next struct {
	Type      string    `json:"type"`          // redirect, wait, claim or none
	URL       string    `json:"url,omitempty"` // in the answers of CreateAction and Handoff only
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Hold is why an action is paused.
type Hold struct {
	Code  string    `json:"code"`
	Text  string    `json:"text"`
	Until time.Time `json:"until,omitzero"`
}

// Policy is the decision taken when the action was created.
type Policy struct {
	Version string `json:"version"`
	Class   string `json:"class"`
	// Outcome is allow, review, freeze or deny; with review and freeze the action is
	// held until two agents decide.
	Outcome    string  `json:"outcome"`
	DelayHours float64 `json:"delay_hours"`
	// Require is what is asked for beside: second_approver, independent_proof.
	Require []string `json:"require"`
	// Advice may be pause_payouts: hold back on-demand payouts and loans meanwhile.
	Advice []string `json:"advice"`
	Rules  []Rule   `json:"rules"`
}

// Rule is one reason for a policy decision, in a plain sentence.
type Rule struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Proof is that, how and when the seller proved themselves.
type Proof struct {
	Stage  string    `json:"stage"`  // step_up or confirmation
	Method string    `json:"method"` // passkey, totp or, of authenticator.add alone, recovery_code
	At     time.Time `json:"at"`
	// Assurance is aal2 for a passkey with user verification, aal1 for the rest
	// (NIST SP 800-63B-4).
	Assurance string `json:"assurance,omitempty"`
}

// Moment is one line of an action's history.
type Moment struct {
	At    time.Time `json:"at"`
	Event string    `json:"event"`
	Actor string    `json:"actor"`
	State State     `json:"state,omitempty"`

	Refused string `json:"refused,omitempty"` // the code of a refusal, which changed nothing
}

// NewAction is what CreateAction asks for.
type NewAction struct {
	Kind      string            `json:"kind"`
	Seller    Seller            `json:"seller"`
	Details   any               `json:"details"` // AccountChange, Loan or AddressChange, or the same as json.RawMessage
	Context   Context           `json:"context"`
	ReturnURL string            `json:"return_url"` // registered with the gateway, character for character
	Supersede bool              `json:"supersede,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// Context is what the marketplace knows about the session that asked.
type Context struct {
	IP               string    `json:"ip,omitempty"`
	UserAgent        string    `json:"user_agent,omitempty"`
	SessionStartedAt time.Time `json:"session_started_at,omitzero"`
	LoginMethod      string    `json:"login_method,omitempty"`
	// AcceptLanguage is the header of that name, as the seller's browser sent it. Optional.
	AcceptLanguage string `json:"accept_language,omitempty"`
	// Country is where the address is, ISO 3166-1 alpha-2, as far as you know. Optional.
	Country string `json:"country,omitempty"`
	// PasswordChangedAt and Payouts are optional. They make nothing easier than leaving
	// them out.
	PasswordChangedAt time.Time `json:"password_changed_at,omitzero"`
	Payouts           *Payouts  `json:"payouts,omitempty"`
}

// Payouts is what the seller is about to be paid, beside what is usual. Sums are
// written as that of a loan; Next and Balance may be empty.
type Payouts struct {
	Currency string `json:"currency"`
	Usual    string `json:"usual"`
	Next     string `json:"next,omitempty"`
	Balance  string `json:"balance,omitempty"`
}

// AccountChange is the details of PayoutAccountChange and PayoutAccountSwitch.
// From is the account paid now; leave it nil for a first account.
type AccountChange struct {
	From    *Destination  `json:"from,omitempty"`
	To      Destination   `json:"to"`
	Request *BoundRequest `json:"request,omitempty"` // where forward-auth holds the request back
}

// Loan is the details of LoanDisbursement: how much is paid out, by whom, and
// into which account. The seller approves and confirms these very values, and
// the claim presents them again: pay nothing else to nowhere else.
type Loan struct {
	Amount      string        `json:"amount"`   // decimal text with exactly the currency's minor units: "12000.00", or "1200" in JPY
	Currency    string        `json:"currency"` // ISO 4217
	Lender      string        `json:"lender"`
	Reference   string        `json:"reference,omitempty"` // the lender's own
	Destination Destination   `json:"destination"`
	Request     *BoundRequest `json:"request,omitempty"` // where forward-auth holds the request back
}

// AddressChange is the details of ContactChange.
type AddressChange struct {
	From EmailAddress `json:"from"`
	To   EmailAddress `json:"to"`
}

// EmailAddress is one plain address, its domain in lower-case ASCII.
type EmailAddress struct {
	Email string `json:"email"`
}

// Destination is a payout account: an IBAN, or a sort code or routing number
// with an account number. All of it is text.
type Destination struct {
	IBAN          string      `json:"iban,omitempty"`
	SortCode      string      `json:"sort_code,omitempty"`
	RoutingNumber string      `json:"routing_number,omitempty"`
	AccountNumber string      `json:"account_number,omitempty"`
	Holder        string      `json:"holder"`
	BankName      string      `json:"bank_name,omitempty"`
	Country       string      `json:"country,omitempty"`
	PayeeCheck    *PayeeCheck `json:"payee_check,omitempty"`
}

// PayeeCheck is the answer of a name check made before the action.
type PayeeCheck struct {
	Scheme string `json:"scheme"` // vop or cop
	Result string `json:"result"` // match, close, no_match or unavailable
	Name   string `json:"name,omitempty"`
	Code   string `json:"code,omitempty"`
}
