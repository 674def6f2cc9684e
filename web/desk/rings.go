package desk

import (
	"net/http"
	"strconv"
	"strings"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
	"countersign/web/page"
)

const (
	ringsPath = Base + "/rings"
	ringsPage = 25
)

// ringList is the list of C8.
func (s *Site) ringList(w http.ResponseWriter, r *http.Request, v *visit) error {
	before := int64(0)
	if asked := r.URL.Query().Get("before"); asked != "" {
		var err error
		if before, err = ringNumber(asked); err != nil {
			return err
		}
	}
	found, err := s.Views.Rings.Rings(r.Context(), before, ringsPage+1)
	if err != nil {
		return err
	}
	p := templates.DeskRings{DevFrame: s.frame(v)}
	if len(found) > ringsPage {
		found = found[:ringsPage]
		p.Next = templates.Link(ringsPath + "?before=" + found[ringsPage-1].Name())
	}
	for _, ring := range found {
		p.Rings = append(p.Rings, templates.DeskRingLine{
			Name: ring.Name(), URL: ringLink(ring.Number), Account: accountOf(ring.Account), Sellers: sellersOf(ring),
			Span: templates.DeskSpan(ring.Last.Sub(ring.First)), Stake: stakeOf(ring.Stake), State: ringState(ring.State), Since: ring.Since,
		})
	}
	return s.show(w, http.StatusOK, p)
}

// ringNumber reads a ring's name. What is no name is a page that there is not.
func ringNumber(name string) (int64, error) {
	digits, is := strings.CutPrefix(name, "R-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !is || err != nil || n < 1 {
		return 0, approvals.Refuse(approvals.CodeNotFound)
	}
	return n, nil
}

func ringLink(number int64) templates.Link {
	return templates.Link(ringsPath + "/R-" + strconv.FormatInt(number, 10))
}

// ringShow is one ring, as a picture and as tables.
func (s *Site) ringShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	ring, err := s.ringOf(r)
	if err != nil {
		return err
	}
	return s.showRing(w, r, v, ring, http.StatusOK, nil)
}

// ringBack leads from the address of a form back to the ring.
func (s *Site) ringBack(w http.ResponseWriter, r *http.Request, _ *visit) error {
	number, err := ringNumber(r.PathValue("ring"))
	if err != nil {
		return err
	}
	return page.SeeOther(w, string(ringLink(number)))
}

// ringOf is the ring that an address is about.
func (s *Site) ringOf(r *http.Request) (desk.RingDossier, error) {
	number, err := ringNumber(r.PathValue("ring"))
	if err != nil {
		return desk.RingDossier{}, err
	}
	return s.Views.Rings.Ring(r.Context(), number)
}

// showRing prints a ring as it is now, and what is wrong with what was sent about it.
func (s *Site) showRing(w http.ResponseWriter, r *http.Request, v *visit, ring desk.RingDossier, status int, wrong []templates.DevFault) error {
	p := templates.DeskRing{DevFrame: s.frame(v), Name: ring.Name(), Summary: summaryOf(ring), Note: ringNote(ring.State), More: ring.More}
	p.Facts = []templates.DevFact{{Name: "State", Value: ringState(ring.State)}}
	if !ring.Since.IsZero() {
		p.Facts = append(p.Facts, templates.DevFact{Name: "Since", Value: clock(ring.Since)})
	}
	p.Facts = append(p.Facts, templates.DevFact{Name: "Compared", Value: scopeOf(ring.Key)}, templates.DevFact{Name: "As of", Value: clock(s.Now())})
	one := oneMarket(ring.Members)
	for _, m := range ring.Members {
		p.Sellers = append(p.Sellers, ringSeller(m, one))
	}
	p.Destinations = ringDestinations(ring, one)
	p.Wrong = wrong
	fillRingControls(&p, v, ring, one)
	if p.Share != nil {
		d, err := s.Cases.Case(r.Context(), ring.Case)
		if err != nil {
			return err
		}
		p.Share.Seen = seen(d.Facts)
	}
	return s.show(w, status, p)
}

// ringDestinations are the ring's own destination, and what else its sellers share.
func ringDestinations(ring desk.RingDossier, one bool) []templates.DeskRingDestination {
	own := templates.DeskRingDestination{Account: accountOf(ring.Account), Ring: templates.DeskPointer{Name: ring.Name() + ", this one"}}
	for _, m := range ring.Members {
		own.Sellers = append(own.Sellers, sellerName(m.Seller, one))
	}
	out := []templates.DeskRingDestination{own}
	for _, o := range ring.Others {
		d := templates.DeskRingDestination{Account: accountOf(o.Account), Hub: o.Hub}
		if o.Number > 0 {
			d.Ring = templates.DeskPointer{Name: "R-" + strconv.FormatInt(o.Number, 10), URL: ringLink(o.Number)}
		}
		for _, seller := range o.Sellers {
			d.Sellers = append(d.Sellers, sellerName(seller, one))
		}
		out = append(out, d)
	}
	return out
}

func ringSeller(m desk.RingMember, one bool) templates.DeskRingSeller {
	out := templates.DeskRingSeller{
		ID: sellerName(m.Seller, one), First: m.First, Last: m.Last, Declared: m.Declared, What: knownOf(m), Stake: stakeOf(desk.StakeOf(m.Waiting)),
	}
	for _, a := range m.Waiting {
		state := string(a.State)
		if a.Hold != "" {
			state += ", " + string(a.Hold)
		}
		out.Waiting = append(out.Waiting, templates.DeskRingAction{Reference: a.Reference, Kind: string(a.Kind), State: state})
	}
	if m.Case > 0 {
		out.Case = templates.DeskPointer{Name: "C-" + strconv.FormatInt(m.Case, 10), URL: caseLink(m.Case)}
	}
	return out
}
