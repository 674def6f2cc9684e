package authdb_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// from is a request of somebody in a browser.
var from = approvals.Origin{IP: "203.0.113.24", UserAgent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}

func (g *gateway) ctx() context.Context { return approvals.WithOrigin(g.t.Context(), from) }

// told lets the sweeper pass and returns the notices that were mailed since the
// last look, each of which must have reached both contacts (NI-20).
func (g *gateway) told() []approvals.SecurityNotice {
	g.t.Helper()
	if _, err := g.Service.Tell(g.t.Context(), 100); err != nil {
		g.t.Fatal(err)
	}
	times := map[string]int{}
	var all []approvals.SecurityNotice
	for _, m := range g.SendMails(g.t) {
		if m.Notice == nil {
			continue
		}
		if times[m.Notice.ID]++; times[m.Notice.ID] == 1 {
			all = append(all, *m.Notice)
		}
	}
	for id, n := range times {
		if n != 2 {
			g.t.Errorf("notice %s reached %d contacts, want 2", id, n)
		}
	}
	return all
}

func whats(told []approvals.SecurityNotice) []string {
	out := []string{}
	for _, n := range told {
		out = append(out, string(n.What))
	}
	return out
}

// guess sends n wrong codes, far enough apart.
func (g *gateway) guess(app *authtest.App, sub auth.Subject, n int) error {
	var err error
	for range n {
		g.Clock.Advance(30 * time.Second)
		_, err = g.auth.ProveCode(g.ctx(), sub, wrongCode(app, g.Clock.Now()))
	}
	return err
}

func (g *gateway) subject() auth.Subject {
	g.t.Helper()
	r := g.Request(g.seller)
	r.Supersede = true
	a, err := g.Service.Create(g.t.Context(), r)
	if err != nil {
		g.t.Fatal(err)
	}
	return auth.SubjectOf(a, approvals.StageStepUp)
}

// TestNI14_FirstAuthenticator (NI-14): every contact learns of it, with the name, from
// when it counts, and from where it came.
func TestNI14_FirstAuthenticator(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		g.told()
		d := authtest.NewDevice(home)
		options, err := g.auth.BeginPasskeyEnrolment(g.ctx(), g.seller, "Anna")
		if err != nil {
			t.Fatal(err)
		}
		made, err := d.Create(options)
		if err != nil {
			t.Fatal(err)
		}
		added, err := g.auth.FinishPasskeyEnrolment(g.ctx(), g.seller, auth.PasskeyAnswer{Name: "Phone", Credential: made})
		if err != nil {
			t.Fatal(err)
		}
		told := g.told()
		if len(told) != 1 {
			t.Fatalf("told %v", whats(told))
		}
		want := approvals.SecurityNotice{
			ID: told[0].ID, What: approvals.SecurityFirstAuthenticator, At: g.Clock.Now(), Origin: from,
			Method: approvals.Passkey, Name: "Phone", From: added.UsableFrom,
		}
		if got := told[0]; fmt.Sprint(got) != fmt.Sprint(want) || added.UsableFrom.Equal(g.Clock.Now()) {
			t.Errorf("told\n%+v, want\n%+v", got, want)
		}
	})
}

// TestMF06_OT09_Block (MF-06, OT-09): the first wrong code tells nobody, the fifth in a row
// sends one notice that says until when.
func TestMF06_OT09_Block(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		app := g.app()
		sub := g.subject()
		g.told()
		refused(t, g.guess(app, sub, 4), approvals.CodeProofWrong)
		if told := g.told(); len(told) != 0 {
			t.Errorf("after four: %v", whats(told))
		}
		refused(t, g.guess(app, sub, 1), approvals.CodeTooManyTries)
		told := g.told()
		if len(told) != 1 || told[0].What != approvals.SecurityBlocked || !told[0].Until.Equal(g.Clock.Now().Add(15*time.Minute)) || told[0].Origin != from {
			t.Errorf("after five: %+v", told)
		}
		refused(t, g.guess(app, sub, 3), approvals.CodeProvingBlocked)
		if told := g.told(); len(told) != 0 {
			t.Errorf("while it lasts: %v", whats(told))
		}
	})
}

// TestA1_Replay: a right code again is refused as a wrong one is, and the
// seller is told once in ten minutes; a wrong one leaves nothing.
func TestA1_Replay(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		app := g.app()
		g.Clock.Advance(time.Minute)
		sub := g.subject()
		code := app.Code(g.Clock.Now())
		if _, err := g.auth.ProveCode(g.ctx(), sub, code); err != nil {
			t.Fatal(err)
		}
		g.told()
		sizes := map[string]int{}
		for _, try := range []struct{ name, code string }{{"replayed", code}, {"wrong", wrongCode(app, g.Clock.Now())}, {"again", code}} {
			before := g.rows()
			_, err := g.auth.ProveCode(g.ctx(), sub, try.code)
			refused(t, err, approvals.CodeProofWrong)
			sizes[try.name] = g.rows() - before
			g.Clock.Advance(25 * time.Second) // the code is still one of the three that are looked at
		}
		if sizes["replayed"] != sizes["wrong"] || sizes["again"] != sizes["wrong"] || sizes["wrong"] == 0 {
			t.Errorf("rows written: %v", sizes)
		}
		told := g.told()
		if !slices.Equal(whats(told), []string{"code_replayed"}) || told[0].Origin != from {
			t.Errorf("told %+v", told)
		}
	})
}

