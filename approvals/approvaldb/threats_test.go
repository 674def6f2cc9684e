package approvaldb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

// TestThreats_C5: a hundred sellers in 169 days, whose thief holds all that a code
// and a mailbox can show, and no policy but the waits: what stops a payment here is
// that sellers are compared. One account after the other, or at random.
func TestThreats_C5(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct { // the last two with COUNTERSIGN_RINGS=all
		name     string
		accounts int
		random   bool
		paid     int // at most
	}{
		{"ring_seq m=5", 5, false, 0}, {"ring_rand m=20", 20, true, 20},
		// Nothing is compared where each account is used once: that is a campaign's to show.
		{"ring_seq m=100", 100, false, 100},
		{"ring_seq m=20", 20, false, 0}, {"ring_rand m=5", 5, true, 5},
	}[:layouts()] {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &campaign{t: t, World: approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())}
			c.Service.Rings = c.Parts.Rings
			order := rand.New(rand.NewPCG(2018, 5))
			const victims = 100
			for n := range victims {
				account := n * tt.accounts / victims
				if tt.random {
					account = order.IntN(tt.accounts)
				}
				c.attack(n, account)
				c.Clock.Advance(169 * 24 * time.Hour / victims)
				c.collect()
			}
			for range 2 {
				c.Clock.Advance(72 * time.Hour)
				c.collect()
			}
			t.Logf("%d accounts: %d of %d attacks paid, found by attempt %d", tt.accounts, c.paid, victims, c.found)
			if c.paid > tt.paid {
				t.Errorf("%d attacks were paid, want %d at most", c.paid, tt.paid)
			}
			if !tt.random && tt.accounts < victims && c.found != 2 {
				t.Errorf("found by attempt %d, want 2", c.found)
			}
			if tt.accounts == victims && c.found != 0 {
				t.Errorf("a ring of one at attempt %d", c.found)
			}
		})
	}
}

func layouts() int {
	if os.Getenv("COUNTERSIGN_RINGS") == "all" {
		return 5
	}
	return 3
}

// campaign is a thief with many sellers' codes and mailboxes.
type campaign struct {
	*approvalstest.World
	t       *testing.T
	waiting []approvals.Action
	stopped map[string]bool // by fingerprint: a ring was found
	paid    int
	found   int // the first ring, by the number of the attempt
}

// attack asks for a change of one more seller and proves it if that is possible.
func (c *campaign) attack(n, account int) {
	c.t.Helper()
	a, err := c.Service.Create(c.t.Context(), c.To(c.SellerKey(int64(n+1)), account))
	if err != nil {
		c.t.Fatal(err)
	}
	if a.State == approvals.AwaitingStepUp {
		p := c.Proof(a, approvals.StageStepUp)
		p.Method, p.UV = approvals.TOTP, false
		if proved, err := c.Service.StepUp(c.t.Context(), a.Key(), p); err == nil {
			a = c.AcceptNotices(c.t, proved)
		}
	}
	c.waiting = append(c.waiting, a)
	ring := c.Read(c.t, a).State == approvals.Held
	if ring && c.found == 0 {
		c.found = n + 1
	}
	for _, other := range c.waiting { // within the same moment, nothing on it goes on
		if now := c.Read(c.t, other); ring && now.Fingerprint == a.Fingerprint && now.State.Waiting() {
			c.t.Errorf("attempt %d found a ring, and the action of %s is %s", n+1, other.Seller, now.State)
		}
	}
	if ring {
		if c.stopped == nil {
			c.stopped = map[string]bool{}
		}
		c.stopped[a.Fingerprint] = true
	}
}

// collect confirms what may be confirmed and takes the money.
func (c *campaign) collect() {
	c.t.Helper()
	var left []approvals.Action
	for _, a := range c.waiting {
		a = c.Read(c.t, a)
		if a.State != approvals.CoolingOff || c.Clock.Now().Before(a.NotBefore) {
			left = append(left, a)
			continue
		}
		a = c.Pass(c.t, a)
		p := c.Proof(a, approvals.StageConfirmation)
		p.Method, p.UV = approvals.TOTP, false
		a, err := c.Service.Confirm(c.t.Context(), a.Key(), c.ConfirmLink(a), p)
		if err == nil {
			_, err = c.Service.Claim(c.t.Context(), a.Key(), a.Details, nil)
		}
		if err != nil {
			c.t.Errorf("the thief has all that is asked for: %v", err)
			continue
		}
		c.paid++
		if c.stopped[a.Fingerprint] {
			c.t.Errorf("the account of %s was paid after its ring was found", a.Seller)
		}
	}
	c.waiting = left
}

// TestThreats_C13_cancel_loop: five cancelled changes are a case, whoever goes on
// asking or stopping, and the account of before is where the seller is paid.
func TestThreats_C13_cancel_loop(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	key := w.SellerKey(1)
	for n := 1; n <= 5; n++ {
		r := w.Request(key)
		a, err := w.Service.Create(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		a = w.DriveOn(t, a, approvals.Notifying)
		before, _ := a.EffectiveDestination()
		if a, err = w.Service.Cancel(t.Context(), a.Key(), approvals.ChangedMind, a.SellerActor()); err != nil {
			t.Fatal(err)
		}
		after, err := a.EffectiveDestination()
		if err != nil || before == nil || after == nil || after.IBAN != before.IBAN || before.IBAN != "NL91ABNA0417164300" {
			t.Errorf("cancel %d: paid into %v, then %v, %v", n, before, after, err)
		}
		opened, err := w.Parts.Cases.OpenCase(t.Context(), key)
		if got := fmt.Sprint(opened.Reason, err == nil); got != map[bool]string{true: "cancel_looptrue", false: "false"}[n == 5] {
			t.Errorf("after %d cancels: %s", n, got)
		}
		w.Clock.Advance(time.Hour)
	}
	if seller, err := w.Parts.Reader.Seller(t.Context(), key); err != nil || seller.Locked {
		t.Errorf("locked: %v, %v", seller.Locked, err)
	}
}
