package webtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract holds requests and answers against the description of the API.
// Answers are held more strictly than clients should hold them: a member that
// is not described fails, so that nothing slips into an answer. Its errors name
// places and rules, never values: those may be bank data.
type Contract struct {
	Doc    *openapi3.T
	router routers.Router
}

// errUndescribed is about a path or method that the description does not have.
var errUndescribed = errors.New("is not described")

// NewContract reads an OpenAPI 3.1 file.
func NewContract(file []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(file)
	if err != nil {
		return nil, fmt.Errorf("read openapi: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check openapi: %w", err)
	}
	for name, s := range doc.Components.Schemas {
		if name != "Claim" { // its details are whatever the action was created with
			closeSchema(s.Value)
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("route openapi: %w", err)
	}
	return &Contract{doc, router}, nil
}

// closeSchema forbids members that an object does not name.
func closeSchema(s *openapi3.Schema) {
	if s == nil {
		return
	}
	open := s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil
	if s.Type.Is("object") && open {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, p := range s.Properties {
		if p.Ref == "" {
			closeSchema(p.Value)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		closeSchema(s.Items.Value)
	}
}

func (c *Contract) input(r *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUndescribed, err)
	}
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
	}
	options.WithCustomSchemaErrorFunc(placeOf)
	return &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}, nil
}

// placeOf tells where a value breaks which rule, and not the value.
func placeOf(err *openapi3.SchemaError) string {
	return fmt.Sprintf("at /%s: breaks %q", strings.Join(err.JSONPointer(), "/"), err.SchemaField)
}

// Request says how a request is not as described, nil when it is.
func (c *Contract) Request(r *http.Request) error {
	in, err := c.input(r)
	if err == nil {
		err = openapi3filter.ValidateRequest(r.Context(), in)
	}
	if err != nil {
		return fmt.Errorf("%s %s: request: %w", r.Method, c.pattern(in), plain(err))
	}
	return nil
}

// Answer says how an answer to r is not as described, nil when it is.
func (c *Contract) Answer(r *http.Request, status int, h http.Header, body []byte) error {
	in, err := c.input(r)
	if err == nil {
		err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in, Status: status, Header: h, Options: in.Options, Body: io.NopCloser(bytes.NewReader(body)),
		})
	}
	if err != nil {
		return fmt.Errorf("%s %s: answer %d: %w", r.Method, c.pattern(in), status, plain(err))
	}
	return nil
}

// Describes reports whether r is a call of the description at all.
func (c *Contract) Describes(r *http.Request) bool {
	_, _, err := c.router.FindRoute(r)
	return err == nil
}

func (c *Contract) pattern(in *openapi3filter.RequestValidationInput) string {
	if in == nil {
		return "(no route)"
	}
	return in.Route.Path
}

// plain keeps of an error of the validator what names no value: the places of
// schema errors, and of others the kind.
func plain(err error) error {
	if s, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		return errors.New(placeOf(deepest(s)))
	}
	if r, ok := errors.AsType[*openapi3filter.RequestError](err); ok && r.Parameter != nil {
		return fmt.Errorf("parameter %q: %s", r.Parameter.Name, r.Reason)
	}
	if r, ok := errors.AsType[*openapi3filter.RequestError](err); ok {
		return errors.New("body: " + r.Reason)
	}
	if r, ok := errors.AsType[*openapi3filter.ResponseError](err); ok {
		return errors.New(r.Reason)
	}
	return err
}

// deepest is the innermost schema error that an "oneOf" or a reference wraps.
func deepest(s *openapi3.SchemaError) *openapi3.SchemaError {
	for s.Origin != nil {
		inner, ok := errors.AsType[*openapi3.SchemaError](s.Origin)
		if !ok {
			return s
		}
		s = inner
	}
	return s
}

// Transport holds every exchange with the API against the contract, and fails
// the call where one side is wrong. Paths that are not the API's pass.
type Transport struct {
	Contract *Contract
	Base     http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") && !strings.HasPrefix(r.URL.Path, "/.well-known/") {
		return t.Base.RoundTrip(r)
	}
	sent, err := rewound(r)
	if err != nil {
		return nil, err
	}
	if err := t.Contract.Request(sent); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	resp, err := t.Base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := t.Contract.Answer(sent, resp.StatusCode, resp.Header, body); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	return resp, nil
}

// rewound is r once more, with a body of its own.
func rewound(r *http.Request) (*http.Request, error) {
	c := r.Clone(r.Context())
	c.Body = http.NoBody
	if r.GetBody == nil {
		return c, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read the request's body again: %w", err)
	}
	c.Body = body
	return c, nil
}
