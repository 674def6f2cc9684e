package approvalstest

import (
	"testing"
	"time"

	"countersign/approvals"
)

// sellerChoices: what a seller chose is kept, and the database lets nobody take
// care back.
func sellerChoices(t *testing.T, w *World) {
	key := w.Create(t).SellerKey()
	until := w.Clock.Now().Add(9 * 24 * time.Hour)
	ok(t, w.Service.Prefer(ctx, key, "en", "Asia/Tokyo"))
	ok(t, w.Service.WaitLonger(ctx, key, 48*time.Hour))
	ok(t, w.Service.TravelLock(ctx, key, until))
	s, err := w.Parts.Reader.Seller(ctx, key)
	ok(t, err)
	same(t, "choices", s.Choices, approvals.Choices{Locale: "en", TimeZone: "Asia/Tokyo", ExtraWait: 48 * time.Hour, TravelUntil: until.UTC()})
	same(t, "language", s.Locale, "en")
	refused(t, w.Service.WaitLonger(ctx, key, time.Hour), approvals.CodeLessCare)
	w.travelStops(t)
	page, _, err := w.Service.History(ctx, w.Parts.Reader, approvals.HistoryQuery{
		Seller: key, Events: true, Verbs: []string{"preferences_changed", "wait_lengthened", "travel_locked"}, Limit: 10,
	})
	ok(t, err)
	for _, e := range page {
		t.Logf("%s %v", e.Event.Verb, e.Event.Data)
	}
	same(t, "events, the refusal among them", len(page), 4)
	for name, statement := range map[string]string{
		"a shorter wait":  "UPDATE sellers SET extra_wait = extra_wait - 1",
		"no wait":         "UPDATE sellers SET extra_wait = 0",
		"no travel lock":  "UPDATE sellers SET travel_until = NULL",
		"a negative wait": "UPDATE sellers SET extra_wait = -1",
		"an earlier end":  "UPDATE sellers SET travel_until = created_at",
	} {
		if _, err := w.DB.SQL().ExecContext(ctx, statement); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// travelStops: the choices are read where an action moves, too.
func (w *World) travelStops(t *testing.T) {
	t.Helper()
	approved, asked := w.Drive(t, approvals.Approved), w.Create(t)
	for _, a := range []approvals.Action{approved, asked} {
		ok(t, w.Service.TravelLock(ctx, a.SellerKey(), w.Clock.Now().Add(time.Hour)))
		ok(t, w.Service.Prefer(ctx, a.SellerKey(), "en", "Asia/Tokyo"))
	}
	_, err := w.Service.Claim(ctx, approved.Key(), approved.Details, nil)
	refused(t, err, approvals.CodeTravelLock)
	_, err = w.Service.StepUp(ctx, asked.Key(), w.Proof(asked, approvals.StageStepUp))
	refused(t, err, approvals.CodeTravelLock)
	var seen approvals.Seller
	_, err = w.Parts.Store.Update(ctx, asked.Key(), func(a approvals.Action, s approvals.Seller) (approvals.Change, error) {
		seen = s
		return approvals.Unchanged(a), nil
	})
	ok(t, err)
	stored, err := w.Parts.Reader.Seller(ctx, asked.SellerKey())
	ok(t, err)
	same(t, "the seller of a move", seen, stored)
	w.Clock.Advance(time.Hour)
	_, err = w.Service.Claim(ctx, approved.Key(), approved.Details, nil)
	ok(t, err)
}
