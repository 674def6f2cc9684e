package problem

import "countersign/approvals"

// Codes of what HTTP itself can get wrong. They are refused like any other:
// approvals.Refuse(problem.PayloadTooLarge).
const (
	InternalError    approvals.Code = "internal_error"
	MethodNotAllowed approvals.Code = "method_not_allowed"
	PayloadTooLarge  approvals.Code = "payload_too_large"
	URITooLong       approvals.Code = "uri_too_long"
	MediaType        approvals.Code = "unsupported_media_type"
	Misdirected      approvals.Code = "misdirected_request"
	HeadersTooLarge  approvals.Code = "headers_too_large"
	TestModeOnly     approvals.Code = "test_mode_only"
	RateLimited      approvals.Code = "rate_limited" // retry_at

	// Of the reverse proxy.
	AmbiguousRequest approvals.Code = "ambiguous_request" // two readers could understand it in two ways
	IdentityMissing  approvals.Code = "identity_missing"  // on a guarded route
	UpstreamDown     approvals.Code = "upstream_unavailable"
)
