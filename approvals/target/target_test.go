package target_test

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"

	"countersign/approvals/target"
)

func TestCheck_OneReading(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"/", "/bank", "/bank/", "/bank?tab=1", "/sellers/42/bank-account", "/a.b/c_d~e", "/a%20b", "/caf%C3%A9", "/caf%c3%a9",
		"/x?next=%2Fbank", "/x?a=1&a=2", "/x?/bank", "/@me:1/a,b", "/x?q=50%25", "/x??", "/...", "/.well-known/x",
		"/" + strings.Repeat("a", target.Max-1),
	} {
		if err := target.Check(raw); err != nil {
			t.Errorf("%.60q: %v", raw, err)
		}
	}
}

// G1 to G13 of RELIABILITY §9, and the spellings of §10.
func TestCheck_Ambiguous(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "bank", "*", "http://market.example/bank", "//bank", "//evil.example/bank", "/a//bank", "/bank//", "/./bank", "/bank/.", "/bank/..", "/x/../bank",
		"/%2e%2e/bank", "/x/%2E./bank", "/a%2fbank", "/a%2Fbank", "/a%5cbank", "/a%252fbank", "/%252e%252e/bank", `/a\bank`, "/bank;x=1", "/a/..;/bank", "/bank%3bx=1",
		"/%62ank", "/ban%6B", "/%7Eme", "/bank%00", "/bank%0d%0aX:1", "/bank%09", "/bank%1f", "/bank%7f", "/bank\x00", "/bank\t", "/bank x", "/bank\r\n", "/bank\x7f",
		"/b\u00e4nk", "/\u017fank", "/\u212aank", "/bank#x", "/bank%", "/bank%2", "/bank%zz", "/%u002e/bank", "/%c0%ae%c0%ae/bank", "/%FF", "/bank?x=%FF", "/bank?x=1;y=2", "/bank?x=%zz", "/bank?x=%", "/bank?x=%00", "/bank?x=%0a",
		"/bank?x=\u00e4", "/bank?<x>", "/bank?a#b", "/bank|", "/bank^", "/bank`", `/bank"`, "/{bank}",
		"/" + strings.Repeat("a", target.Max), "/" + strings.Repeat("a/", 4000),
	} {
		if err := target.Check(raw); !errors.Is(err, target.ErrAmbiguous) {
			t.Errorf("%.60q: %v", raw, err)
		}
	}
}

// FuzzCheck: what passes is read the same decoded once, decoded twice and
// cleaned, by net/url as by anybody.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"/bank?tab=1", "/a%20b", "/caf%C3%A9", "/x/../bank", "/a%252fb", "//a", "/a;b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if target.Check(raw) != nil {
			return
		}
		u, err := url.ParseRequestURI(raw)
		if err != nil || u.Host != "" || u.Opaque != "" {
			t.Fatalf("%q: %v", raw, err)
		}
		if _, err := url.ParseQuery(u.RawQuery); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if clean := path.Clean(u.Path); u.Path != clean && u.Path != clean+"/" {
			t.Fatalf("%q is %q cleaned", raw, clean)
		}
		if twice, err := url.PathUnescape(u.Path); err != nil || twice != u.Path {
			t.Fatalf("%q is %q decoded twice", raw, twice)
		}
		if strings.Count(u.Path, "/") != strings.Count(strings.SplitN(raw, "?", 2)[0], "/") {
			t.Fatalf("%q hides a slash", raw)
		}
	})
}
