package approvals

// Code is a stable, machine-readable reason why a call was refused. The list
// is closed; web/problem gives each its status and its sentence.
type Code string

const (
	CodeNotFound             Code = "not_found"       // unknown, or another marketplace's: the same answer
	CodeInvalid              Code = "invalid_request" // Fields says what is wrong
	CodeKindUnknown          Code = "kind_unknown"
	CodeReturnURL            Code = "return_url_unknown"  // not registered, character for character
	CodeOpen                 Code = "action_already_open" // DESIGN rule 6
	CodeState                Code = "wrong_state"         // the action is past or before this call
	CodeProofOther           Code = "proof_for_another"   // other action, generation, stage or digest
	CodeProofSpent           Code = "proof_already_spent"
	CodeMethod               Code = "method_not_permitted" // DESIGN rule 10
	CodeProofWrong           Code = "proof_not_accepted"   // wrong, replayed, unknown, expired: one answer (STANDARDS C6)
	CodeProvingBlocked       Code = "proving_blocked"      // retry_at says until when
	CodeTooManyTries         Code = "too_many_tries"       // the fifth bad try: the action ends; retry_at
	CodeNoAuthenticator      Code = "no_authenticator"     // the seller has none yet
	CodeEnrolmentClosed      Code = "enrolment_closed"     // the seller has one already; adding is an action
	CodeAlreadyEnrolled      Code = "already_enrolled"     // this credential belongs to somebody
	CodeSessionEnded         Code = "session_ended"
	CodeUnauthenticated      Code = "unauthenticated" // API key missing, unknown or of the other mode
	CodeForbidden            Code = "forbidden"       // cross-site, or a page token that is not this session's
	CodeTooEarly             Code = "too_early"       // not_before is ahead
	CodeTooLate              Code = "too_late"        // the window is over
	CodeLinkUnknown          Code = "link_unknown"
	CodeLinkExpired          Code = "link_expired"  // its own life is over, the window may be open
	CodeLinkReplaced         Code = "link_replaced" // a newer mail replaced it
	CodeLinkSpent            Code = "link_spent"
	CodeNotApproved          Code = "not_approved"     // claim: state, not_before
	CodeMismatch             Code = "payload_mismatch" // claim: DESIGN rule 7
	CodeAlreadyClaimed       Code = "already_claimed"
	CodeReleasedByGateway    Code = "released_by_gateway" // claim: the gateway itself sends it upstream
	CodeSellerLocked         Code = "seller_locked"
	CodeClaimExpired         Code = "claim_expired"
	CodeTravelLock           Code = "travel_lock"          // the seller asked that nothing goes forward; retry_at
	CodeLessCare             Code = "less_care"            // what a seller added is not taken back here
	CodeTooLateToCancel      Code = "too_late_to_cancel"   // the claim came first
	CodeResultConflict       Code = "result_already_given" // another outcome was reported
	CodeSecurityChanged      Code = "security_changed"     // a contact or an authenticator changed after the first proof
	CodeContactUnverified    Code = "contact_unverified"   // the new address has not said yet that it is the seller's
	CodeLastAuthenticator    Code = "last_authenticator"   // it stays: without it nobody could confirm anything
	CodeResendLimit          Code = "resend_limit"         // retry_at
	CodeScope                Code = "insufficient_scope"   // scope says which the API key lacks
	CodeKeyLimit             Code = "key_limit"            // the marketplace has MaxAPIKeys
	CodeKeyRolled            Code = "key_rolled"           // it ends already, and has another in its place
	CodeEndpointLimit        Code = "endpoint_limit"       // the marketplace has MaxEndpoints
	CodeEndpointDisabled     Code = "endpoint_disabled"    // it gets no webhooks
	CodePolicyMoved          Code = "policy_moved"         // another version is in force, or this one is over
	CodeLastAdmin            Code = "last_admin"           // nobody could decide on the policy, or invite
	CodeSignOnRefused        Code = "sign_on_refused"      // what the company's sign-on answered does not count
	CodeSignOnUnknown        Code = "sign_on_unknown"      // nobody is linked to the account
	CodeSignOnRequired       Code = "sign_on_required"     // who is linked signs in with the account
	CodeOwnProposal          Code = "own_proposal"         // another person has to decide
	CodeTwoAdmins            Code = "two_admins"           // it may be milder: two decide at the desk
	CodeHalted               Code = "releases_halted"      // DESIGN rule 17
	CodeClock                Code = "clock_unsure"         // DESIGN rule 16
	CodeUnavailable          Code = "unavailable"          // the database is unsure
	CodeIdempotencyMissing   Code = "idempotency_key_missing"
	CodeIdempotencyMalformed Code = "idempotency_key_malformed"
	CodeIdempotencyReused    Code = "idempotency_key_reused" // same key, other body
	CodeIdempotencyRunning   Code = "request_in_progress"    // same key, still running

	// Of recoveries by the desk.
	CodeRecoveryRuns   Code = "recovery_running"   // the seller has one already
	CodeContactChanged Code = "contact_changed"    // an address is younger than ContactSettled
	CodeNothingLost    Code = "nothing_to_recover" // the seller has no sign-in method: setting one up takes no help

	// CodeIndependent refuses a code alone, from a device that was not known for 30
	// days when the action was asked for. Nothing is spent by it.
	CodeIndependent Code = "independent_proof_missing"

	// Of decisions in cases.
	CodeCaseMoved    Code = "case_moved"         // what the decision rests on has changed; differences
	CodeCaseClosed   Code = "case_closed"        // it is over
	CodeCaseHolds    Code = "case_holds"         // something is still stopped
	CodeCaseVerb     Code = "verb_not_possible"  // nothing is as this verb needs it
	CodeProposalOpen Code = "proposal_open"      // of the same case: it is answered first
	CodeProposalOver Code = "proposal_lapsed"    // or rejected, or void
	CodeDeskRole     Code = "role_not_permitted" // who signed does not decide in cases, or works here no more
	CodePair         Code = "pair_too_often"     // the second must be a lead
	CodeAgentLimit   Code = "agent_limit"        // too many recoveries by one person in a day
	CodeTooNew       Code = "too_new"            // one of the two joined less than a day ago
	CodeCaseClaimed  Code = "case_claimed"       // by somebody else
	CodeNotClaimed   Code = "case_not_claimed"   // by whoever asks
	CodeRevealLimit  Code = "reveal_limit"       // too many in a day
)

// Error is a refusal: the only error a person or a client may read. It is
// reached with errors.AsType; anything else is shown as an internal error.
type Error struct {
	Code   Code
	Fields []FieldError      // for CodeInvalid
	Facts  map[string]string // for machines and for the page: state, not_before, retry_at, action_id
}

// FieldError says what is wrong with one field, in words for an engineer.
type FieldError struct {
	Field   string `json:"field"`   // JSON pointer-like path, "details.to.iban"
	Message string `json:"message"` // what to write instead; never the value
}

func (e *Error) Error() string { return "refused: " + string(e.Code) }

// Is makes errors.Is compare refusals by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Refuse returns a refusal with this code.
func Refuse(c Code) *Error { return &Error{Code: c} }

// With returns a copy of e that also says name=value.
func (e *Error) With(name, value string) *Error {
	facts := map[string]string{name: value}
	for k, v := range e.Facts {
		if k != name {
			facts[k] = v
		}
	}
	return &Error{Code: e.Code, Fields: e.Fields, Facts: facts}
}

// Invalid returns a CodeInvalid refusal for these fields.
func Invalid(fields ...FieldError) *Error { return &Error{Code: CodeInvalid, Fields: fields} }
