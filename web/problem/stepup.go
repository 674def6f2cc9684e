package problem

// StepUp is the WWW-Authenticate challenge to a client whose request needs the
// seller's approval first (RFC 9470 §3): no sign-in of before is enough, so the
// age it asks for is zero. It is the answer of the ways in that have no page to
// send a client to.
const StepUp = `Bearer error="insufficient_user_authentication", error_description="The seller has to approve this action first", max_age=0`
