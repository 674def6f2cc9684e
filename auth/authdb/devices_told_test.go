package authdb_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// signs is a browser's answer about a challenge of this subject.
func (g *gateway) signs(sub auth.Subject, b *authtest.Browser) auth.DeviceAnswer {
	g.t.Helper()
	challenge, err := g.auth.BeginDevice(g.ctx(), sub)
	if err != nil {
		g.t.Fatal(err)
	}
	signature, err := b.Sign(challenge)
	if err != nil {
		g.t.Fatal(err)
	}
	return auth.DeviceAnswer{Key: b.Key(), Signature: signature, Challenge: challenge, UserAgent: from.UserAgent}
}

// coded proves with the app's next code in this browser.
func (g *gateway) coded(sub auth.Subject, app *authtest.App, b *authtest.Browser) approvals.Proof {
	g.t.Helper()
	g.Clock.Advance(time.Minute)
	p, err := g.auth.Prove(g.ctx(), sub, auth.Answer{Code: app.Code(g.Clock.Now()), Device: g.signs(sub, b)})
	if err != nil {
		g.t.Fatal(err)
	}
	return p
}

func newBrowser(t *testing.T) *authtest.Browser {
	t.Helper()
	b, err := authtest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deviceLines are the seller's audit lines of new devices.
func (g *gateway) deviceLines() (ids []string) {
	g.t.Helper()
	lines, err := g.Parts.Reader.SellerEvents(g.t.Context(), approvals.EventQuery{Seller: g.seller, Verbs: []string{"device_added"}, Limit: 10})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, l := range lines {
		ids = append(ids, l.Data["device"])
	}
	return ids
}

// THREATS finding 2: no device grows old in silence. One relayed code that
// brings a thief's browser along is told to every contact, at the moment that
// the browser's age counts from, and "not me" there takes that age away.
func TestDevices_ANewOneIsTold(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		app, owner, thief := g.app(), newBrowser(t), newBrowser(t)
		own := g.coded(g.subject(), app, owner)
		g.told()
		g.Clock.Advance(time.Hour)
		p := g.coded(g.subject(), app, thief)
		told := g.told()
		if len(told) != 1 || told[0].What != approvals.SecurityDeviceAdded || told[0].Origin != from {
			t.Fatalf("told %+v", told)
		}
		if n := told[0]; !n.At.Equal(g.Clock.Now()) || !n.From.Equal(p.DeviceKnownFrom) || p.DeviceKnownFrom.Before(n.At.Add(auth.DeviceKnown)) {
			t.Errorf("told %+v of a device known from %s", n, p.DeviceKnownFrom)
		}
		if got := g.deviceLines(); !slices.Equal(got, []string{p.Device, own.Device}) && !slices.Equal(got, []string{own.Device, p.Device}) {
			t.Errorf("lines about %v, want %s and %s", got, own.Device, p.Device)
		}
		g.coded(g.subject(), app, thief)
		if again := g.told(); len(again) > 0 {
			t.Errorf("seen again and told %v", whats(again))
		}

		g.Clock.Advance(auth.DeviceKnown)
		links, err := g.Service.NoticeLinks(t.Context(), g.seller, []time.Time{told[0].At})
		if err != nil || len(links) != 1 {
			t.Fatalf("links %v, %v", links, err)
		}
		for token := range maps.Values(links) {
			if locked, err := g.Service.Disown(t.Context(), token); err != nil || !locked {
				t.Fatalf("not me: %t, %v", locked, err)
			}
		}
		if left, err := g.auth.Devices(t.Context(), g.seller); err != nil || len(left) > 0 {
			t.Errorf("after the lock there are %v, %v", left, err)
		}
	})
}

// What a vouched seller enrols on first is told with the authenticator, once.
// A device that was removed is new when it comes back: told again, and no older.
func TestDevices_ToldOnceAndAgainAfterRemoval(t *testing.T) {
	t.Parallel()
	g := newGateway(t, approvalstest.OpenSQLite(t))
	g.told()
	b := newBrowser(t)
	e, err := g.auth.BeginCodeEnrolment(g.ctx(), g.seller, "anna")
	if err != nil {
		t.Fatal(err)
	}
	app, answer := g.scan(e)
	answer.Onboarded, answer.Device = g.Clock.Now(), g.signs(auth.Subject{Seller: g.seller}, b)
	if _, err := g.auth.FinishCodeEnrolment(g.ctx(), g.seller, answer); err != nil {
		t.Fatal(err)
	}
	first := g.coded(g.subject(), app, b)
	if told := whats(g.told()); !slices.Equal(told, []string{string(approvals.SecurityFirstAuthenticator)}) || first.DeviceKnownFrom.After(g.Clock.Now()) {
		t.Errorf("enrolled: told %v, known from %s", told, first.DeviceKnownFrom)
	}
	if err := g.auth.RevokeDevice(g.ctx(), g.seller, first.Device); err != nil {
		t.Fatal(err)
	}
	back := g.coded(g.subject(), app, b)
	if told := whats(g.told()); !slices.Equal(told, []string{string(approvals.SecurityDeviceAdded)}) {
		t.Errorf("removed and back: told %v", told)
	}
	if back.Device == first.Device || back.DeviceKnownFrom.Before(g.Clock.Now().Add(auth.DeviceKnown)) {
		t.Errorf("removed and back: %s known from %s", back.Device, back.DeviceKnownFrom)
	}
}

// Device, line and notice are saved together or not at all.
func TestDevices_NoneUntold(t *testing.T) {
	t.Parallel()
	g := newGateway(t, approvalstest.OpenSQLite(t))
	app, b, sub := g.app(), newBrowser(t), g.subject()
	exec(t, g.DB, "CREATE TRIGGER untold BEFORE INSERT ON security_notices BEGIN SELECT RAISE(ABORT, 'untold'); END")
	g.Clock.Advance(time.Minute)
	if p, err := g.auth.Prove(g.ctx(), sub, auth.Answer{Code: app.Code(g.Clock.Now()), Device: g.signs(sub, b)}); err == nil {
		t.Errorf("a proof on a device that nobody was told of: %+v", p)
	}
	if left, err := g.auth.Devices(t.Context(), g.seller); err != nil || len(left) > 0 || len(g.deviceLines()) > 0 {
		t.Errorf("kept %v and lines %v, %v", left, g.deviceLines(), err)
	}
}
