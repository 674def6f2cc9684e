//go:build !race

// Under the race detector each decision takes ten times as long: .ci/test runs this
// without it.

package approvaldb_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/approvals/risk"
)

// TestThreats_C5: a hundred sellers in 169 days, under the policy that is compiled in.
// Each thief was led onto a phishing page's own passkey: it is enrolled, usable for
// money, 40 days old and independent, so no rule about a code, a young device or a
// young passkey says no, and what stops a payment is that sellers are compared. They
// come in bursts of ten in a day, as campaigns do (Uber 2018), from one network and
// with one browser: alike in two traits.
func TestThreats_C5(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		accounts int
		random   bool
		apart    bool // alike in nothing
		found    int  // the latest attempt at which something is stopped, 0 for never
		paid     int  // at most
	}{
		// Asked apart, the account alone tells.
		{"ring_seq m=5", 5, false, true, 2, 0}, {"ring_rand m=5", 5, true, true, 6, 5},
		{"ring_seq m=20", 20, false, true, 2, 0}, {"ring_rand m=20", 20, true, true, 11, 20},
		// Each account once: what is alike is a campaign's to show.
		{"ring_seq m=100", 100, false, false, 3, 20}, {"ring_rand m=100", 100, true, false, 3, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &campaign{t: t, World: approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock()), apart: tt.apart}
			c.Service.Rings, c.Service.Policy = c.Parts.Rings, risk.Default()
			c.play(tt.accounts, tt.random)
			t.Logf("%d of %d attacks paid, found by attempt %d", c.paid, victims, c.found)
			if c.paid > tt.paid || c.found == 0 || c.found > tt.found {
				t.Errorf("%d attacks were paid, want %d at most; found by attempt %d, want %d", c.paid, tt.paid, c.found, tt.found)
			}
		})
	}
}

const (
	victims = 100
	burst   = 10 // a day
)

// campaign is a thief with many sellers' passkeys and mailboxes.
type campaign struct {
	*approvalstest.World
	t       *testing.T
	apart   bool
	waiting []approvals.Action
	stopped map[string]bool // by fingerprint: a ring was found
	paid    int
	found   int // what was first stopped, by the number of the attempt
}

func (c *campaign) play(accounts int, random bool) {
	order := rand.New(rand.NewPCG(2018, 5))
	for n := range victims {
		account := n * accounts / victims
		if random {
			account = order.IntN(accounts)
		}
		c.attack(n, account)
		c.Clock.Advance(time.Hour)
		if n%burst == burst-1 {
			c.collect()
			c.Clock.Advance(169*24*time.Hour*burst/victims - burst*time.Hour)
			c.collect()
		}
	}
	for range 2 {
		c.Clock.Advance(72 * time.Hour)
		c.collect()
	}
}

// request is a change of the n-th victim, who was paid elsewhere before.
func (c *campaign) request(n, account int) approvals.Request {
	r := c.To(c.SellerKey(int64(n+1)), account)
	r.Details = fmt.Appendf(nil, `{"from":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"},"to":{"holder":"Anna Rossi","sort_code":"204060","account_number":"%08d"}}`, 90_000_000+n, account)
	r.Seller.Country = "GB"
	r.Seller.Contacts[0].Email = fmt.Sprintf("s@mail-%d.example", n)
	if c.apart {
		r.Context.IP, r.Context.UserAgent = fmt.Sprintf("10.0.%d.1", n), fmt.Sprintf("Browser %d", n)
	}
	return r
}

// old is a proof by what was enrolled 40 days ago.
func (c *campaign) old(p approvals.Proof) approvals.Proof {
	p.Since = p.At.AddDate(0, 0, -40)
	return p
}

// attack asks for a change of one more seller and proves it if that is possible.
func (c *campaign) attack(n, account int) {
	c.t.Helper()
	a, err := c.Service.Create(c.t.Context(), c.request(n, account))
	if err != nil {
		c.t.Fatal(err)
	}
	if a.State == approvals.AwaitingStepUp {
		p := c.old(c.Proof(a, approvals.StageStepUp))
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
		p := c.old(c.Proof(a, approvals.StageConfirmation))
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
