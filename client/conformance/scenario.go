package conformance

import (
	"unicode"
	"unicode/utf8"
)

// Scenario is one thing that happens to every marketplace sooner or later.
type Scenario struct {
	ID       string // what Kit.Run takes; never changes its meaning
	Sentence string // what is right
	Rule     string // where that stands
	run      func(*trial)
}

// The rules that scenarios stand on.
const (
	ruleWebhook     = "Standard Webhooks 1.0.0: verify the signature over id, timestamp and body before anything else; answer what does not verify with 400."
	ruleRotation    = "Standard Webhooks 1.0.0: webhook-signature is a list with spaces between; while a secret is replaced there are two, in any order."
	ruleTimestamp   = "Standard Webhooks 1.0.0: refuse timestamps more than 5 minutes away, or an old webhook can be sent again."
	ruleDelivery    = "Standard Webhooks 1.0.0: a delivery is repeated with the same webhook-id until it is answered with 2xx, and events come in any order."
	rulePointer     = "OpenAPI getAction and claimAction: a webhook is a pointer; the action is the only source of truth, and only a claim releases."
	ruleClaim       = "OpenAPI claimAction: claim with the details that were approved, verify the release token, put it in place under its release_id at most once, report."
	ruleRefused     = "OpenAPI claimAction: without a release token nothing may be carried out, whatever the refusal's code is."
	ruleToken       = "OpenAPI claimAction and RFC 8725 §3: compare the token's action, digest, seller, marketplace, issuer and times with your own records."
	ruleSignature   = "RFC 8725 §3.1 and §3.5: the algorithm is EdDSA and the keys are those of /.well-known/jwks.json, whatever the header says."
	ruleType        = "OpenAPI claimAction and RFC 8725 §3.11: the token's typ is release+jwt."
	ruleIdempotency = "draft-ietf-httpapi-idempotency-key-header-06 §2: without an answer send the same request again with the same Idempotency-Key."
	ruleKept        = "OpenAPI, Idempotency-Key: an answer is kept, refusals included; the same key brings the same refusal again."
	ruleAway        = "RFC 9110 §15.6.4 and OpenAPI Unavailable: 503 means that nothing was done; ask again later, and carry nothing out meanwhile."
	ruleReturn      = "OpenAPI NewAction.return_url: it is called without a verdict; read the action."
	ruleLock        = "OpenAPI lockSeller: nothing of a locked seller is released; sign the seller out everywhere."
)

// Scenarios returns all of them, in the order that Run plays them.
func Scenarios() []Scenario {
	return []Scenario{
		{"approved_once", "A genuine approval is carried out once and reported.", ruleClaim, approvedOnce},
		{"webhook_twice", "The same webhook twice, and many times at once, has one effect.", ruleDelivery, webhookTwice},
		{"webhook_order", "Older events that arrive late undo nothing.", ruleDelivery, webhookOrder},
		{"webhook_signature", "A webhook with a wrong signature, or another endpoint's, is refused.", ruleWebhook, webhookSignature},
		{"webhook_rotation", "A webhook with several signatures, of which one is by your secret, is taken.", ruleRotation, webhookRotation},
		{"webhook_timestamp", "A webhook from an hour ago, or from the future, is refused.", ruleTimestamp, webhookTimestamp},
		{"webhook_unknown", "Events, states and actions that are not known are taken and change nothing.", ruleDelivery, webhookUnknown},
		{"webhook_lies", "A webhook that says approved too early releases nothing.", rulePointer, webhookLies},
		{"cancelled", "What was cancelled after its approval is not carried out.", ruleRefused, cancelled},
		{"payload_mismatch", "A claim refused for other details is not carried out.", ruleRefused, payloadMismatch},
		{"second_change", "What is carried out is what was approved, also when another change was asked for meanwhile.", ruleClaim, secondChange},
		{"return_forged", "Coming back with a forged verdict in the address changes nothing.", ruleReturn, returnForged},
		{"seller_locked", "Nothing of a locked seller is carried out, and the seller is signed out.", ruleLock, sellerLocked},
		{"token_action", "A token of another action is refused.", ruleToken, tokenAction},
		{"token_details", "A token of other details is refused.", ruleToken, tokenDetails},
		{"token_seller", "A token for another seller is refused.", ruleToken, tokenSeller},
		{"token_marketplace", "A token for another marketplace, or from another gateway, is refused.", ruleToken, tokenMarketplace},
		{"token_expired", "A token that has expired is refused.", ruleToken, tokenExpired},
		{"token_key", "A token signed by anybody else is refused.", ruleSignature, tokenKey},
		{"token_algorithm", "A token without a signature, or with HS256, is refused.", ruleSignature, tokenAlgorithm},
		{"token_type", "A token that the gateway signed for another purpose is refused.", ruleType, tokenOtherType},
		{"token_replayed", "The token of an earlier release releases nothing else.", ruleToken, tokenReplayed},
		{"release_twice", "A release that comes a second time has no second effect.", ruleClaim, releaseTwice},
		{"create_lost", "A creation whose answer was lost is repeated with the same Idempotency-Key.", ruleIdempotency, createLost},
		{"claim_lost", "A claim whose answer was lost is repeated with the same Idempotency-Key.", ruleIdempotency, claimLost},
		{"result_lost", "A report whose answer was lost is repeated with the same Idempotency-Key.", ruleIdempotency, resultLost},
		{"claim_refused", "After a refusal that passes, the action is claimed again under another Idempotency-Key.", ruleKept, claimRefused},
		{"gateway_away", "While the gateway answers 503 nothing is carried out; afterwards it is, once.", ruleAway, gatewayAway},
	}
}

// capital begins a sentence.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
