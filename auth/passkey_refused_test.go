package auth_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// RELIABILITY B4-B9, B12-B14, B18, B20, STANDARDS WA-03 to WA-08, SP-02: what a
// device may say wrongly. Each is refused with one and the same answer, counts
// as one try, and leaves the passkey as it was.
func TestProvePasskey_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie  authtest.Lie
		want string
	}{
		"B7 other origin":        {authtest.Origin("https://approve.market.example.evil.example"), "origin"},
		"B7 http":                {authtest.Origin("http://approve.market.example"), "origin"},
		"B7 other port":          {authtest.Origin(home + ":8443"), "origin"},
		"B7 default port":        {authtest.Origin(home + ":443"), "origin"},
		"B7 sub-domain":          {authtest.Origin("https://x.approve.market.example"), "origin"},
		"B7 parent":              {authtest.Origin("https://market.example"), "origin"},
		"B7 trailing dot":        {authtest.Origin(home + "."), "origin"},
		"B7 upper case":          {authtest.Origin("https://APPROVE.market.example"), "origin"},
		"B7 path":                {authtest.Origin(home + "/x"), "origin"},
		"B7 user":                {authtest.Origin("https://x@approve.market.example"), "origin"},
		"B7 null":                {authtest.Origin("null"), "origin"},
		"B7 empty":               {authtest.Origin(""), "origin"},
		"B6 other relying party": {authtest.RPID("other.example"), "unverified"},
		"B6 its own host":        {authtest.RPID("approve.market.example"), "unverified"},
		"WA-01 other challenge":  {authtest.Challenge(make([]byte, 64)), "challenge"},
		"WA-01 no challenge":     {authtest.Challenge(nil), "challenge"},
		"SP-02 payment.get":      {authtest.Type("payment.get"), "type"},
		"B9 webauthn.create":     {authtest.Type("webauthn.create"), "type"},
		"B4 UV clear":            {authtest.WithoutUV(), "unverified"},
		"B5 UP clear":            {authtest.WithoutUP(), "unverified"},
		"B8 crossOrigin":         {authtest.CrossOrigin(), "framed"},
		"B8 topOrigin":           {authtest.TopOrigin(home), "framed"},
		"B12 BE changed":         {authtest.FlippedBE(), "unverified"},
		"B12 BS without BE":      {authtest.BackedUpOnly(), "unverified"},
		"B14 foreign userHandle": {authtest.UserHandle(bytes.Repeat([]byte{1}, 64)), "unverified"},
		"B13 unknown credential": {authtest.CredentialID([]byte("another")), "unknown_key"},
		"WA-11 1,024-byte id":    {authtest.CredentialID(make([]byte, 1024)), "malformed"},
		"B18 bad signature":      {authtest.BadSignature(), "unverified"},
		"B18 empty signature":    {authtest.Signature(func([]byte) []byte { return nil }), "unverified"},
		"B18 trailing byte":      {authtest.Signature(func(b []byte) []byte { return append(b, 0) }), "unverified"},
		"B18 r = 0":              {authtest.Signature(func([]byte) []byte { return []byte{0x30, 6, 2, 1, 0, 2, 1, 1} }), "unverified"},
		"B20 two challenges": {authtest.ClientData(func(s string) string {
			return strings.Replace(s, `"type"`, `"challenge":"AAAA","type"`, 1)
		}), "malformed"},
		"B20 BOM":          {authtest.ClientData(func(s string) string { return "\uFEFF" + s }), "malformed"},
		"B20 NUL":          {authtest.ClientData(func(s string) string { return s[:len(s)-1] + `,"x":"\u0000"}` }), "malformed"},
		"B20 too long":     {authtest.ClientData(func(s string) string { return s[:len(s)-1] + `,"x":"` + strings.Repeat("x", 9000) + `"}` }), "malformed"},
		"B20 trailing":     {authtest.ClientData(func(s string) string { return s + "{}" }), "malformed"},
		"B20 not UTF-8":    {authtest.ClientData(func(s string) string { return s[:len(s)-1] + ",\"x\":\"\xff\"}" }), "malformed"},
		"B20 array":        {authtest.ClientData(func(string) string { return "[]" }), "malformed"},
		"B20 upper case":   {authtest.ClientData(func(s string) string { return s[:len(s)-1] + `,"TYPE":"webauthn.create"}` }), "unverified"},
		"B20 null framing": {authtest.ClientData(func(s string) string { return strings.Replace(s, "false", "null", 1) }), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := authtest.NewDevice(home)
			w.enrol(seller, d)
			_, err := w.prove(subject("a-1"), d, c.lie)
			e := refused(t, err, approvals.CodeProofWrong)
			if e.Facts["tries_left"] != "4" || len(e.Facts) != 1 {
				t.Errorf("facts %v", e.Facts)
			}
			if w.reasons() != c.want {
				t.Errorf("refused as %q, want %q", w.reasons(), c.want)
			}
			if list, _ := w.auth.Authenticators(t.Context(), seller); !list[0].LastUsedAt.IsZero() || list[0].Failures > 1 {
				t.Errorf("the passkey changed: %+v", list[0])
			}
			if _, err := w.prove(subject("a-1"), d); err != nil {
				t.Errorf("the honest proof after it: %v", err)
			}
		})
	}
}

