package api

import (
	"errors"
	"io"
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

// isJSON accepts application/json, with no parameter but charset=utf-8, once.
func isJSON(contentType string) bool {
	switch strings.ToLower(strings.ReplaceAll(contentType, " ", "")) {
	case "application/json", "application/json;charset=utf-8", `application/json;charset="utf-8"`:
		return true
	}
	return false
}

// noBody refuses a GET that carries one: somebody expects it to be read.
func noBody(r *http.Request) error {
	if r.ContentLength != 0 {
		return approvals.Invalid(approvals.FieldError{Message: "a GET has no body; remove it"})
	}
	return nil
}

// noQuery refuses parameters where there are none.
func noQuery(r *http.Request) error {
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return approvals.Invalid(approvals.FieldError{Message: "this call has no query parameters; remove them"})
	}
	return nil
}
