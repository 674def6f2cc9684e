package auth_test

import (
	"testing"
	"time"

	"countersign/auth"
)

// NI-02: without working passkeys there is no service.
func TestNew_Refuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, change := range map[string]func(*auth.Config){
		"no store":           func(c *auth.Config) { c.Store = nil },
		"no sealer":          func(c *auth.Config) { c.Sealer = nil },
		"no clock":           func(c *auth.Config) { c.Now = nil },
		"no ids":             func(c *auth.Config) { c.NewID = nil },
		"no rp id":           func(c *auth.Config) { c.RPID = "" },
		"rp id an address":   func(c *auth.Config) { c.RPID, c.Origins = "https://market.example", []string{home} },
		"no rp name":         func(c *auth.Config) { c.RPName = "" },
		"no origin":          func(c *auth.Config) { c.Origins = nil },
		"http":               func(c *auth.Config) { c.Origins = []string{"http://approve.market.example"} },
		"path":               func(c *auth.Config) { c.Origins = []string{home + "/"} },
		"upper case":         func(c *auth.Config) { c.Origins = []string{"https://Approve.market.example"} },
		"other domain":       func(c *auth.Config) { c.Origins = []string{home, "https://approve.other.example"} },
		"domain with a tail": func(c *auth.Config) { c.Origins = []string{"https://evilmarket.example"} },
		"no issuer":          func(c *auth.Config) { c.Issuer = "" },
		"issuer &":           func(c *auth.Config) { c.Issuer = "A&B" },
		"issuer colon":       func(c *auth.Config) { c.Issuer = "A:B" },
		"issuer too long":    func(c *auth.Config) { c.Issuer = "123456789012345678901234567890123" },
	} {
		c := w.config(w.store)
		change(&c)
		if _, err := auth.New(c); err == nil {
			t.Errorf("%s: starts", name)
		}
	}
	c := w.config(w.store)
	c.RPID, c.Origins = "localhost", []string{"http://localhost:8080"}
	if _, err := auth.New(c); err != nil {
		t.Errorf("localhost: %v", err)
	}
}

// PS-07, STANDARDS C5: five minutes idle, fifteen in all.
func TestSession_Live(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		seen, now time.Duration
		want      bool
	}{
		{0, 5 * time.Minute, true},
		{0, 5*time.Minute + time.Second, false},
		{14 * time.Minute, 15 * time.Minute, true},
		{14 * time.Minute, 15*time.Minute + time.Second, false},
	} {
		s := auth.Session{CreatedAt: start, SeenAt: start.Add(c.seen)}
		if got := s.Live(start.Add(c.now)); got != c.want {
			t.Errorf("seen %v, now %v: %t", c.seen, c.now, got)
		}
	}
}