// B20: client data may hold members nobody knows yet.
func TestProvePasskey_ExtraClientData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	extra := authtest.ClientData(func(s string) string {
		return s[:len(s)-1] + `,"new_keys_may_be_added_here":"do not compare","future":{"a":[1]}}`
	})
	if _, err := w.prove(subject("a-1"), d, extra); err != nil {
		t.Error(err)
	}
}

// RELIABILITY B19, A13: what is no credential at all.
func TestProvePasskey_Malformed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	good := w.assertion(subject("a-1"), d)
	for i, raw := range [][]byte{
		nil, []byte("null"), []byte("[]"), []byte("{}"), []byte(`"x"`), good[:len(good)-1], append(slices.Clone(good), good...),
		bytes.Repeat([]byte("["), 1<<20), append(slices.Clone(good), bytes.Repeat([]byte(" "), 64<<10)...),
		bytes.Replace(good, []byte(`"public-key"`), []byte(`"password"`), 1),
		bytes.Replace(good, []byte(`"rawId":"`), []byte(`"rawId":"AA`), 1),
	} {
		w.pass(auth.MaxPause)
		if i%4 == 3 { // stay below the block
			if _, err := w.prove(subject("a-1"), d); err != nil {
				t.Fatal(err)
			}
			w.pass(auth.MaxPause)
		}
		_, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), raw)
		refused(t, err, approvals.CodeProofWrong)
	}
	if strings.Trim(w.reasons(), "malfored ") != "" {
		t.Errorf("refused as %q", w.reasons())
	}
}

// THREATS C9 reuse_assertion, RELIABILITY B1-B3, WA-01, TA-11: an answer counts
// once and for nothing else, and the refused one is spent all the same.
func TestReuseAssertion(t *testing.T) {
	t.Parallel()
	base := subject("a-1")
	for name, c := range map[string]struct {
		change func(*auth.Subject)
		want   string
	}{
		"replayed":         {nil, "challenge"},
		"other action":     {func(s *auth.Subject) { s.Action = "a-2" }, "other"},
		"other digest":     {func(s *auth.Subject) { s.Digest[0] ^= 1 }, "other"},
		"other stage":      {func(s *auth.Subject) { s.Stage = approvals.StageConfirmation }, "other"},
		"older generation": {func(s *auth.Subject) { s.Generation = 2 }, "other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := authtest.NewDevice(home)
			w.enrol(seller, d)
			answer, sub := w.assertion(base, d), base
			if c.change != nil {
				c.change(&sub)
			} else if _, err := w.auth.ProvePasskey(t.Context(), sub, answer); err != nil {
				t.Fatal(err)
			}
			_, err := w.auth.ProvePasskey(t.Context(), sub, answer)
			refused(t, err, approvals.CodeProofWrong)
			if w.reasons() != c.want {
				t.Errorf("refused as %q, want %q", w.reasons(), c.want)
			}
			_, err = w.auth.ProvePasskey(t.Context(), base, answer)
			refused(t, err, approvals.CodeProofWrong) // the challenge is gone
		})
	}
}

