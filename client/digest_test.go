package client

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCanonicalJSON: JC-01, the published test data of RFC 8785.
func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/jcs/input/*.json")
	if err != nil || len(inputs) != 6 {
		t.Fatalf("%d inputs, %v", len(inputs), err)
	}
	for _, path := range inputs {
		in, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.Replace(path, "input", "output", 1))
		if err != nil {
			t.Fatal(err)
		}
		got, err := canonicalJSON(in)
		if err != nil || string(got) != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("%s: got %s, %v", path, got, err)
		}
	}
}

// TestCanonicalNumbers: RFC 8785 Appendix B.
func TestCanonicalNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"-0": "0", "0.0": "0", "5e-324": "5e-324", "-1.7976931348623157e308": "-1.7976931348623157e+308",
		"9007199254740992": "9007199254740992", "295147905179352830000": "295147905179352830000",
		"1e23": "1e+23", "999999999999999900000": "999999999999999900000", "1000000000000000000000": "1e+21",
		"9.999999999999997e22": "9.999999999999997e+22", "0.000001": "0.000001", "0.0000001": "1e-7", "333333333.3333332": "333333333.3333332",
	} {
		if got, err := canonicalJSON([]byte(in)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`{"a":1,"a":2}`, `{"a":{"b":1,"\u0062":2}}`, `1e400`, `[1`, `{"a"`, `1 2`, ``} {
		if got, err := canonicalJSON([]byte(in)); err == nil {
			t.Errorf("%s: got %s, want an error", in, got)
		}
	}
}

// TestDigestCovers: changing any one field changes the digest (TA-11).
func TestDigestCovers(t *testing.T) {
	t.Parallel()
	of := func(edit func(*Digested)) string {
		d := Digested{ID: "a1", Kind: PayoutAccountChange, Marketplace: "market", Seller: "S-1", CreatedAt: noon,
			Details: AccountChange{To: Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri"}}}
		edit(&d)
		s, err := Digest(d)
		if err != nil || len(s) != 64 {
			t.Fatalf("got %q, %v", s, err)
		}
		return s
	}
	plain := of(func(*Digested) {})
	if same := of(func(d *Digested) { d.CreatedAt = noon.In(time.FixedZone("Rome", 7200)) }); same != plain {
		t.Error("the same instant in another zone changes the digest")
	}
	for name, edit := range map[string]func(*Digested){
		"id": func(d *Digested) { d.ID = "a2" }, "kind": func(d *Digested) { d.Kind = "x" }, "marketplace": func(d *Digested) { d.Marketplace = "x" },
		"seller": func(d *Digested) { d.Seller = "S-2" }, "created_at": func(d *Digested) { d.CreatedAt = noon.Add(time.Microsecond) },
		"details": func(d *Digested) {
			d.Details = AccountChange{To: Destination{IBAN: "NL91ABNA0417164301", Holder: "G. Ferri"}}
		},
	} {
		if of(edit) == plain {
			t.Errorf("changing %s keeps the digest", name)
		}
	}
}
