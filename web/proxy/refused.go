package proxy

import (
	"countersign/approvals"
	"countersign/web/problem"
)

// refused is why a request goes no further: the code of its answer and, in
// words for an engineer, what is wrong with it. Nothing of the request is in it.
type refused struct {
	code approvals.Code
	why  string
}

func (r *refused) Error() string { return string(r.code) + ": " + r.why }

// problem is the refusal as web/problem reads it.
func (r *refused) problem() error {
	return &approvals.Error{Code: r.code, Fields: []approvals.FieldError{{Message: r.why}}}
}

func ambiguous(why string) *refused { return &refused{problem.AmbiguousRequest, why} }

// Refusals of a head that cannot be understood in one way only.
var (
	errLineEnd      = ambiguous("a line ends without CR LF")
	errRequestLine  = ambiguous("the request line is not METHOD TARGET HTTP/1.1")
	errTargetForm   = ambiguous("the target is not a path from the root")
	errTargetBytes  = ambiguous("the target holds a character that has to be percent-encoded")
	errTargetEscape = ambiguous("the target holds a percent sign that is no escape, or an escaped control character")
	errDots         = ambiguous("the path holds . or .. in one spelling or another")
	errGuardedPath  = ambiguous("the path is another spelling of a guarded one")
	errFormat       = ambiguous("the path ends in a dot and what could be a format, as in .json")
	errFieldName    = ambiguous("a header name holds a character that names do not have, or is empty")
	errFieldValue   = ambiguous("a header value holds a control character or is not UTF-8")
	errFolded       = ambiguous("a header line begins with a blank")
	errHost         = ambiguous("there must be exactly one Host header, a name with a port at most")
	errLength       = ambiguous("Content-Length must be there once at most, in digits")
	errEncoding     = ambiguous("Transfer-Encoding must be there once at most, and be chunked, in HTTP/1.1")
	errBothLengths  = ambiguous("Content-Length and Transfer-Encoding stand side by side")
	errChunk        = ambiguous("the chunks of the body are malformed")
	errIdentity     = ambiguous("an identity header is there more than once, or holds a comma")
	errParameter    = ambiguous("a parameter is there twice (upper and lower case being one, and a dot, a blank and _), has no plain name such as iban or payout[iban], or names a method")
	errTwoPlaces    = ambiguous("a parameter of the query is in the body too")

	errMethod  = &refused{problem.MethodNotAllowed, "the method is not one of GET, HEAD, OPTIONS, POST, PUT, PATCH and DELETE"}
	errHeaders = &refused{problem.HeadersTooLarge, "more than 100 header lines or 32 KiB"}
	errTooLong = &refused{problem.URITooLong, "the target is longer than 8 KiB"}
)
