package desk

import (
	"errors"
	"slices"
	"testing"

	"countersign/approvals"
)

// TestPlaces_OfferedWhereTheyCanSucceed: of a destination only that can be proposed
// which would do something, and a refusal says why.
func TestPlaces_OfferedWhereTheyCanSucceed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ring *RingFact
		want []CaseVerb
	}{
		"no account":          {nil, nil},
		"one seller, no ring": {&RingFact{Sellers: 1}, []CaseVerb{FreezeRing, DenyDestination, DeclareShared}},
		"a ring":              {&RingFact{Ring: 1, Sellers: 2}, []CaseVerb{FreezeRing, DenyDestination, DeclareShared, EndRing}},
		"disputed":            {&RingFact{Sellers: 1, Disputed: true}, []CaseVerb{FreezeRing, DenyDestination, DeclareShared, EndRing}},
		"some are declared":   {&RingFact{Sellers: 1, Declared: 1}, []CaseVerb{FreezeRing, DenyDestination, DeclareShared, Split}},
		"all are declared":    {&RingFact{Declared: 2}, []CaseVerb{FreezeRing, DenyDestination, Split}},
		"denied":              {&RingFact{Ring: 2, Sellers: 3, Declared: 1, Denied: true, Disputed: true}, []CaseVerb{AllowDestination}},
	} {
		s := stage()
		s.Facts.Ring = tt.ring
		got := slices.DeleteFunc(s.May(), func(v CaseVerb) bool { return !v.OfPlace() })
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: may %v, want %v", name, got, tt.want)
		}
		for _, v := range CaseVerbs() {
			if !v.OfPlace() || slices.Contains(tt.want, v) {
				continue
			}
			refusal, ok := errors.AsType[*approvals.Error](s.can(v, ""))
			if !ok || refusal.Code != approvals.CodeCaseVerb || refusal.Facts["why"] == "" {
				t.Errorf("%s: %s is refused with %v", name, v, refusal)
			}
		}
	}
}

// TestPlaces_WhoIsTold: those are told whom a word is about; of a denial and a freeze
// nobody is, so that no thief learns that an account is found.
func TestPlaces_WhoIsTold(t *testing.T) {
	t.Parallel()
	s := stage()
	other := approvals.SellerKey{Marketplace: "acme", Seller: "s-2"}
	for verb, want := range map[CaseVerb]approvals.SecurityEvent{
		DeclareShared: approvals.SecuritySupportKnown, Split: approvals.SecuritySupportUnknown,
		EndRing: approvals.SecuritySupportChecked, AllowDestination: approvals.SecuritySupportChecked, DenyDestination: "", FreezeRing: "",
	} {
		d, to := Decision{ID: "d", Verb: verb, Seller: s.Case.Seller, Proposer: "p1"}, s.Case.Seller
		if verb.OfSellers() {
			d.Sellers, to = []approvals.SellerKey{other}, other
		}
		r, err := s.carryOut(d, approvals.Signature{Person: "p2"}, noon)
		switch {
		case err != nil:
			t.Errorf("%s: %v", verb, err)
		case want == "" && (len(r.Said) > 0 || r.Seller != nil):
			t.Errorf("%s: somebody is told: %+v", verb, r.Said)
		case want != "" && (len(r.Said) != 1 || r.Said[0].Notice.What != want || r.Said[0].Seller != to):
			t.Errorf("%s: told %+v", verb, r.Said)
		}
	}
}

// TestPlaces_NamedSellers: who is said to share an account has named it, is named
// once, and is not what is said of them already.
func TestPlaces_NamedSellers(t *testing.T) {
	t.Parallel()
	key := func(id approvals.SellerID) approvals.SellerKey {
		return approvals.SellerKey{Marketplace: "acme", Seller: id}
	}
	s := stage()
	s.Facts.Ring, s.Proposals = &RingFact{Sellers: 1, Declared: 1}, nil
	s.Named = []Share{{Seller: key("new")}, {Seller: key("old"), Declared: true}}
	for _, tt := range []struct {
		verb    CaseVerb
		sellers []approvals.SellerKey
		good    bool
	}{
		{DeclareShared, []approvals.SellerKey{key("new")}, true},
		{Split, []approvals.SellerKey{key("old")}, true},
		{DeclareShared, []approvals.SellerKey{key("new"), key("old")}, false},
		{Split, []approvals.SellerKey{key("old"), key("new")}, false},
		{DeclareShared, []approvals.SellerKey{key("new"), key("new")}, false},
		{DeclareShared, []approvals.SellerKey{key("nobody")}, false},
	} {
		_, err := s.draft(Intent{Verb: tt.verb, Sellers: tt.sellers, Reason: KnownShared, Person: s.Person.ID}, "id")
		if tt.good != (err == nil) || !tt.good && !errors.Is(err, approvals.Refuse(approvals.CodeInvalid)) {
			t.Errorf("%s %v: %v", tt.verb, tt.sellers, err)
		}
	}
}
