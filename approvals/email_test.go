package approvals_test

import (
	"strings"
	"testing"

	"countersign/approvals"
)

// RELIABILITY C13, C14.
func TestParseEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"giulia@ferri.example":                 "giulia@ferri.example",
		"Giulia.Ferri+bank@Ferri.EXAMPLE":      "Giulia.Ferri+bank@ferri.example",
		"o'neil@a-b.example":                   "o'neil@a-b.example",
		"g@bücher.example":                     "g@xn--bcher-kva.example",
		"g@BÜCHER.example":                     "g@xn--bcher-kva.example",
		"g@xn--bcher-kva.example":              "g@xn--bcher-kva.example",
		strings.Repeat("a", 64) + "@b.example": strings.Repeat("a", 64) + "@b.example",
		"g@1.example":                          "g@1.example",
		"g@mail.localhost":                     "g@mail.localhost",
	} {
		if got, err := approvals.ParseEmail(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "@", "a", "a@", "@b.example", "a@b@c.example", "a@@b.example", "a@b", "a@localhost",
		`"a b"@c.example`, `"a"@c.example`, `a"@c.example`, "a b@c.example", " a@c.example", "a@c.example ",
		"Giulia <a@c.example>", "<a@c.example>", "a@c.example,b@c.example", "a@c.example;b@c.example", "group:a@c.example;",
		"(x)a@c.example", "a@c.example(x)", "a(x)@c.example", "a@c.(x)example",
		".a@c.example", "a.@c.example", "a..b@c.example", "a@.c.example", "a@c.example.", "a@c..example", "a@-c.example", "a@c-.example",
		"a@[127.0.0.1]", "a@127.0.0.1", "a@[IPv6:::1]", "a@c.1", "a@c_d.example", "a@c!d.example", "a@c%d.example",
		"a\r\nBcc: x@y.example@c.example", "a@c.example\r\nBcc: x@y.example", "a\x00@c.example", "a@c\x00.example", "a\tb@c.example",
		"=?utf-8?q?a?=@c.example\n", "ünal@c.example", "а@c.example", "a@c.exa\u202emple", "a\u200b@c.example", "a@\u200bc.example",
		"a@c。example。", "mailto:a@c.example", "a,b@c.example", "a:b@c.example", "a<b@c.example", `a\b@c.example`,
		"a@xn--.example", "a@xn--a.example",
		strings.Repeat("a", 65) + "@b.example", "a@" + strings.Repeat("b", 64) + ".example",
		"a@" + strings.Repeat(strings.Repeat("b", 60)+".", 5) + "example",
	} {
		if got, err := approvals.ParseEmail(in); err == nil {
			t.Errorf("%q was read as %q", in, got)
		}
	}
}

// What comes out is a fixed point: one address has one canonical form.
func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{"a@b.example", "g@bücher.example", "a@b@c", `"a"@b.example`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := approvals.ParseEmail(in)
		if err != nil {
			return
		}
		if again, err := approvals.ParseEmail(got); err != nil || again != got {
			t.Errorf("%q became %q, which became %q, %v", in, got, again, err)
		}
		if strings.Count(got, "@") != 1 || strings.ContainsAny(got, " \t\r\n,;<>()\"\\[]:") {
			t.Errorf("%q became %q", in, got)
		}
	})
}
