package dev

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/risk"
	"countersign/templates"
)

const simulatorPath = Base + "/simulator"

// simulatorShow is D6: what the policy in force would say. The address says it all,
// and nothing is created.
func (s *Site) simulatorShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	standing, err := s.Policies.Advance(r.Context())
	if err != nil {
		return err
	}
	policy, err := s.Policies.Compiled(r.Context(), standing.Effective.Number)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := simulator{templates.DevSimulator{DevFrame: s.frame(v), Submit: simulatorPath, Clock: s.clockOf()}}
	kind := approvals.Kind(cmp.Or(q.Get("kind"), string(approvals.PayoutAccountChange)))
	method := approvals.Method(cmp.Or(q.Get("method"), string(approvals.Passkey)))
	p.Kinds, p.Methods = chosen(namesOf(policy.Kinds()), string(kind)), chosen(append(valuesOf("method"), string(approvals.RecoveryCode)), string(method))
	given, wrong := p.given(q)
	if !isChosen(p.Kinds) || !isChosen(p.Methods) {
		wrong = append(wrong, templates.DevFault{Field: "kind", Message: "Choose a kind and a first proof from the lists."})
	}
	if p.Wrong = wrong; len(wrong) > 0 {
		return s.show(w, http.StatusUnprocessableEntity, p.DevSimulator)
	}
	if q.Has("kind") {
		p.Result, err = simulated(policy, kind, method, given)
		if err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, p.DevSimulator)
}

// simulator is the page while it is filled.
type simulator struct{ templates.DevSimulator }

// asked are the signals that can be given: not the two with lists of their own, nor
// what the policy counts up itself.
func asked() []risk.Signal {
	return slices.DeleteFunc(risk.Signals(), func(g risk.Signal) bool {
		return slices.Contains([]string{"kind", "method", "strong_signals", "weak_signals"}, g.Name)
	})
}

func namesOf(kinds []approvals.Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}

func valuesOf(name string) []string {
	for _, g := range risk.Signals() {
		if g.Name == name {
			return slices.Clone(g.Values)
		}
	}
	return nil
}

func chosen(values []string, now string) []templates.DevChoice {
	slices.Sort(values)
	var out []templates.DevChoice
	for _, v := range slices.Compact(values) {
		out = append(out, templates.DevChoice{Value: v, Text: strings.ReplaceAll(v, "_", " "), Chosen: v == now})
	}
	return out
}

func isChosen(of []templates.DevChoice) bool {
	return slices.ContainsFunc(of, func(c templates.DevChoice) bool { return c.Chosen })
}

// flagged reports whether a signal is true or false.
func flagged(g risk.Signal) bool {
	return g.Worse == "true" || g.Worse == "false" || g.Name == "first_destination"
}

// given reads the signals of the address, and fills the form with them.
func (p *simulator) given(q url.Values) (map[string]any, []templates.DevFault) {
	in := map[string]any{}
	var wrong []templates.DevFault
	for _, g := range asked() {
		text := q.Get(g.Name)
		field := templates.DevSignal{Name: g.Name, About: g.About, Value: text}
		var value any = text
		var err error
		switch {
		case len(g.Values) > 0:
			field.Choices = chosen(slices.Clone(g.Values), text)
		case flagged(g):
			field.Choices = chosen([]string{"false", "true"}, text)
			value = text == "true"
		case text != "":
			value, err = strconv.ParseInt(text, 10, 64)
		}
		p.Signals = append(p.Signals, field)
		if text == "" {
			continue
		}
		if err != nil || len(field.Choices) > 0 && !isChosen(field.Choices) {
			wrong = append(wrong, templates.DevFault{Field: g.Name, Message: g.Name + " must be " + g.Type + "."})
			continue
		}
		p.Known, in[g.Name] = true, value
	}
	return in, wrong
}

// calm is a request about which there is nothing to say but what is given.
func calm(given map[string]any) map[string]any {
	in := risk.Calm()
	maps.Copy(in, given)
	return in
}

// simulated is what the policy says, with a case that holds it to that.
func simulated(policy *risk.Policy, kind approvals.Kind, method approvals.Method, given map[string]any) (*templates.DevSimulated, error) {
	d := policy.Judge(kind, method, calm(given))
	wait, permitted := d.Wait[method]
	hours := "not permitted with this proof"
	want := map[string]any{"class": d.Class, "outcome": d.Outcome, "permitted": permitted}
	if permitted {
		hours = fmt.Sprintf("%g h", wait.Hours())
		want["hours"] = wait.Hours()
	}
	out := &templates.DevSimulated{Class: string(d.Class), Facts: []templates.DevFact{
		{Name: "Wait", Value: hours}, {Name: "Outcome", Value: string(d.Outcome)}, {Name: "Policy", Value: d.Version},
	}}
	for _, r := range d.Require {
		out.Facts = append(out.Facts, templates.DevFact{Name: "Asks for", Value: strings.ReplaceAll(string(r), "_", " ")})
	}
	for _, a := range d.Advice {
		out.Facts = append(out.Facts, templates.DevFact{Name: "Advises", Value: strings.ReplaceAll(string(a), "_", " ")})
	}
	for _, r := range d.Rules {
		out.Rules = append(out.Rules, templates.DevFact{Name: r.ID, Value: r.Text["en"]})
	}
	raw, err := json.MarshalIndent(map[string]any{"cases": []any{map[string]any{
		"name": string(kind) + ", " + string(method), "kind": kind, "method": method, "inputs": given, "want": want,
	}}}, "", "  ")
	out.Case = string(raw)
	return out, err
}
