package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// guard seals a request that needs approval and answers where its seller goes.
// Nothing of it reaches the upstream before that.
func (p *Proxy) guard(w http.ResponseWriter, r *http.Request, d decision) {
	a, handoff, err := p.propose(w, r, d)
	if _, refusal := errors.AsType[*approvals.Error](err); err != nil && !refusal { // unsure means no (DESIGN rule 17)
		err = fmt.Errorf("%w: %w", approvals.Refuse(approvals.CodeUnavailable), err)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.waiting(w, r, d.route, a, handoff)
}

// propose makes the action of a request, or finds the open one that the very
// same request made. handoff is where the seller goes, empty where there is
// nothing to do there.
func (p *Proxy) propose(w http.ResponseWriter, r *http.Request, d decision) (a approvals.Action, handoff string, err error) {
	if err := p.sure(r); err != nil {
		return a, "", err
	}
	identity, err := p.identify(r.Context(), r)
	if err != nil {
		return a, "", err
	}
	body, err := p.readContent(w, r)
	if err != nil {
		return a, "", err
	}
	asked, err := p.request(r, d, identity, body)
	if err != nil {
		return a, "", err
	}
	if p.Limit != nil {
		if err := p.Limit(r, asked.Seller.SellerKey); err != nil {
			return a, "", err
		}
	}
	a, err = p.Approvals.Create(r.Context(), asked)
	if e, ok := errors.AsType[*approvals.Error](err); ok && e.Code == approvals.CodeOpen {
		return p.again(r.Context(), asked, e)
	} else if ok && e.Code == approvals.CodeKindUnknown {
		p.Log.WarnContext(r.Context(), "the policy in force does not define the kind that a route asks for", "route", d.route.Name, "kind", string(asked.Kind))
	}
	if err != nil {
		return a, "", err
	}
	return a, p.handoff(a), nil
}

// sure refuses what a node that is unsure of itself should not take in (DESIGN
// rule 17), and what is too large or comes from another site's page: a session
// that travels by itself is no wish of its owner.
func (p *Proxy) sure(r *http.Request) error {
	if p.Approvals.Sure != nil {
		if err := p.Approvals.Sure(); err != nil {
			return err
		}
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return approvals.Refuse(approvals.CodeForbidden)
	}
	return within(r)
}

// request is what a route makes of a request.
func (p *Proxy) request(r *http.Request, d decision, identity map[string]any, body content) (approvals.Request, error) {
	_, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	query, err := readParameters(rawQuery)
	if err != nil {
		return approvals.Request{}, err
	}
	if err := apart(query, body.value); err != nil {
		return approvals.Request{}, err
	}
	vars := map[string]any{"identity": identity, "path": d.params, "query": query, "body": body.value}
	said, err := d.route.read(r.Context(), vars)
	if err != nil {
		return approvals.Request{}, err
	}
	bound := approvals.BoundRequest{
		Method: r.Method, Target: r.RequestURI, ContentType: body.media, ContentDigest: approvals.ContentDigest(body.bytes),
	}
	details, err := said.bind(bound)
	if err != nil {
		return approvals.Request{}, err
	}
	seller := approvals.Seller{SellerKey: approvals.SellerKey{Marketplace: p.Marketplace.ID, Seller: said.seller}}
	if seller.Contacts, err = p.contacts(r.Context(), seller.SellerKey, said.email); err != nil {
		return approvals.Request{}, err
	}
	return approvals.Request{
		Marketplace: p.Marketplace, Kind: said.kind, Seller: seller, Details: details, ReturnURL: d.route.ReturnURL,
		Context: p.context(r), Push: &approvals.Push{Route: d.route.Name, Idempotent: d.route.Idempotent, Body: body.bytes},
	}, nil
}

// said is what a route's expressions say of a request.
type said struct {
	seller  approvals.SellerID
	kind    approvals.Kind
	details map[string]json.RawMessage
	email   string
}

// read evaluates a route's expressions. What they cannot make of a request is
// told by name, never with the value.
func (r *route) read(ctx context.Context, vars map[string]any) (said, error) {
	out := said{kind: approvals.Kind(r.Route.Kind)}
	var wrong []approvals.FieldError
	text := func(field string, e *expression) string {
		if e == nil {
			return ""
		}
		s, err := e.text(ctx, vars)
		if err != nil || s == "" {
			wrong = append(wrong, approvals.FieldError{Field: field, Message: "cannot be read from this request"})
		}
		return s
	}
	seller := text("seller", r.seller)
	if problem := approvals.CheckSellerID(seller); problem != "" && seller != "" {
		wrong = append(wrong, approvals.FieldError{Field: "seller", Message: problem})
	}
	out.seller, out.email = approvals.SellerID(seller), text("email", r.email)
	if r.kind != nil {
		out.kind = approvals.Kind(text("kind", r.kind))
	}
	var err error
	if out.details, err = r.details.object(ctx, vars); err != nil {
		wrong = append(wrong, approvals.FieldError{Field: "details", Message: "cannot be read from this request"})
	}
	if len(wrong) > 0 {
		return said{}, approvals.Invalid(wrong...)
	}
	return out, nil
}

// requestMember is where the details keep the bound request.
const requestMember = "request"

// bind adds the request that will be sent to what is approved.
func (s said) bind(r approvals.BoundRequest) ([]byte, error) {
	if _, taken := s.details[requestMember]; taken {
		return nil, approvals.Invalid(approvals.FieldError{Field: "details.request", Message: "is the gateway's to say"})
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	s.details[requestMember] = raw
	return json.Marshal(s.details)
}

// contacts are the addresses a new seller is told at. Without one of a route's
// own the seller has to be known: an action that nobody is told of is none
// (DESIGN rule 3).
func (p *Proxy) contacts(ctx context.Context, key approvals.SellerKey, email string) ([]approvals.Contact, error) {
	if email != "" {
		parsed, err := approvals.ParseEmail(email)
		if err != nil {
			return nil, approvals.Invalid(approvals.FieldError{Field: "email", Message: err.Error()})
		}
		return []approvals.Contact{{Email: parsed}}, nil
	}
	_, err := p.Approvals.Reader.Seller(ctx, key)
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return nil, approvals.Invalid(approvals.FieldError{Field: "email", Message: "must be there for a seller the gateway has not met"})
	}
	return nil, err
}

// How much of what a browser says of itself is kept, in bytes.
const (
	maxUserAgent = 512
	maxLanguage  = 200
)

// context is what the connection says of the seller's session.
func (p *Proxy) context(r *http.Request) approvals.Context {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = ""
	}
	if lines := r.Header["X-Forwarded-For"]; len(lines) > 0 && p.fromFront(r) {
		all := strings.Split(lines[len(lines)-1], ",")
		if ip := net.ParseIP(strings.TrimSpace(all[len(all)-1])); ip != nil {
			host = ip.String()
		}
	}
	agent, language := r.UserAgent(), r.Header.Get("Accept-Language")
	return approvals.Context{
		IP: host, UserAgent: strings.ToValidUTF8(agent[:min(len(agent), maxUserAgent)], ""),
		AcceptLanguage: strings.ToValidUTF8(language[:min(len(language), maxLanguage)], ""),
	}
}

