package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// Func answers one request, or returns why it does not.
type Func func(http.ResponseWriter, *http.Request) error

// Table is every page of a site, by method and path. GET serves HEAD too. An
// address that a form is sent to can be opened as well.
type Table map[string]Func

// Mux serves the table; refuse makes the page of an error. What no line of it does
// is 405 where another method would be answered, and 404 otherwise.
func (t Table) Mux(refuse func(http.ResponseWriter, *http.Request, error)) *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, f := range t {
		mux.Handle(pattern, serve(f, refuse))
	}
	mux.Handle("/", serve(missing(mux), refuse))
	return mux
}

// serve is the one place where a handler's error becomes a page.
func serve(f Func, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			refuse(w, r, err)
		}
	})
}

func missing(mux *http.ServeMux) Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		allowed := Allowed(mux, r)
		if len(allowed) == 0 {
			return approvals.Refuse(approvals.CodeNotFound)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return approvals.Refuse(problem.MethodNotAllowed)
	}
}

// Allowed lists the methods that r's address would be answered to.
func Allowed(mux *http.ServeMux, r *http.Request) []string {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := mux.Handler(probe); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	return allowed
}

// SeeOther sends the browser to another of our pages. Nothing in path comes from
// the request.
func SeeOther(w http.ResponseWriter, path string) error {
	w.Header().Set("Location", path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// JSON answers what a page's script asked for.
func JSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // the reader may be gone
	return nil
}

// Options answers a page's script with the options of a fresh ceremony.
func Options(w http.ResponseWriter, raw []byte) error {
	return JSON(w, struct {
		Options json.RawMessage `json:"options"`
	}{raw})
}

// Is reports whether err is a refusal with this code.
func Is(err error, c approvals.Code) bool { return errors.Is(err, approvals.Refuse(c)) }

// Show answers with a page, rendered whole before the first byte leaves.
func Show(w http.ResponseWriter, status int, render func(io.Writer) error) error {
	var body bytes.Buffer
	if err := render(&body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader may be gone
	return nil
}

// Wrong are the fields that a refusal of a form names, nil where it names none.
func Wrong(err error) []approvals.FieldError {
	if refusal, ok := errors.AsType[*approvals.Error](err); ok && refusal.Code == approvals.CodeInvalid {
		return refusal.Fields
	}
	return nil
}
