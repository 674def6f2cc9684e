package problem

import (
	"net/http"

	"countersign/approvals"
	"countersign/templates"
)

// entry is everything that is constant about a code. The title names the type
// of problem, the detail says in one sentence what to do (RFC 9457 §3.1).
type entry struct {
	status int
	page   templates.ProblemKind
	title  string
	detail string
}

// entries has one line for every code there is; a test compares it with the
// closed list.
var entries = map[approvals.Code]entry{
	approvals.CodeNotFound:    {http.StatusNotFound, templates.ProblemNotFound, "Not found", "There is nothing under this address for this API key; check the path and the id."},
	approvals.CodeInvalid:     {http.StatusBadRequest, templates.ProblemInput, "Invalid request", "Correct the fields named in errors and send the request again; a POST with a new Idempotency-Key."},
	approvals.CodeKindUnknown: {http.StatusBadRequest, templates.ProblemInput, "Unknown kind of action", "Use one of the kinds that /v1/openapi.yaml lists, or declare yours under kinds: in the policy file."},
	approvals.CodeReturnURL:   {http.StatusBadRequest, templates.ProblemInput, "Return URL not registered", "Send a return_url that is registered for this marketplace, character for character."},

	approvals.CodeOpen:            {http.StatusConflict, templates.ProblemConflict, "An action is already open", "Wait for the seller's open action named by action_id, cancel it, or send supersede: true to replace it."},
	approvals.CodeState:           {http.StatusConflict, templates.ProblemConflict, "Wrong state", "The action is not in a state that allows this call; read the action again."},
	approvals.CodeProofOther:      {http.StatusConflict, templates.ProblemConflict, "Proof for another action", "Start the proof again on the page of this action."},
	approvals.CodeProofSpent:      {http.StatusConflict, templates.ProblemConflict, "Proof already used", "Make a fresh proof; each counts once."},
	approvals.CodeMethod:          {http.StatusForbidden, templates.ProblemForbidden, "Method not permitted", "Use the passkey; a code is not accepted for this seller."},
	approvals.CodeProofWrong:      {http.StatusUnprocessableEntity, templates.ProblemInput, "Proof not accepted", "Try again with a fresh passkey prompt or the code shown now."},
	approvals.CodeProvingBlocked:  {http.StatusTooManyRequests, templates.ProblemTooMany, "Proving is paused", "Wait until retry_at; cancelling is possible all the time."},
	approvals.CodeTooManyTries:    {http.StatusTooManyRequests, templates.ProblemTooMany, "Too many wrong tries", "The action has ended; start a new one after retry_at."},
	approvals.CodeNoAuthenticator: {http.StatusConflict, templates.ProblemConflict, "No authenticator yet", "Set up a passkey or an authenticator app first."},
	approvals.CodeEnrolmentClosed: {http.StatusConflict, templates.ProblemConflict, "Set-up is closed", "Use the authenticator that is there; adding another is an action of its own."},
	approvals.CodeAlreadyEnrolled: {http.StatusConflict, templates.ProblemConflict, "Authenticator already in use", "Choose another authenticator; this one belongs to somebody already."},
	approvals.CodeSessionEnded:    {http.StatusUnauthorized, templates.ProblemSession, "Session ended", "Open the link again; nothing that was done is lost."},

	approvals.CodeUnauthenticated: {http.StatusUnauthorized, templates.ProblemForbidden, "API key not accepted", "Send Authorization: Bearer with an API key of this gateway and of its mode, test or live."},
	approvals.CodeForbidden:       {http.StatusForbidden, templates.ProblemForbidden, "Forbidden", "Open the page again and send the form from there."},

	approvals.CodeScope:    {http.StatusForbidden, templates.ProblemForbidden, "Scope missing", "Use an API key that has the scope named by scope, or make one on the developer pages."},
	approvals.CodeKeyLimit: {http.StatusConflict, templates.ProblemConflict, "Too many API keys", "Revoke a key that is not needed any more; a marketplace has at most 32 that count."},

	approvals.CodeKeyRolled: {http.StatusConflict, templates.ProblemConflict, "API key already rolled", "A key is rolled once: use the one that took its place, or make a new key where that one is lost."},

	approvals.CodeTooEarly:     {http.StatusConflict, templates.ProblemConflict, "Too early", "Wait until not_before."},
	approvals.CodeTooLate:      {http.StatusGone, templates.ProblemGone, "Too late", "The time for this step is over; start a new action."},
	approvals.CodeLinkUnknown:  {http.StatusNotFound, templates.ProblemLink, "Link unknown", "Copy the whole address; mail programs cut long ones in half."},
	approvals.CodeLinkExpired:  {http.StatusGone, templates.ProblemGone, "Link expired", "Ask for a new link."},
	approvals.CodeLinkReplaced: {http.StatusGone, templates.ProblemGone, "Link replaced", "Use the link in the newest mail."},
	approvals.CodeLinkSpent:    {http.StatusGone, templates.ProblemGone, "Link already used", "What this link was for is done; read the action's status."},

	approvals.CodeNotApproved:       {http.StatusConflict, templates.ProblemConflict, "Not approved", "Claim again, with a new Idempotency-Key, when the action's state is approved; state and not_before say where it stands."},
	approvals.CodeMismatch:          {http.StatusConflict, templates.ProblemConflict, "Payload differs from what was approved", "Do not carry this out: these are not the details the seller approved, and the action is held until two agents have looked."},
	approvals.CodeAlreadyClaimed:    {http.StatusConflict, templates.ProblemConflict, "Already claimed", "Another call took this release; repeat that call with its own Idempotency-Key to get its answer again."},
	approvals.CodeReleasedByGateway: {http.StatusConflict, templates.ProblemConflict, "Released by the gateway", "Nothing to claim: the gateway itself sends the approved request upstream; read the action to see what came of it."},
	approvals.CodeSellerLocked:      {http.StatusConflict, templates.ProblemConflict, "Seller locked", "Nothing of this seller is released until two agents have unlocked the seller."},
	approvals.CodeClaimExpired:      {http.StatusConflict, templates.ProblemConflict, "Claim expired", "The time to claim is over; create a new action."},
	approvals.CodeTooLateToCancel:   {http.StatusConflict, templates.ProblemConflict, "Too late to cancel", "The action was claimed or is over and can no longer be stopped; read the action again."},
	approvals.CodeResultConflict:    {http.StatusConflict, templates.ProblemConflict, "Another result was reported", "The first result stays; contact support if it was wrong."},
	approvals.CodeSecurityChanged:   {http.StatusConflict, templates.ProblemConflict, "Contact or sign-in method changed", "Create a new action: a contact or a sign-in method of the seller changed after the first proof."},
	approvals.CodeContactUnverified: {http.StatusConflict, templates.ProblemConflict, "New address not verified", "Wait until the reader of the new address has answered the mail sent there."},
	approvals.CodeIndependent:       {http.StatusConflict, templates.ProblemConflict, "A code alone does not confirm this", "The seller confirms with a passkey, on a device known for 30 days, or with a second approver; nothing was spent."},
	approvals.CodeLastAuthenticator: {http.StatusConflict, templates.ProblemConflict, "The last sign-in method stays", "Add another sign-in method first: without this one the seller could confirm nothing any more."},
	approvals.CodeResendLimit:       {http.StatusTooManyRequests, templates.ProblemTooMany, "Too many mails asked for", "Wait until retry_at, or use the newest mail there is."},
	approvals.CodeEndpointLimit:     {http.StatusConflict, templates.ProblemConflict, "Too many endpoints", "Disable an endpoint that is not needed any more; a marketplace has at most 16."},
	approvals.CodeEndpointDisabled:  {http.StatusConflict, templates.ProblemConflict, "Endpoint disabled", "Enable the endpoint first; nothing was sent."},
	approvals.CodeTravelLock:        {http.StatusConflict, templates.ProblemTravel, "The seller is travelling", "The seller asked that nothing goes forward before retry_at; ask again then."},
	approvals.CodeLessCare:          {http.StatusConflict, templates.ProblemConflict, "Not taken back here", "A longer wait or a travel lock is not taken back by a click; support can help."},

	approvals.CodeRecoveryRuns:   {http.StatusConflict, templates.ProblemConflict, "A recovery is running", "A seller has one recovery at a time; stop it first, or wait until it ends."},
	approvals.CodeContactChanged: {http.StatusConflict, templates.ProblemConflict, "An address changed lately", "Every address of the seller must be 30 days old before sign-in methods are replaced."},
	approvals.CodeNothingLost:    {http.StatusConflict, templates.ProblemConflict, "Nothing to replace", "The seller has no sign-in method yet and can set one up without help."},

	approvals.CodePolicyMoved:    {http.StatusConflict, templates.ProblemConflict, "The policy has moved on", "Open the policy again: another version is in force, or this one is over."},
	approvals.CodeSignOnRefused:  {http.StatusForbidden, templates.ProblemForbidden, "The sign-on does not count", "Begin again on the sign-in page; if it stays so, ask an admin."},
	approvals.CodeSignOnUnknown:  {http.StatusForbidden, templates.ProblemForbidden, "Nobody here has this account", "Sign in with your passkey and link the account; without a passkey, ask an admin for an invitation."},
	approvals.CodeSignOnRequired: {http.StatusForbidden, templates.ProblemForbidden, "Sign in with your company's account", "Sign in with the account you linked; your passkey signs decisions."},
	approvals.CodeOwnProposal:    {http.StatusForbidden, templates.ProblemForbidden, "Your own proposal", "Another person has to decide: nobody approves what they proposed."},

	approvals.CodeCaseMoved:    {http.StatusConflict, templates.ProblemConflict, "The case has changed", "Open the case again and decide on what is so now; differences says what changed."},
	approvals.CodeCaseClosed:   {http.StatusConflict, templates.ProblemConflict, "The case is closed", "Nothing is decided in it any more; fresh trouble opens a new case."},
	approvals.CodeCaseHolds:    {http.StatusConflict, templates.ProblemConflict, "Something is still stopped", "Decide on the lock and on every held action first; then the case can be closed."},
	approvals.CodeCaseVerb:     {http.StatusConflict, templates.ProblemConflict, "Not possible now", "Open the case again and choose one of the decisions it offers."},
	approvals.CodeProposalOpen: {http.StatusConflict, templates.ProblemConflict, "A proposal is waiting", "Another person answers the open proposal of this case first."},
	approvals.CodeProposalOver: {http.StatusConflict, templates.ProblemConflict, "The proposal is over", "Open the case again; what is still needed is proposed anew."},
	approvals.CodeDeskRole:     {http.StatusForbidden, templates.ProblemForbidden, "Not for your role", "An active agent or lead decides in cases; ask one of them."},
	approvals.CodePair:         {http.StatusForbidden, templates.ProblemForbidden, "A lead has to decide", "These two people decided together too often in 30 days; a lead signs as the second."},
	approvals.CodeAgentLimit:   {http.StatusTooManyRequests, templates.ProblemTooMany, "Daily limit of recoveries", "Ask another agent; one person takes part in five recoveries a day."},
	approvals.CodeTooNew:       {http.StatusForbidden, templates.ProblemForbidden, "Joined too lately", "One of the two joined less than 24 hours ago: two people who have been here longer must decide it."},
	approvals.CodeCaseClaimed:  {http.StatusConflict, templates.ProblemConflict, "Claimed by somebody else", "Take the case over, or wait until the claim ends."},
	approvals.CodeNotClaimed:   {http.StatusForbidden, templates.ProblemForbidden, "Claim the case first", "Claim the case; only its owner is shown what is masked."},
	approvals.CodeRevealLimit:  {http.StatusTooManyRequests, templates.ProblemTooMany, "Daily limit of reveals", "Ask another agent; one person is shown 20 fields a day."},
	approvals.CodeTwoAdmins:    {http.StatusForbidden, templates.ProblemForbidden, "Two admins decide", "Propose it at the desk: what may be milder takes two admins and 24 hours."},
	approvals.CodeLastAdmin:    {http.StatusConflict, templates.ProblemConflict, "The last admin stays", "Invite another admin first; without one nobody could invite anybody."},

	approvals.CodeHalted:      {http.StatusServiceUnavailable, templates.ProblemUnavailable, "Releases are halted", "Nothing was released; send the same request again later."},
	approvals.CodeClock:       {http.StatusServiceUnavailable, templates.ProblemUnavailable, "Clock unsure", "Nothing was released; send the same request again later."},
	approvals.CodeUnavailable: {http.StatusServiceUnavailable, templates.ProblemUnavailable, "Temporarily unavailable", "Send the same request again with the same Idempotency-Key."},

	approvals.CodeIdempotencyMissing:   {http.StatusBadRequest, templates.ProblemInput, "Idempotency-Key missing", `Send a header such as Idempotency-Key: "7f3a1c", with a new value for every new request.`},
	approvals.CodeIdempotencyMalformed: {http.StatusBadRequest, templates.ProblemInput, "Idempotency-Key malformed", `Send one Idempotency-Key of 1 to 255 visible ASCII characters, in double quotes or without.`},
	approvals.CodeIdempotencyReused:    {http.StatusUnprocessableEntity, templates.ProblemInput, "Idempotency-Key used for another request", "Repeat the first request unchanged, or send this one with a new Idempotency-Key."},
	approvals.CodeIdempotencyRunning:   {http.StatusConflict, templates.ProblemConflict, "The same request is still running", "Wait a second and send the same request again."},

	InternalError:    {http.StatusInternalServerError, templates.ProblemInternal, "Internal error", "Send the same request again with the same Idempotency-Key; quote request_id to support if it stays."},
	MethodNotAllowed: {http.StatusMethodNotAllowed, templates.ProblemMethod, "Method not allowed", "Use one of the methods in the Allow header."},
	PayloadTooLarge:  {http.StatusRequestEntityTooLarge, templates.ProblemTooLarge, "Request too large", "Send a smaller body; the API takes 256 KiB, a page 64 KiB, a guarded route 1 MiB."},
	URITooLong:       {http.StatusRequestURITooLong, templates.ProblemTooLarge, "Address too long", "Send an address of at most 4 KiB."},
	MediaType:        {http.StatusUnsupportedMediaType, templates.ProblemInput, "Unsupported media type", "Send one Content-Type: application/json and no Content-Encoding."},
	Misdirected:      {http.StatusMisdirectedRequest, templates.ProblemNotFound, "Unknown host", "Send the request to the gateway's own public address."},
	HeadersTooLarge:  {http.StatusRequestHeaderFieldsTooLarge, templates.ProblemTooLarge, "Headers too large", "Send at most 100 header lines and 8 KiB of cookies."},
	TestModeOnly:     {http.StatusForbidden, templates.ProblemForbidden, "Test mode only", "Use a gateway in test mode; the clock of a live one cannot be moved."},
	RateLimited:      {http.StatusTooManyRequests, templates.ProblemTooMany, "Too many requests", "Wait as many seconds as Retry-After says and send the same request again; cancelling an action and locking a seller are never limited."},

	AmbiguousRequest: {http.StatusBadRequest, templates.ProblemInput, "Ambiguous request", "Send the request in its plain form; errors names what can be understood in two ways."},
	IdentityMissing:  {http.StatusUnauthorized, templates.ProblemSession, "Not signed in", "Sign in at the marketplace and send the request again."},
	UpstreamDown:     {http.StatusBadGateway, templates.ProblemUnavailable, "The marketplace does not answer", "Send the request again later."},
}
