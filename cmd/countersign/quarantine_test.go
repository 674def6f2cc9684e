package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/client"
)

// TestRule11_ToldWhenUsable: a seller nobody vouches for is written to when the
// first authenticator comes to count, where the test clock passes by it, once.
func TestRule11_ToldWhenUsable(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	shop, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
	if err != nil {
		t.Fatal(err)
	}
	asked := newChange(d, victim)
	asked.Seller.OnboardedAt = time.Time{}
	a, err := shop.CreateAction(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if err := person(t, d).Approve(t.Context(), a.Next.URL); err != nil {
		t.Fatal(err)
	}
	usable := d.Gateway.Clock.Now().Add(7 * 24 * time.Hour)
	for _, c := range []struct {
		by   time.Duration
		want int
	}{{7*24*time.Hour - time.Minute, 0}, {2 * time.Minute, 1}, {30 * 24 * time.Hour, 1}} {
		if _, err := shop.AdvanceTestClock(t.Context(), c.by); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, m := range d.Mailbox.Messages() {
			if strings.Contains(m.Subject, "can approve payouts now") {
				told++
			}
		}
		if told != c.want {
			t.Errorf("told %d times at %v, want %d; it counts from about %v", told, d.Gateway.Clock.Now(), c.want, usable)
		}
	}
}
