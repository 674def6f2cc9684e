package approvals

import (
	"bytes"
	"encoding/json"
	"fmt"

	"countersign/approvals/destination"
)

// requestField is the field of any details that holds a BoundRequest.
const requestField = "request"

// definition is a kind as the policy in force defines it, false where it defines
// none.
func (s *Service) definition(k Kind) (Definition, bool) {
	policy, ok := s.Policy.(Definer)
	if !ok || !k.Defined() {
		return Definition{}, false
	}
	return policy.Definition(k)
}

// speaks reports whether the policy in force has something to say of a kind: of one
// that a marketplace defined and took back it has nothing.
func (s *Service) speaks(k Kind) bool {
	_, defined := s.definition(k)
	return defined || !k.Defined()
}

// Details checks details as Create does and returns their RFC 8785 form: against the
// closed schema of a kind of the gateway's, or against that of the policy in force
// for one that a marketplace defines. A kind that the policy does not define is
// refused with CodeKindUnknown, and with CodeUnavailable what policy is in force
// while that is not known.
func (s *Service) Details(k Kind, raw json.RawMessage) (json.RawMessage, error) {
	if !k.Defined() {
		return ParseDetails(k, raw)
	}
	if err := s.ruled(); err != nil {
		return nil, err
	}
	details, _, err := s.parseDefined(k, raw)
	return details, err
}

// parseDefined checks the details of a kind that a marketplace defines.
func (s *Service) parseDefined(k Kind, raw json.RawMessage) (json.RawMessage, *Definition, error) {
	d, ok := s.definition(k)
	if !ok {
		return nil, nil, Refuse(CodeKindUnknown)
	}
	canonical, err := plainDetails(raw)
	if err != nil {
		return nil, nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(canonical, &fields); err != nil || fields == nil {
		return nil, nil, Invalid(FieldError{"details", "must be a JSON object"})
	}
	wrong := boundWrong(fields)
	delete(fields, requestField)
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, nil, fmt.Errorf("encode details: %w", err)
	}
	wrong = append(wrong, s.Policy.(Definer).Wrong(k, rest)...) //nolint:forcetypeassert // definition asked
	if to, there := fields[d.Destination]; there && d.Destination != "" {
		wrong = append(wrong, destinationWrong("details."+d.Destination, to)...)
	}
	if len(wrong) > 0 {
		return nil, nil, Invalid(wrong...)
	}
	return canonical, &d, nil
}

// plainDetails returns the RFC 8785 form of details of bounded size that are strict
// JSON, whatever they say.
func plainDetails(raw json.RawMessage) (json.RawMessage, error) {
	if err := sized(raw); err != nil {
		return nil, err
	}
	return CanonicalDetails(raw)
}

// boundWrong says what is wrong with the request that a proxy adds, if it adds one.
func boundWrong(fields map[string]json.RawMessage) []FieldError {
	raw, there := fields[requestField]
	if !there {
		return nil
	}
	var r BoundRequest
	if err := DecodeStrict(raw, &r, ""); err != nil {
		return fieldsOf(inside("details."+requestField, err))
	}
	return r.wrong("details." + requestField)
}

// destinationWrong says what is wrong with the account paid into. What is no object
// is told of by the schema.
func destinationWrong(path string, raw json.RawMessage) []FieldError {
	if !bytes.HasPrefix(raw, []byte("{")) {
		return nil
	}
	var to destination.Destination
	if err := DecodeStrict(raw, &to, ""); err != nil {
		return fieldsOf(inside(path, err))
	}
	return destinationErrors(path, to)
}

func fieldsOf(err error) []FieldError {
	if e, ok := err.(*Error); ok { //nolint:errorlint // inside makes it
		return e.Fields
	}
	return nil
}

// paidInto reads the account of details that a definition has one in.
func paidInto(d Definition, details json.RawMessage) (*destination.Destination, error) {
	if d.Destination == "" {
		return nil, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(details, &fields); err != nil {
		return nil, fmt.Errorf("read details: %w", err)
	}
	var to destination.Destination
	if err := json.Unmarshal(fields[d.Destination], &to); err != nil {
		return nil, fmt.Errorf("read details: %w", err)
	}
	return &to, nil
}

// NamesDestination reports whether the action is about an account, which its
// fingerprint is of. A kind of the gateway's own is about none, and neither is a
// defined one without such a field: their fingerprints are compared with nothing.
func (a Action) NamesDestination() bool { return namesDestination(a.Kind, a.Decision.Definition) }

func namesDestination(k Kind, d *Definition) bool {
	if k.Defined() {
		return d != nil && d.Destination != ""
	}
	return !k.Own()
}

// seen is the fingerprint to compare with what other sellers named; empty where there
// is nothing to compare.
func (d Draft) seen() string {
	if d.Kind.Defined() && !d.namesDestination() {
		return ""
	}
	return d.Fingerprint
}

func (a Action) seen() string {
	if a.Kind.Defined() && !a.NamesDestination() {
		return ""
	}
	return a.Fingerprint
}

// decideOn decides on an action at its first proof. Where its kind is not defined any
// more, what was decided stands; since nobody says what the proof would have raised,
// a code alone does not do.
func (s *Service) decideOn(a Action, f Facts) Decision {
	if s.speaks(a.Kind) {
		return s.decide(f)
	}
	d := a.Decision.stopped(f.Signals)
	d.Proved = true
	if f.Proof != nil && f.Proof.Method != Passkey {
		d.Require = union(d.Require, []Requirement{IndependentProof})
	}
	return d
}
