package approvalstest

import (
	"bytes"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
)

// notice is a notice of this kind with every fact there can be.
func (w *World) notice(what approvals.SecurityEvent) approvals.SecurityNotice {
	now := w.Clock.Now()
	return approvals.SecurityNotice{
		What: what, At: now, Origin: approvals.Origin{IP: "203.0.113.24", UserAgent: "Mozilla/5.0 (Windows) Firefox/140.0", Country: "NL"},
		Method: approvals.TOTP, Name: "old phone", From: now.Add(time.Hour), Until: now.Add(2 * time.Hour), Left: 5,
	}
}

// secured sends every mail that is due and returns the security notices.
func (w *World) secured(t *testing.T) []approvals.OutMail {
	t.Helper()
	var told []approvals.OutMail
	for _, m := range w.SendMails(t) {
		if m.Mail.Kind == approvals.MailSecurity {
			told = append(told, m)
		}
	}
	return told
}

func noticeTold(t *testing.T, w *World) {
	a := w.Create(t)
	w.secured(t)
	want := w.notice(approvals.SecurityFirstAuthenticator)
	ok(t, w.DB.InTx(ctx, func(tx *approvaldb.Tx) error { return tx.NotifySeller(a.SellerKey(), want) }))
	if n := len(w.pending(t, approvals.OutgoingMail)); n != len(a.Contacts) {
		t.Errorf("%d mails, want one for each of %d contacts", n, len(a.Contacts))
	}
	w.Clock.Advance(time.Minute)
	told := w.secured(t)
	if len(told) != 2 || told[0].Mail.To != a.Contacts[0].Email || told[1].Mail.To != a.Contacts[1].Email {
		t.Fatalf("told %+v", told)
	}
	want.ID = told[0].Notice.ID
	for _, m := range told {
		same(t, "the notice", *m.Notice, want)
		if m.Action != nil || m.StopToken != w.Keys.Links().NoticeToken(want.ID) || m.ConfirmToken != "" {
			t.Errorf("the mail is about %v and carries %q, %q", m.Action, m.StopToken, m.ConfirmToken)
		}
	}
	key, found, err := w.Parts.Notices.Notice(ctx, approvals.HashToken(told[0].StopToken))
	ok(t, err)
	same(t, "whose link it is", key, a.SellerKey())
	same(t, "what the link finds", found, want)
	atThatTime, err := w.Parts.Notices.NoticesAt(ctx, a.SellerKey(), []time.Time{want.At, want.At.Add(time.Hour)})
	ok(t, err)
	same(t, "found by its time", atThatTime, []approvals.SecurityNotice{{ID: want.ID, What: want.What, At: want.At}})
	at, err := w.Parts.Notices.NoticeMailedAt(ctx, want.ID)
	ok(t, err)
	same(t, "mailed at", at, w.Clock.Now())
}

func noticeSealed(t *testing.T, w *World) {
	a := w.Create(t)
	ok(t, w.Parts.Notices.NotifySeller(ctx, a.SellerKey(), w.notice(approvals.SecurityBlocked)))
	var facts, hash []byte
	ok(t, w.DB.SQL().QueryRowContext(ctx, "SELECT facts, stop_hash FROM security_notices").Scan(&facts, &hash))
	for _, clear := range []string{"203.0.113.24", "Firefox", "old phone"} {
		if bytes.Contains(facts, []byte(clear)) {
			t.Errorf("%q is stored in clear", clear)
		}
	}
	if token := w.secured(t)[0].StopToken; bytes.Contains(hash, []byte(token)) || len(hash) != 32 {
		t.Errorf("the token is stored: %x", hash)
	}
}

func noticeRepeated(t *testing.T, w *World) {
	a, b := w.Create(t), w.Create(t)
	w.secured(t)
	tell := func(key approvals.SellerKey, what approvals.SecurityEvent) int {
		t.Helper()
		ok(t, w.Parts.Notices.NotifySeller(ctx, key, w.notice(what)))
		return len(w.secured(t))
	}
	for _, tt := range []struct {
		name  string
		key   approvals.SellerKey
		what  approvals.SecurityEvent
		after time.Duration
		want  int
	}{
		{"the first", a.SellerKey(), approvals.SecurityDowngrade, 0, 2},
		{"at once again", a.SellerKey(), approvals.SecurityDowngrade, 0, 0},
		{"another kind", a.SellerKey(), approvals.SecurityBlocked, 0, 2},
		{"another seller", b.SellerKey(), approvals.SecurityDowngrade, 0, 2},
		{"within ten minutes", a.SellerKey(), approvals.SecurityDowngrade, approvals.NoticePause - time.Second, 0},
		{"after ten minutes", a.SellerKey(), approvals.SecurityDowngrade, time.Second, 2},
		{"a mandatory one", a.SellerKey(), approvals.SecurityAuthenticatorOff, 0, 2},
		{"a mandatory one again (FP-03)", a.SellerKey(), approvals.SecurityAuthenticatorOff, 0, 2},
		{"what nobody is told", a.SellerKey(), approvals.SecurityWrongCode, time.Hour, 0},
	} {
		w.Clock.Advance(tt.after)
		if got := tell(tt.key, tt.what); got != tt.want {
			t.Errorf("%s: %d mails, want %d", tt.name, got, tt.want)
		}
	}
}

func noticeUnknown(t *testing.T, w *World) {
	a := w.Create(t)
	ok(t, w.Parts.Notices.NotifySeller(ctx, a.SellerKey(), w.notice(approvals.SecuritySignedOut)))
	for _, token := range []string{"", "n", w.Keys.Links().Token(approvals.StopLink, a.ID, 1)} {
		_, _, err := w.Parts.Notices.Notice(ctx, approvals.HashToken(token))
		refused(t, err, approvals.CodeNotFound)
	}
	_, err := w.Parts.Notices.NoticeMailedAt(ctx, "x")
	refused(t, err, approvals.CodeNotFound)
	if at, err := w.Parts.Notices.NoticeMailedAt(ctx, NewID()); err != nil || !at.IsZero() {
		t.Errorf("mailed at %v, %v", at, err)
	}
	before := w.footprint(t)
	if err := w.Parts.Notices.NotifySeller(ctx, approvals.SellerKey{Marketplace: "acme", Seller: "nobody"}, w.notice(approvals.SecuritySignedOut)); err == nil {
		t.Error("a seller nobody knows was told")
	}
	same(t, "what is stored", w.footprint(t), before)
}

// noticeRefused: a refusal and its notice are saved together, and who is told
// by another mail is not told twice.
func noticeRefused(t *testing.T, w *World) {
	a := w.Create(t)
	w.secured(t)
	n := w.notice(approvals.SecurityDowngrade)
	n.Except = []string{a.Contacts[0].Email}
	e := audit.Event{
		Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID), Generation: 1, Verb: "step_up",
		Actor: a.SellerActor(), At: w.Clock.Now(), Data: map[string]string{"refused": string(approvals.CodeMethod)},
	}
	ok(t, w.Service.RefuseTold(ctx, e, n))
	told := w.secured(t)
	if len(told) != 1 || told[0].Mail.To != a.Contacts[1].Email {
		t.Errorf("told %+v", told)
	}
	events, err := w.Service.Reader.Timeline(ctx, a.Key())
	ok(t, err)
	if last := events[len(events)-1]; last.Verb != "step_up" || last.Data["refused"] != string(approvals.CodeMethod) || last.Version != 0 {
		t.Errorf("event %+v", last)
	}
}