// RELIABILITY B13, WA-05: the passkey of another seller, or of the same one at another
// marketplace.
func TestForeignPasskey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, theirs := authtest.NewDevice(home), authtest.NewDevice(home)
	w.enrol(seller, own)
	other := approvals.SellerKey{Marketplace: "other", Seller: seller.Seller}
	w.enrol(other, theirs)
	sub := subject("a-1")
	sub.Seller = other
	answer := w.assertion(sub, theirs)
	_, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), answer)
	refused(t, err, approvals.CodeProofWrong)
	options, err := w.auth.BeginPasskey(t.Context(), subject("a-1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Get(options); err != authtest.ErrNotAllowed {
		t.Errorf("the other seller's device answers: %v", err)
	}
	asOther := bytes.ReplaceAll(options,
		[]byte(base64.RawURLEncoding.EncodeToString(own.Credentials()[0])),
		[]byte(base64.RawURLEncoding.EncodeToString(theirs.Credentials()[0])))
	answer, err = theirs.Get(asOther)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.auth.ProvePasskey(t.Context(), subject("a-1"), answer)
	refused(t, err, approvals.CodeProofWrong)
	if w.reasons() != "other unknown_key" {
		t.Errorf("refused as %q", w.reasons())
	}
}

// RELIABILITY B22, WA-02: five minutes, to the microsecond.
func TestChallenge_Expires(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{-time.Microsecond, 0} {
		w := newWorld(t)
		d := authtest.NewDevice(home)
		w.enrol(seller, d)
		answer := w.assertion(subject("a-1"), d)
		w.pass(auth.ChallengeLife + late)
		_, err := w.auth.ProvePasskey(t.Context(), subject("a-1"), answer)
		if late < 0 && err != nil {
			t.Errorf("in time: %v", err)
		}
		if late == 0 {
			refused(t, err, approvals.CodeProofWrong)
		}
	}
}

// STANDARDS C9, WA-09, RELIABILITY B10, B11: a counter that goes back switches a
// device-bound key off, and is a flag on the evidence of a synchronised one.
func TestCounter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		bound    bool
		counts   []uint32
		accepted int
		told     int // lines about an accepted proof whose counter went back
	}{
		{"bound, rising", true, []uint32{1, 2, 7}, 3, 0},
		{"bound, the same twice", true, []uint32{4, 4, 5}, 1, 0},
		{"bound, back", true, []uint32{4, 3}, 1, 0},
		{"bound, back to zero", true, []uint32{4, 0}, 1, 0},
		{"bound, never counts", true, []uint32{0, 0, 0}, 3, 0},
		{"synchronised, back", false, []uint32{4, 3, 3, 9}, 4, 2},
		{"synchronised, never counts", false, []uint32{0, 0}, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := authtest.NewDevice(home)
			d.BackupEligible, d.BackedUp = !c.bound, !c.bound
			w.enrol(seller, d)
			for i, n := range c.counts {
				if i > c.accepted {
					_, err := w.auth.BeginPasskey(t.Context(), subject("a-1"))
					refused(t, err, approvals.CodeNoAuthenticator)
					continue
				}
				p, err := w.prove(subject("a-1"), d, authtest.Counter(n))
				if i == c.accepted {
					refused(t, err, approvals.CodeProofWrong)
					continue
				}
				if err != nil {
					t.Fatalf("%d: %v", n, err)
				}
				back := i > 0 && n != 0 && n <= slices.Max(c.counts[:i])
				if got := bytes.Contains(p.Evidence, []byte(`"regressed":true`)); got != back {
					t.Errorf("count %d: flagged %t, want %t", n, got, back)
				}
				if p.CounterBack != back {
					t.Errorf("count %d: the policy hears of it: %t, want %t", n, p.CounterBack, back)
				}
			}
			told := 0
			for _, e := range w.store.events {
				if e.Verb == "passkey_counter_back" {
					told++
				}
			}
			if told != c.told {
				t.Errorf("told %d times, want %d", told, c.told)
			}
			if off := c.accepted < len(c.counts); strings.Contains(w.verbs(), "authenticator_disabled") != off {
				t.Errorf("events %s, want switched off: %s", w.verbs(), strconv.FormatBool(off))
			}
			if c.accepted < len(c.counts) { // suspended, and enrolment stays closed
				_, err := w.auth.BeginPasskeyEnrolment(t.Context(), seller, "x")
				refused(t, err, approvals.CodeEnrolmentClosed)
			}
		})
	}
}
