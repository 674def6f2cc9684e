package deliver

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

func decoded(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The known answer of Standard Webhooks (standard-webhooks @b2fa7b8,
// libraries/go/webhook_test.go, Apache-2.0) for v1; for v1a, of which there is
// none, what OpenSSL signs of the same bytes with the key of RFC 8032 §7.1,
// TEST 1.
func TestWH01_KnownAnswers(t *testing.T) {
	t.Parallel()
	key := approvals.EndpointKey{Secret: decoded(t, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}
	const v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	const v1a = "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw=="
	for want, seed := range map[string]string{v1: "", v1 + " " + v1a: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"} {
		var err error
		if key.Seed, err = hex.DecodeString(seed); err != nil {
			t.Fatal(err)
		}
		d := thin("msg_p5jXN8AQM9LWM0D4loKWxJek", approvals.Endpoint{Keys: []approvals.EndpointKey{key}})
		if got, err := sign(d, at, []byte(`{"test": 2432232314}`)); err != nil || got != want {
			t.Errorf("signature %q, %v, want %q", got, err, want)
		}
	}
	if public := key.PublicText(); len(key.Seed) > 0 && public != "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" {
		t.Errorf("public key %q", public)
	}
}

// TestWH04_WhoSigns: two live keys sign four times, one whose time is over does
// not sign, and without a live key nothing is sent.
func TestWH04_WhoSigns(t *testing.T) {
	t.Parallel()
	fresh, old, gone := approvals.NewEndpointKey(), approvals.NewEndpointKey(), approvals.NewEndpointKey()
	old.Until, gone.Until = at.Add(time.Second), at
	for _, c := range []struct {
		keys []approvals.EndpointKey
		want int
	}{{[]approvals.EndpointKey{fresh}, 2}, {[]approvals.EndpointKey{fresh, old}, 4}, {[]approvals.EndpointKey{fresh, old, gone}, 4}, {[]approvals.EndpointKey{gone}, 0}, {nil, 0}} {
		got, err := sign(thin("1", approvals.Endpoint{Keys: c.keys}), at, []byte("{}"))
		seen := map[string]bool{}
		for _, s := range strings.Fields(got) {
			seen[s] = true
		}
		if len(seen) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%d keys: %d signatures, %v, want %d", len(c.keys), len(seen), err, c.want)
		}
	}
}

// TestWH02_Sizes: a secret has 24 to 64 bytes, a seed 32.
func TestWH02_Sizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		secret, seed int
		ok           bool
	}{{23, 32, false}, {24, 32, true}, {64, 32, true}, {65, 32, false}, {32, 31, false}, {32, 0, true}, {0, 32, false}} {
		k := approvals.EndpointKey{Secret: make([]byte, c.secret), Seed: make([]byte, c.seed)}
		_, err := sign(thin("1", approvals.Endpoint{Keys: []approvals.EndpointKey{k}}), at, []byte("{}"))
		if k.Valid() != c.ok || (err == nil) != c.ok {
			t.Errorf("%+v: %v, %v", c, k.Valid(), err)
		}
	}
}