// again answers a request whose seller has an action of this kind open: with
// that action, when the very same request made it.
func (p *Proxy) again(ctx context.Context, asked approvals.Request, refusal *approvals.Error) (approvals.Action, string, error) {
	key := approvals.ActionKey{Marketplace: p.Marketplace.ID, ID: approvals.ActionID(refusal.Facts["action_id"])}
	open, err := p.Approvals.Reader.Action(ctx, key)
	if err != nil {
		return open, "", err
	}
	details, err := p.Approvals.Details(asked.Kind, asked.Details)
	if err != nil {
		return open, "", err
	}
	if string(details) != string(open.Details) || open.Kind != asked.Kind || open.Seller != asked.Seller.Seller || open.Push.Route != asked.Push.Route {
		return open, "", refusal
	}
	if open.State != approvals.AwaitingStepUp || p.fresh(ctx, open) {
		return open, p.handoff(open), nil
	}
	fresh, err := p.Approvals.Handoff(ctx, key, audit.Actor{Type: audit.Marketplace, ID: string(p.Marketplace.ID)}, nil)
	if err != nil {
		return open, "", err
	}
	return fresh, p.handoff(fresh), nil
}

// linkLeft is what a link must have left for a repeated request to be answered
// with it: else whoever repeats it makes rows without end.
const linkLeft = approvals.HandoffLife / 2

// fresh reports whether the action's present version made a link that can be
// used for a while.
func (p *Proxy) fresh(ctx context.Context, a approvals.Action) bool {
	hash := approvals.HashToken(p.Approvals.Token(approvals.HandoffLink, a))
	_, l, err := p.Approvals.Reader.Link(ctx, approvals.HandoffLink, hash)
	return err == nil && !l.Replaced && l.SpentAt.IsZero() && l.ExpiresAt.Sub(p.Now()) >= linkLeft
}

// handoff is the newest link of an action that its present version made.
func (p *Proxy) handoff(a approvals.Action) string {
	if a.State != approvals.AwaitingStepUp {
		return ""
	}
	return p.PublicURL + "/h/" + p.Approvals.Token(approvals.HandoffLink, a)
}
