package dev

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
)

const keysPath = Base + "/keys"

// keyList is D2.
func (s *Site) keyList(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := s.Keys.Keys.APIKeys(r.Context(), v.market.ID)
	if err != nil {
		return err
	}
	p := templates.DevKeys{DevFrame: s.frame(v), New: keysPath + "/new"}
	for _, k := range all {
		row := templates.DevKey{APIKey: k, Live: k.Live(s.Now())}
		if row.Live {
			row.URL = templates.Link(keysPath + "/" + k.ID)
		}
		p.Keys = append(p.Keys, row)
	}
	if err := s.told(w, r, v); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, p)
}

// scopeTexts say what each scope is for.
var scopeTexts = map[approvals.Scope]string{
	approvals.ScopeActionsRead:  "read actions, sellers and evidence",
	approvals.ScopeActionsWrite: "create, cancel, claim and report actions; hand over and lock sellers",
	approvals.ScopeWebhooks:     "endpoints, deliveries and the list of events",
	approvals.ScopeTestClock:    "move the clock of a test gateway",
}

// lives are how long a key may count, in days; 0 is until it is revoked.
var lives = []int{90, 365, 0}

func (s *Site) keyNew(w http.ResponseWriter, _ *http.Request, v *visit) error {
	return s.askForKey(w, v, http.StatusOK, page.Form{"scope": scopeNames(), "days": {"90"}}, nil)
}

func scopeNames() []string {
	var names []string
	for _, scope := range approvals.Scopes() {
		names = append(names, string(scope))
	}
	return names
}

// askForKey is the form of a new key, with what was typed and what is wrong.
func (s *Site) askForKey(w http.ResponseWriter, v *visit, status int, f page.Form, wrong []approvals.FieldError) error {
	p := templates.DevKeyNew{DevFrame: s.frame(v), Submit: keysPath, Name: f.Get("name"), Ranges: f.Get("ranges")}
	for _, scope := range approvals.Scopes() {
		if scope == approvals.ScopeTestClock && !s.Keys.Test {
			continue
		}
		p.Scopes = append(p.Scopes, templates.DevChoice{Value: string(scope), Text: scopeTexts[scope], Chosen: slices.Contains(f["scope"], string(scope))})
	}
	for _, days := range lives {
		text := strconv.Itoa(days) + " days"
		if days == 0 {
			text = "until it is revoked"
		}
		p.Days = append(p.Days, templates.DevChoice{Value: strconv.Itoa(days), Text: text, Chosen: f.Get("days") == strconv.Itoa(days)})
	}
	p.Wrong = faultsOf(wrong)
	return s.show(w, status, p)
}

// faultsOf are fields that are wrong, for the summary.
func faultsOf(wrong []approvals.FieldError) []templates.DevFault {
	var all []templates.DevFault
	for _, e := range wrong {
		all = append(all, templates.DevFault{Field: e.Field, Message: e.Field + " " + e.Message})
	}
	return all
}

// wished reads the form of a new key.
func (s *Site) wished(f page.Form, v *visit) (approvals.KeyWish, error) {
	wish := approvals.KeyWish{Marketplace: v.market.ID, Name: f.Get("name")}
	for _, scope := range f["scope"] {
		wish.Scopes = append(wish.Scopes, approvals.Scope(scope))
	}
	if len(wish.Scopes) == 0 {
		return wish, approvals.Invalid(approvals.FieldError{Field: "scopes", Message: "must be one at least"})
	}
	days, err := strconv.Atoi(f.Get("days"))
	if err != nil || !slices.Contains(lives, days) {
		return wish, approvals.Invalid(approvals.FieldError{Field: "days", Message: "must be one of those in the list"})
	}
	if days > 0 {
		wish.ExpiresAt = s.Now().Add(time.Duration(days) * 24 * time.Hour)
	}
	if wish.Ranges, err = approvals.ParseRanges(strings.FieldsFunc(f.Get("ranges"), func(r rune) bool { return r == ' ' || r == ',' })); err != nil {
		return wish, err
	}
	return s.Keys.Check(wish)
}

// keyAdd makes a key, or asks for a fresh passkey first where it is a live one.
func (s *Site) keyAdd(w http.ResponseWriter, r *http.Request, v *visit) error {
	wish, err := s.wished(v.form, v)
	if fields := page.Wrong(err); fields != nil {
		return s.askForKey(w, v, http.StatusUnprocessableEntity, v.form, fields)
	}
	if err != nil {
		return err
	}
	return s.decideOrDo(w, r, v, decision{Verb: verbAdd, Wish: wish})
}

// keyShow is one key that counts, to be rolled or revoked.
func (s *Site) keyShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	k, err := s.liveKey(r, v)
	if err != nil {
		return err
	}
	at := keysPath + "/" + k.ID
	p := templates.DevKeyShow{DevFrame: s.frame(v), Key: k, Roll: templates.Post(at + "/roll"), Revoke: templates.Post(at + "/revoke")}
	for _, d := range approvals.Overlaps() {
		p.Overlaps = append(p.Overlaps, templates.DevChoice{Value: d.String(), Text: overlapText(d), Chosen: d == 24*time.Hour})
	}
	return s.show(w, http.StatusOK, p)
}

func overlapText(d time.Duration) string {
	switch d {
	case 0:
		return "now"
	case time.Hour:
		return "in 1 hour"
	}
	if d <= 24*time.Hour {
		return "in " + strconv.Itoa(int(d/time.Hour)) + " hours"
	}
	return "in " + strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

func (s *Site) liveKey(r *http.Request, v *visit) (approvals.APIKey, error) {
	k, err := s.Keys.Keys.APIKey(r.Context(), v.market.ID, r.PathValue("id"))
	if err == nil && !k.Live(s.Now()) {
		err = approvals.Refuse(approvals.CodeNotFound)
	}
	return k, err
}

// keyRoll makes a key in the place of another, or asks for a fresh passkey
// first where it is a live one.
func (s *Site) keyRoll(w http.ResponseWriter, r *http.Request, v *visit) error {
	k, err := s.liveKey(r, v)
	if err != nil {
		return err
	}
	if !k.RolledAt.IsZero() { // before a passkey is asked for
		return approvals.Refuse(approvals.CodeKeyRolled)
	}
	overlap, err := time.ParseDuration(v.form.Get("overlap"))
	if err != nil || !slices.Contains(approvals.Overlaps(), overlap) {
		return approvals.Invalid(approvals.FieldError{Field: "overlap", Message: "must be one of those in the list"})
	}
	return s.decideOrDo(w, r, v, decision{Verb: verbRoll, Key: k.ID, Hint: k.Hint, Name: k.Name, Overlap: overlap})
}

// keyRevoke ends a key at once. It stops and opens nothing, so it asks for no
// fresh proof.
func (s *Site) keyRevoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	k, err := s.liveKey(r, v)
	if err != nil {
		return err
	}
	if err := s.Keys.Revoke(r.Context(), v.market.ID, k.ID, v.maker()); err != nil {
		return err
	}
	v.Values.Done = "The key " + k.Hint + " opens nothing any more."
	if err := s.Sessions.Touch(w, r, v.Presence); err != nil {
		return err
	}
	return page.SeeOther(w, keysPath)
}

// maker is the person as the maker of a key.
func (v *visit) maker() approvals.Maker {
	return approvals.Maker{Actor: v.Person.Actor(), Name: v.Person.Name}
}
