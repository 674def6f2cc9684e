package approvals

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gowebpki/jcs"

	"countersign/approvals/destination"
)

// PayoutChange is the details of a payout_account.change, and of a
// payout_account.switch, where To is an account of the seller's before: where the seller is
// paid now, absent for the first account ever, where the seller asks to be
// paid, and the request that asks for it, where a proxy holds one back.
type PayoutChange struct {
	From    *destination.Destination `json:"from,omitempty"`
	To      destination.Destination  `json:"to"`
	Request *BoundRequest            `json:"request,omitempty"`
}

// maxDetails keeps an action small enough to read and to sign.
const maxDetails = 64 << 10

// ParseDetails checks details against the closed schema of a kind of the gateway's and returns
// their RFC 8785 form, which is what is stored, signed, shown and released.
func ParseDetails(k Kind, raw json.RawMessage) (json.RawMessage, error) {
	if !slices.Contains(Kinds, k) {
		return nil, Refuse(CodeKindUnknown)
	}
	if err := sized(raw); err != nil {
		return nil, err
	}
	into := schema(k)
	if err := DecodeStrict(raw, into, ""); err != nil {
		return nil, inside("details", err)
	}
	if fields := into.wrong(); len(fields) > 0 {
		return nil, Invalid(fields...)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonicalise details: %w", err)
	}
	return canonical, nil
}

func sized(raw json.RawMessage) error {
	switch {
	case len(raw) == 0:
		return Invalid(FieldError{"details", "must be there"})
	case len(raw) > maxDetails:
		return Invalid(FieldError{"details", "must be 64 KiB at most"})
	}
	return nil
}

// detail is the details of one kind, decoded.
type detail interface {
	// wrong names every field that is not as it must be.
	wrong() []FieldError
	// subject is what the fingerprint is made of: the same for every way of
	// writing the same thing.
	subject(fingerprintKey []byte) string
}

// schema returns an empty value to decode the details of a kind into.
func schema(k Kind) detail {
	switch k {
	case LoanDisbursement:
		return &Loan{}
	case ContactChange:
		return &ContactSwap{}
	case AuthenticatorAdd, AuthenticatorRemove:
		return &authenticatorDetails{}
	case ApproverAdd:
		return &approverAdd{}
	case ApproverRemove:
		return &approverRemove{}
	case PayoutAccountChange, PayoutAccountSwitch:
	}
	return &PayoutChange{}
}

func (c *PayoutChange) wrong() []FieldError {
	var fields []FieldError
	if c.From != nil {
		fields = append(fields, destinationErrors("details.from", *c.From)...)
	}
	fields = append(fields, destinationErrors("details.to", c.To)...)
	if len(fields) == 0 && c.From != nil && c.From.Canonical() == c.To.Canonical() {
		fields = append(fields, FieldError{"details.to", "is the account the seller is paid into already"})
	}
	if c.Request != nil {
		fields = append(fields, c.Request.wrong("details.request")...)
	}
	return fields
}

func (c *PayoutChange) subject(key []byte) string { return destination.Fingerprint(key, c.To) }

func destinationErrors(path string, d destination.Destination) []FieldError {
	_, err := destination.Parse(d)
	invalid, ok := errors.AsType[*destination.InvalidError](err)
	if !ok {
		return nil
	}
	var out []FieldError
	for _, f := range invalid.Fields {
		out = append(out, FieldError{path + "." + f.Field, f.Problem})
	}
	return out
}

// inside puts the path of the enclosing field before those of err.
func inside(path string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	out := &Error{Code: e.Code, Facts: e.Facts}
	for _, f := range e.Fields {
		at := path
		if f.Field != "" {
			at += "." + f.Field
		}
		out.Fields = append(out.Fields, FieldError{at, f.Message})
	}
	return out
}

// CanonicalDetails returns the RFC 8785 form of what a claim presents, without
// judging it: anything that is not exactly what was approved will differ.
func CanonicalDetails(raw json.RawMessage) (json.RawMessage, error) {
	if err := scanJSON(raw, ""); err != nil {
		return nil, inside("details", err)
	}
	canonical, err := jcs.Transform(raw)
	if err != nil {
		return nil, Invalid(FieldError{"details", "must be a JSON object"})
	}
	return canonical, nil
}

// destinationIn reads the account that details of kind have money sent to, nil
// for a kind that has none. d is a defined kind's definition.
func destinationIn(k Kind, d *Definition, details json.RawMessage) (*destination.Destination, error) {
	switch {
	case k.SetsAccount():
		c, err := parsePayoutChange(details)
		return &c.To, err
	case k == LoanDisbursement:
		l, err := parseLoan(details)
		return &l.Destination, err
	case d != nil:
		return paidInto(*d, details)
	}
	return nil, nil
}

// mistyped refuses an account to be paid into whose number cannot be one. The
// account paid into now is left alone: it has shown that it works.
func (s *Service) mistyped(d Draft, to *destination.Destination) error {
	if to == nil {
		return nil
	}
	path := "details.to."
	switch {
	case d.Kind == LoanDisbursement:
		path = "details.destination."
	case d.Definition != nil:
		path = "details." + d.Definition.Destination + "."
	}
	var fields []FieldError
	for _, f := range s.Numbers.Typo(*to) {
		fields = append(fields, FieldError{path + f.Field, f.Problem})
	}
	if fields != nil {
		return Invalid(fields...)
	}
	return nil
}

func parsePayoutChange(raw json.RawMessage) (PayoutChange, error) {
	var c PayoutChange
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read details: %w", err)
	}
	return c, nil
}
