package dev

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/templates"
)

// home is D1: test or live, and what is left to do, as far as the gateway can
// see it.
func (s *Site) home(w http.ResponseWriter, r *http.Request, v *visit) error {
	steps, err := s.steps(r, v)
	if err != nil {
		return err
	}
	p := templates.DevHome{DevFrame: s.frame(v), Steps: steps, Errors: s.errors(v)}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// errors are the calls of the marketplace that were refused lately.
func (s *Site) errors(v *visit) []templates.DevRefused {
	if s.Recent == nil {
		return nil
	}
	var out []templates.DevRefused
	for _, r := range s.Recent.Of(v.market.ID) {
		_, route, found := strings.Cut(r.Route, " ") // a pattern may begin with its method
		if !found {
			route = r.Route
		}
		out = append(out, templates.DevRefused{
			At: r.At, Method: r.Method, Route: route, Status: strconv.Itoa(r.Status), Code: string(r.Code),
			Help: templates.Link("/problems/" + string(r.Code)), Request: r.Request,
		})
	}
	return out
}

func (s *Site) steps(r *http.Request, v *visit) ([]templates.DevStep, error) {
	ctx, m := r.Context(), v.market.ID
	keys, err := s.Keys.Keys.APIKeys(ctx, m)
	if err != nil {
		return nil, err
	}
	endpoints, err := s.Webhooks.Endpoints.EndpointsOf(ctx, m)
	if err != nil {
		return nil, err
	}
	some := func(state approvals.State) (bool, error) {
		found, err := s.Reader.Actions(ctx, approvals.Query{Marketplace: m, State: state, Limit: 1})
		return len(found) > 0, err
	}
	first, err := some("")
	if err != nil {
		return nil, err
	}
	cancelled, err := some(approvals.Cancelled)
	if err != nil {
		return nil, err
	}
	used := slices.ContainsFunc(keys, func(k approvals.APIKey) bool { return !k.LastUsedAt.IsZero() })
	hears := slices.ContainsFunc(endpoints, func(e approvals.Endpoint) bool { return e.DisabledAt.IsZero() })
	returns := fmt.Sprintf("%d registered.", len(v.market.ReturnURLs))
	if len(v.market.ReturnURLs) > 0 {
		returns = "Registered: " + v.market.ReturnURLs[0]
	}
	return []templates.DevStep{
		{Done: used, What: "Call the API with a key", Fact: either(used, "A key has been used.", "No key has been used yet."), URL: keysPath},
		{Done: len(v.market.ReturnURLs) > 0, What: "Have a return URL registered", Fact: returns},
		{Done: hears, What: "Have a webhook endpoint", Fact: either(hears, "There is one that gets webhooks.", "There is none."), URL: endpointsPath},
		{Done: first, What: "Create an action", Fact: either(first, "There is at least one.", "There is none yet."), URL: actionsPath},
		{Done: cancelled, What: "Try the cancel path", Fact: either(cancelled, "An action was cancelled.", "No action was ever cancelled here."), URL: actionsPath + "?state=cancelled"},
		{Done: !s.Keys.Test, What: "Go live", Fact: either(!s.Keys.Test, "This gateway is live.", "This gateway is in test mode; a live one has keys of its own.")},
	}, nil
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}
