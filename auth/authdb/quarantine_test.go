package authdb_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

// webhooks are the types of the webhooks about the seller and no action, sorted.
func (g *gateway) webhooks() []string {
	g.t.Helper()
	var types []string
	err := g.DB.Read(g.t.Context()).Raw("SELECT type FROM deliveries WHERE action IS NULL AND seller = ? ORDER BY type", string(g.seller.Seller)).Scan(&types).Error
	if err != nil {
		g.t.Fatal(err)
	}
	return types
}

func (g *gateway) announce(want int) {
	g.t.Helper()
	if n, err := g.auth.AnnounceUsable(g.t.Context(), 100); err != nil || n != want {
		g.t.Errorf("announced %d, %v, want %d", n, err, want)
	}
}

// TestRule11_UsableIsAnnounced: when the wait of a first authenticator is over,
// and not before, every contact and the marketplace learn of it, once.
func TestRule11_UsableIsAnnounced(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		g.firstPasskey(time.Time{})
		if told := g.told(); !slices.Equal(whats(told), []string{"authenticator_first"}) {
			t.Fatalf("told %v", whats(told))
		}
		list, err := g.auth.Authenticators(t.Context(), g.seller)
		if err != nil {
			t.Fatal(err)
		}
		end := list[0].UsableFrom
		if next, err := g.Parts.Waker.NextDue(t.Context(), end.Add(-time.Minute)); err != nil || !next.Equal(end) {
			t.Errorf("the next deadline is %v, %v, want %v", next, err, end)
		}
		g.Clock.Set(end.Add(-time.Microsecond))
		g.announce(0)
		g.Clock.Set(end)
		g.announce(1)
		g.announce(0)
		told := g.told()
		if !slices.Equal(whats(told), []string{"authenticator_usable"}) || told[0].Method != approvals.Passkey || !told[0].At.Equal(end) || told[0].Origin != (approvals.Origin{}) {
			t.Errorf("told %+v", told)
		}
		if got := g.webhooks(); !slices.Equal(got, []string{"authenticator.added", "authenticator.usable"}) {
			t.Errorf("webhooks %v", got)
		}
		var left int
		if err := db.Read(t.Context()).Raw("SELECT count(*) FROM authenticators WHERE announce_at IS NOT NULL").Scan(&left).Error; err != nil || left != 0 {
			t.Errorf("%d deadlines are left, %v", left, err)
		}
		if err := try(t, db, "UPDATE authenticators SET announce_at = usable_from"); err == nil {
			t.Error("it can be announced again")
		}
	})
}

// TestRule11_AnnouncedOnce: many nodes find the same ones, and one of them tells
// of each.
func TestRule11_AnnouncedOnce(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		g := newGateway(t, db)
		sellers := []approvals.SellerKey{g.seller}
		for range 9 {
			sellers = append(sellers, g.newSeller())
		}
		for _, g.seller = range sellers {
			g.firstApp(time.Time{})
		}
		g.told()
		g.Clock.Advance(169 * time.Hour)
		var nodes sync.WaitGroup
		for range 8 {
			nodes.Go(func() {
				if _, err := g.auth.AnnounceUsable(g.t.Context(), 100); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if told := g.told(); !slices.Equal(whats(told), slices.Repeat([]string{"authenticator_usable"}, len(sellers))) {
			t.Errorf("told %v", whats(told))
		}
		for _, g.seller = range sellers {
			if got := fmt.Sprint(g.webhooks()); got != "[authenticator.added authenticator.usable]" {
				t.Errorf("webhooks %s", got)
			}
		}
	})
}

// TestRule11_NothingToAnnounce: of one that was usable at once, or is no more
// when its wait is over, nothing is said later.
func TestRule11_NothingToAnnounce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		enrol    func(g *gateway)
		dealt    int
		webhooks string
	}{
		"vouched":      {func(g *gateway) { g.passkey() }, 0, "[authenticator.added authenticator.usable]"},
		"switched off": {switchedOff, 1, "[authenticator.added]"},
		"worn out": {func(g *gateway) {
			g.firstPasskey(time.Time{})
			exec(g.t, g.DB, "UPDATE authenticators SET failures = 100")
		}, 1, "[authenticator.added]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
				g := newGateway(t, db)
				c.enrol(g)
				g.told()
				g.Clock.Advance(200 * time.Hour)
				g.announce(c.dealt)
				g.announce(0)
				if told := g.told(); len(told) != 0 {
					t.Errorf("told %v", whats(told))
				}
				if got := fmt.Sprint(g.webhooks()); got != c.webhooks {
					t.Errorf("webhooks %s, want %s", got, c.webhooks)
				}
			})
		})
	}
}

func switchedOff(g *gateway) {
	g.firstPasskey(time.Time{})
	list, err := g.auth.Authenticators(g.t.Context(), g.seller)
	if err != nil {
		g.t.Fatal(err)
	}
	one := list[0]
	one.DisabledAt = g.Clock.Now()
	err = g.store.Disable(g.t.Context(), one, audit.Event{
		ID: newID(), Marketplace: string(g.seller.Marketplace), Seller: string(g.seller.Seller), Verb: "authenticator_disabled",
		Actor: audit.Actor{Type: audit.System}, At: one.DisabledAt, Data: map[string]string{"authenticator": one.ID},
	})
	if err != nil {
		g.t.Fatal(err)
	}
}
