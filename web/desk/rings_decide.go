package desk

import (
	"errors"
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

// fillRingControls leads the reader to where the ring is decided. Which sellers know
// of each other is said here; the rest in the ring's case.
func fillRingControls(p *templates.DeskRing, v *visit, ring desk.RingDossier, one bool) {
	switch {
	case !decides(v.Person.Role):
		p.Why = "You read here; agents and leads decide."
	case ring.Case == 0:
		p.Why = "No case of this destination is open, so that nothing can be decided."
	default:
		p.Decide = templates.DeskPointer{
			Text: "To freeze it, to end it, and to put it on the denied list or take it off:", Name: desk.Case{Number: ring.Case}.Name(), URL: caseLink(ring.Case),
		}
		p.Share = ringShare(v, ring, one)
	}
}

func ringShare(v *visit, ring desk.RingDossier, one bool) *templates.DeskRingShare {
	if ring.State == desk.RingDenied {
		return nil
	}
	share := &templates.DeskRingShare{Submit: templates.Post(ringLink(ring.Number)) + "/decide", Reasons: reasons(), Note: v.form.Get("note")}
	for _, verb := range sayable(ring) {
		share.Verbs = append(share.Verbs, templates.DevChoice{Value: string(verb), Text: templates.CaseVerbText(verb), Chosen: v.form.Get("verb") == string(verb)})
	}
	for i, r := range share.Reasons {
		share.Reasons[i].Chosen = v.form.Get("reason") == r.Value
	}
	for _, m := range ring.Members[:min(len(ring.Members), approvals.MaxDeclared)] {
		share.Sellers = append(share.Sellers, templates.DevChoice{
			Value: sellerValue(m.Seller), Text: sellerName(m.Seller, one), Chosen: slices.Contains(v.form["sellers"], sellerValue(m.Seller)),
		})
	}
	return share
}

// sayable is what can be said of some of the sellers as they are.
func sayable(ring desk.RingDossier) (verbs []desk.CaseVerb) {
	declared := func(m desk.RingMember) bool { return m.Declared }
	if !slices.ContainsFunc(ring.Members, declared) {
		return []desk.CaseVerb{desk.DeclareShared}
	}
	if slices.ContainsFunc(ring.Members, func(m desk.RingMember) bool { return !declared(m) }) {
		verbs = append(verbs, desk.DeclareShared)
	}
	return append(verbs, desk.Split)
}

func sellerValue(k approvals.SellerKey) string { return string(k.Marketplace) + "/" + string(k.Seller) }

// ringDecide drafts what is said of some of the sellers, and asks for the passkey
// over it. Only who named the destination can be chosen.
func (s *Site) ringDecide(w http.ResponseWriter, r *http.Request, v *visit) error {
	ring, err := s.ringOf(r)
	if err != nil {
		return err
	}
	if ring.Case == 0 {
		return approvals.Refuse(approvals.CodeCaseClosed)
	}
	verb, reason := desk.CaseVerb(v.form.Get("verb")), desk.Reason(v.form.Get("reason"))
	var chosen []approvals.SellerKey
	for _, m := range ring.Members {
		if slices.Contains(v.form["sellers"], sellerValue(m.Seller)) {
			chosen = append(chosen, m.Seller)
		}
	}
	var wrong []templates.DevFault
	for _, check := range []struct {
		good          bool
		field, remark string
	}{
		{verb.OfSellers(), "verb", "Choose what is to be said of them"},
		{len(chosen) > 0 && len(chosen) == len(v.form["sellers"]), "sellers", "Choose sellers of this ring"},
		{reason.Known(), "reason", "Choose a reason"},
	} {
		if !check.good {
			wrong = append(wrong, templates.DevFault{Field: check.field, Message: check.remark})
		}
	}
	if len(wrong) > 0 {
		return s.showRing(w, r, v, ring, http.StatusUnprocessableEntity, wrong)
	}
	d, err := s.Cases.Draft(r.Context(), desk.Intent{
		Case: ring.Case, Verb: verb, Sellers: chosen, Reason: reason, Note: note(v), Person: string(v.Person.ID),
	})
	if fields := page.Wrong(err); fields != nil {
		return s.showRing(w, r, v, ring, http.StatusUnprocessableEntity, faults(fields, ""))
	}
	if e, ok := errors.AsType[*approvals.Error](err); ok && e.Facts["why"] != "" {
		return s.showRing(w, r, v, ring, http.StatusConflict, []templates.DevFault{{Field: "verb", Message: e.Facts["why"]}})
	}
	if err != nil {
		return err
	}
	if v.form.Get("seen") != seen(d.Facts) {
		return s.showRing(w, r, v, ring, http.StatusConflict, []templates.DevFault{{Field: "verb", Message: "It is not what your page showed. Read it again before you decide."}})
	}
	return s.ask(w, r, v, wish{Verb: desk.Propose, Decision: &d})
}
