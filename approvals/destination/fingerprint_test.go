package destination

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var testKey = bytes.Repeat([]byte{7}, MinFingerprintKey)

// respelled draws another way of writing a number: separators anywhere,
// letters in either case.
func respelled(t *rapid.T, number string) string {
	var b strings.Builder
	for _, c := range number {
		b.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", "\u00a0", "\u202f", "\u2011"}).Draw(t, "separator"))
		s := string(c)
		if rapid.Bool().Draw(t, "lower") {
			s = strings.ToLower(s)
		}
		b.WriteString(s)
	}
	return b.String() + rapid.SampledFrom([]string{"", " "}).Draw(t, "end")
}

func ofDigits(n int) *rapid.Generator[string] {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", n))
}

// TestSpellings is THREATS C6: no spelling escapes the fingerprint.
func TestSpellings(t *testing.T) {
	t.Parallel()
	t.Run("IBAN", rapid.MakeCheck(func(t *rapid.T) {
		iban := anIBAN(t)
		same(t, Destination{IBAN: iban}, Destination{IBAN: respelled(t, iban)})
	}))
	t.Run("UK", rapid.MakeCheck(func(t *rapid.T) {
		sort, number := ofDigits(6).Draw(t, "sort"), ofDigits(8).Draw(t, "number")
		domestic := Destination{SortCode: sort, AccountNumber: number}
		same(t, domestic, Destination{SortCode: respelled(t, sort), AccountNumber: respelled(t, number)})
		bank := rapid.StringMatching("[A-Z]{4}").Draw(t, "bank")
		same(t, domestic, Destination{IBAN: respelled(t, withCheckDigits("GB", bank+sort+number))})
	}))
	t.Run("Ireland, bank letters", rapid.MakeCheck(func(t *rapid.T) {
		rest := ofDigits(14).Draw(t, "sort code and number")
		bank := rapid.StringMatching("[A-Z]{4}").Draw(t, "bank")
		same(t, Destination{IBAN: withCheckDigits("IE", "AIBK"+rest)}, Destination{IBAN: withCheckDigits("IE", bank+rest)})
	}))
	t.Run("US", rapid.MakeCheck(func(t *rapid.T) {
		number := rapid.StringMatching("[1-9][0-9]{3,12}").Draw(t, "number")
		padded := rapid.SampledFrom([]string{"", "0", "0000"}).Draw(t, "zeros") + number
		same(t, Destination{RoutingNumber: "021000021", AccountNumber: number},
			Destination{RoutingNumber: respelled(t, "021000021"), AccountNumber: respelled(t, padded)})
	}))
}

// same fails unless both are the same account by every means of telling, with
// and without Parse, and whatever stands in the other fields.
func same(t *rapid.T, a, b Destination) {
	t.Helper()
	a.Holder, b.Holder, b.BankName = "A. Holder", "Somebody Else", "A Bank"
	tidied, err := Parse(b)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	for _, other := range []Destination{b, tidied} {
		if a.Canonical() == "" || a.Canonical() != other.Canonical() {
			t.Fatalf("canonical %q and %q", a.Canonical(), other.Canonical())
		}
		if Fingerprint(testKey, a) != Fingerprint(testKey, other) {
			t.Fatalf("fingerprints of %q differ", a.Canonical())
		}
	}
	if again, err := Parse(tidied); err != nil || again != tidied {
		t.Fatalf("Parse is not stable: %v", err)
	}
}

// TestOtherAccountsDiffer: folding spellings must not fold accounts (THREATS C7).
func TestOtherAccountsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]Destination{}
	for _, d := range []Destination{
		{SortCode: "601613", AccountNumber: "31926819"},
		{SortCode: "601613", AccountNumber: "31926818"},
		{SortCode: "601614", AccountNumber: "31926819"},
		{IBAN: "IE29AIBK93115212345678"},
		{SortCode: "931152", AccountNumber: "12345678"},
		{RoutingNumber: "021000021", AccountNumber: "31926819"},
		{RoutingNumber: "011000015", AccountNumber: "31926819"},
		{IBAN: "DE89370400440532013000"},
		{IBAN: withCheckDigits("DE", "370400440532013001")},
		{IBAN: withCheckDigits("SE", "37040044053201300000")},
	} {
		c := d.Canonical()
		if other, dup := seen[c]; dup || c == "" {
			t.Errorf("%#v and %#v share %q", d, other, c)
		}
		seen[c] = d
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	d := Destination{IBAN: "GB29 NWBK 6016 1331 9268 19", Holder: "A. Holder"}
	if got, want := d.Canonical(), "GB/601613/31926819"; got != want {
		t.Fatalf("Canonical = %q, want %q", got, want)
	}
	mac := hmac.New(sha256.New, testKey)
	mac.Write([]byte("countersign/destination/v1\nGB/601613/31926819"))
	got := Fingerprint(testKey, d)
	if want := hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("Fingerprint = %s, want %s", got, want)
	}
	if other := Fingerprint(bytes.Repeat([]byte{8}, MinFingerprintKey), d); other == got {
		t.Error("another key gives the same fingerprint")
	}
	for _, broken := range []Destination{{}, {IBAN: "GB30NWBK60161331926819"}, {SortCode: "601613"}, {AccountNumber: "31926819"}} {
		if broken.Canonical() != "" || Fingerprint(testKey, broken) != "" {
			t.Errorf("a broken destination has a fingerprint: %q", broken.Canonical())
		}
	}
}

func TestFingerprintRefusesAShortKey(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a 31-byte key was taken")
		}
	}()
	Fingerprint(testKey[1:], Destination{IBAN: "DE89370400440532013000"})
}