// rows counts what a refused try may write.
func (g *gateway) rows() int {
	g.t.Helper()
	total := 0
	for _, table := range []string{"events", "security_notices", "mails", "notice_mails"} {
		var n int
		if err := g.DB.Read(g.t.Context()).Raw("SELECT count(*) FROM " + table).Scan(&n).Error; err != nil {
			g.t.Fatal(err)
		}
		total += n
	}
	return total
}

// TestPS06_LastTries (PS-06): the seller is told before an app is switched off for
// good, whatever block comes with it, and when it is.
func TestPS06_LastTries(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		app := g.app()
		sub := g.subject()
		g.told()
		for _, c := range []struct {
			failures int // before the guess
			want     []string
			left     int
		}{
			{78, []string{}, 0}, {79, []string{"last_tries"}, 20}, {80, []string{}, 0}, {94, []string{"last_tries"}, 5}, {98, []string{}, 0},
			{99, []string{"authenticator_disabled"}, 0},
		} {
			exec(t, db, "UPDATE authenticators SET failures = ?", c.failures)
			exec(t, db, "UPDATE proving SET failures = 0, blocked_until = NULL")
			refused(t, g.guess(app, sub, 1), approvals.CodeProofWrong)
			told := g.told()
			if !slices.Equal(whats(told), c.want) || c.left > 0 && (told[0].Left != c.left || told[0].Method != approvals.TOTP) {
				t.Errorf("after %d failures: %+v", c.failures+1, told)
			}
		}
	})
}

// TestPS06_LastTriesAndBlock: where a block begins with the very try that is
// told of, one notice says both.
func TestPS06_LastTriesAndBlock(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		app := g.app()
		sub := g.subject()
		g.told()
		refused(t, g.guess(app, sub, 1), approvals.CodeProofWrong)
		exec(t, db, "UPDATE authenticators SET failures = 94")
		exec(t, db, "UPDATE proving SET failures = 4")
		refused(t, g.guess(app, sub, 1), approvals.CodeTooManyTries)
		told := g.told()
		if len(told) != 1 || told[0].What != approvals.SecurityLastTries || told[0].Left != 5 || !told[0].Until.Equal(g.Clock.Now().Add(15*time.Minute)) {
			t.Errorf("told %+v", told)
		}
	})
}

// TestNI20_RecoveryCodes: made and used, each is told.
func TestNI20_RecoveryCodes(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		g.passkey()
		g.told()
		made, err := g.auth.MakeRecoveryCodes(g.ctx(), g.seller)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.auth.UseRecoveryCode(g.ctx(), g.seller, made.Codes[0]); err != nil {
			t.Fatal(err)
		}
		if told := g.told(); !slices.Equal(whats(told), []string{"recovery_codes_made", "recovery_code_used"}) {
			t.Errorf("told %+v", told)
		}
	})
}

// TestNI20_Care: what a seller's session asks for and cannot take back is told,
// once in ten minutes.
func TestNI20_Care(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		g.told()
		for hours := 1; hours <= 3; hours++ {
			if err := g.Service.WaitLonger(g.ctx(), g.seller, time.Duration(hours)*time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Service.TravelLock(g.ctx(), g.seller, g.Clock.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := g.Service.Prefer(g.ctx(), g.seller, "en", "Europe/Rome"); err != nil {
			t.Fatal(err)
		}
		for _, l := range []string{"it", "en"} { // one notice in ten minutes
			if err := g.Service.Prefer(g.ctx(), g.seller, l, "Europe/Rome"); err != nil {
				t.Fatal(err)
			}
		}
		told := g.told()
		if !slices.Equal(whats(told), []string{"wait_lengthened", "travel_locked", "language_changed"}) || told[0].Origin != from || told[2].Locale != "it" {
			t.Errorf("told %+v", told)
		}
		g.Clock.Advance(approvals.NoticePause)
		if err := g.Service.Prefer(g.ctx(), g.seller, "en", "UTC"); err != nil {
			t.Fatal(err)
		}
		if told := g.told(); len(told) != 0 {
			t.Errorf("of another zone: told %v", whats(told))
		}
	})
}

// TestWA09_CounterTold: a synchronised passkey whose counter goes back proves
// what it proves, and every contact learns of it.
func TestWA09_CounterTold(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		d := g.passkey()
		g.told()
		for _, count := range []uint32{4, 3} {
			sub := g.subject()
			g.told()
			options, err := g.auth.BeginPasskey(g.ctx(), sub)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := d.Get(options, authtest.Counter(count))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := g.auth.ProvePasskey(g.ctx(), sub, answer); err != nil {
				t.Fatal(err)
			}
		}
		told := g.told()
		if !slices.Equal(whats(told), []string{"counter_back"}) || told[0].Method != approvals.Passkey || told[0].Origin != from {
			t.Errorf("told %+v", told)
		}
	})
}
