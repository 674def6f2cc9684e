package approvalstest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// auditRead: the log is read newest first, by cursor and by what is asked for, what
// was taken out of it is an event itself, and what was written fits together (UX C7).
func auditRead(t *testing.T, w *World) {
	log := w.Parts.AuditViews
	begun := w.Clock.Now()
	a := w.Drive(t, approvals.CoolingOff)
	w.Clock.Advance(2 * time.Hour)
	b := w.DriveOn(t, w.Named(t, 2, 7), approvals.AwaitingConfirmation)
	all, err := log.Events(ctx, desk.AuditQuery{Limit: desk.AuditPage})
	ok(t, err)
	if all.Next != "" || len(all.Events) < 6 || !slices.IsSortedFunc(all.Events, func(x, y audit.Event) int { return strings.Compare(y.ID, x.ID) }) {
		t.Fatalf("the log is %+v", all)
	}
	var paged []audit.Event
	for q := (desk.AuditQuery{Limit: 2}); ; {
		page, err := log.Events(ctx, q)
		ok(t, err)
		paged = append(paged, page.Events...)
		if q.Before = page.Next; q.Before == "" {
			break
		}
	}
	same(t, "by pages", paged, all.Events)
	for name, q := range map[string]desk.AuditQuery{
		"actor":  {Actor: "system"},
		"verb":   {Verb: "step_up"},
		"seller": {Seller: string(b.Seller)},
		"action": {Action: a.ID},
		"from":   {From: begun.Add(time.Hour)},
		"to":     {To: begun.Add(time.Hour)},
		"none":   {Verb: "step_up", Actor: "operator"},
		"never":  {Action: "no-id"},
	} {
		q.Limit = desk.AuditPage
		got, err := log.Events(ctx, q)
		ok(t, err)
		var want []audit.Event
		for _, e := range all.Events {
			if q.Matches(e) {
				want = append(want, e)
			}
		}
		same(t, name, got.Events, want)
		if never := name == "none" || name == "never"; never != (len(want) == 0) || len(want) == len(all.Events) {
			t.Errorf("%s: %d of %d match", name, len(want), len(all.Events))
		}
	}
	checked, err := log.Check(ctx, w.Clock.Now())
	ok(t, err)
	same(t, "checked", []int{checked.Events, checked.Actions, len(checked.Faults)}, []int{len(all.Events), 2, 0})
	auditExport(t, w, log)
}

func auditExport(t *testing.T, w *World, log desk.AuditLog) {
	out, err := desk.Export(ctx, log, desk.AuditQuery{Verb: "audit_exported"}, Agent, w.Clock.Now())
	ok(t, err)
	n := 0
	for e, err := range out {
		ok(t, err)
		if n++; e.Actor != Agent || e.Data["of_verb"] != "audit_exported" {
			t.Errorf("an export is noted as %+v", e)
		}
	}
	same(t, "exports", n, 1)
}

// handoverQuiet: where nothing happened there is nothing to hand over (UX C9).
func handoverQuiet(t *testing.T, w *World) {
	h, err := w.Parts.Shift.Handover(ctx, NewID(), []string{NewID()}, w.Clock.Now())
	ok(t, err)
	same(t, "of nothing", h, desk.Handover{Week: desk.Pace{Days: 7}, Month: desk.Pace{Days: 30}})
}
