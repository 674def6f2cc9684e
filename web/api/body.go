package api

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// readBody returns the JSON text of a POST. An absent body reads as an empty
// one; a body says exactly once that it is JSON, and is not compressed
// (RELIABILITY H8, I9).
func readBody(r *http.Request) ([]byte, error) {
	if r.Header["Content-Encoding"] != nil {
		return nil, approvals.Refuse(problem.MediaType)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, approvals.Refuse(problem.PayloadTooLarge)
		}
		return nil, approvals.Invalid(approvals.FieldError{Message: "the body broke off or is framed wrongly; send it again"})
	}
	types := r.Header["Content-Type"]
	if len(types) == 0 && len(body) == 0 {
		return nil, nil
	}
	if len(types) != 1 || !isJSON(types[0]) {
		return nil, approvals.Refuse(problem.MediaType)
	}
	return body, nil
}

// isJSON accepts application/json, with no parameter but charset=utf-8.
func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" || len(params) > 1 {
		return false
	}
	charset, given := params["charset"]
	return len(params) == 0 || given && strings.EqualFold(charset, "utf-8")
}

// noBody refuses a GET that carries one: somebody expects it to be read.
func noBody(r *http.Request) error {
	if r.ContentLength != 0 {
		return approvals.Invalid(approvals.FieldError{Message: "a GET has no body; remove it"})
	}
	return nil
}
