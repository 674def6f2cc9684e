package approvals_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

func TestKeyMaker_Check(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	good := approvals.KeyWish{Marketplace: "m", Name: "Shop"}
	for name, c := range map[string]struct {
		change func(*approvals.KeyWish)
		live   bool
		field  string
	}{
		"good":                    {func(*approvals.KeyWish) {}, false, ""},
		"no name":                 {func(w *approvals.KeyWish) { w.Name = " " }, false, "name"},
		"a long name":             {func(w *approvals.KeyWish) { w.Name = strings.Repeat("é", 61) }, false, "name"},
		"a name that turns":       {func(w *approvals.KeyWish) { w.Name = "a\u202eb" }, false, "name"},
		"a name of two lines":     {func(w *approvals.KeyWish) { w.Name = "a\nb" }, false, "name"},
		"an unknown scope":        {func(w *approvals.KeyWish) { w.Scopes = []approvals.Scope{"admin"} }, false, "scopes"},
		"a scope twice":           {func(w *approvals.KeyWish) { w.Scopes = []approvals.Scope{"webhooks", "webhooks"} }, false, "scopes"},
		"the clock of a live one": {func(w *approvals.KeyWish) { w.Scopes = []approvals.Scope{approvals.ScopeTestClock} }, true, "scopes"},
		"half a range":            {func(w *approvals.KeyWish) { w.Ranges = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/8")} }, false, "ranges"},
		"a range of nothing":      {func(w *approvals.KeyWish) { w.Ranges = []netip.Prefix{{}} }, false, "ranges"},
		"ended when made":         {func(w *approvals.KeyWish) { w.ExpiresAt = now }, false, "expires_at"},
	} {
		w := good
		c.change(&w)
		m := approvals.KeyMaker{Test: !c.live, Now: func() time.Time { return now }}
		checked, err := m.Check(w)
		refusal, _ := err.(*approvals.Error)
		switch {
		case c.field == "" && (err != nil || len(checked.Scopes) != 4):
			t.Errorf("%s: %v, %v", name, checked, err)
		case c.field != "" && (refusal == nil || len(refusal.Fields) != 1 || refusal.Fields[0].Field != c.field):
			t.Errorf("%s: %v", name, err)
		}
	}
	live, err := approvals.KeyMaker{Now: func() time.Time { return now }}.Check(good)
	if err != nil || (approvals.APIKey{Scopes: live.Scopes}).May(approvals.ScopeTestClock) {
		t.Errorf("all of a live gateway: %v, %v", live.Scopes, err)
	}
}

func TestAPIKey_From(t *testing.T) {
	t.Parallel()
	ranges, err := approvals.ParseRanges([]string{"203.0.113.0/24", "", " 2001:db8::7 "})
	if err != nil {
		t.Fatal(err)
	}
	k := approvals.APIKey{Ranges: ranges}
	for address, want := range map[string]bool{
		"203.0.113.9": true, "::ffff:203.0.113.9": true, "203.0.114.9": false, "2001:db8::7": true, "2001:db8::8": false,
	} {
		if k.From(netip.MustParseAddr(address)) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
	if k.From(netip.Addr{}) || !(approvals.APIKey{}).From(netip.Addr{}) {
		t.Error("an address that is not known is on no list, and on an empty one")
	}
	for _, wrong := range []string{"market.example", "203.0.113.0/33", "fe80::1%eth0", "1.2.3"} {
		if _, err := approvals.ParseRanges([]string{wrong}); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

func TestNewKeySecret(t *testing.T) {
	t.Parallel()
	for test, prefix := range map[bool]string{true: "cs_test_", false: "cs_live_"} {
		secret, hint := approvals.NewKeySecret(test)
		if !strings.HasPrefix(secret, prefix) || len(secret) != len(prefix)+43 || hint != prefix+"…"+secret[len(secret)-4:] {
			t.Errorf("%s for a key of %d characters", hint, len(secret))
		}
	}
}
