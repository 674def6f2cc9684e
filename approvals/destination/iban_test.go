package destination

import (
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// examples reads the registry's example IBANs.
func examples(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/iban_examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all
}

func TestRegistryExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, iban := range examples(t) {
		d := Destination{IBAN: iban, Holder: "A. Holder"}
		if err := d.Validate(); err != nil {
			t.Errorf("%s: %v", iban, err)
		}
		if got := d.CountryCode(); got != iban[:2] {
			t.Errorf("CountryCode of %s = %q", iban, got)
		}
		seen[iban[:2]] = true
	}
	for country := range bban {
		if !seen[country] {
			t.Errorf("no example for %s", country)
		}
	}
	if len(bban) != 89 {
		t.Errorf("the table has %d countries, the registry 89", len(bban))
	}
}

// anIBAN draws a well-formed IBAN of any country. The check digits are worked
// out on big integers, independently of mod97.
func anIBAN(t *rapid.T) string {
	country := rapid.SampledFrom(slices.Sorted(maps.Keys(bban))).Draw(t, "country")
	var b strings.Builder
	bban[country].each(func(length int, class byte) {
		alphabet := map[byte]string{'n': numerals, 'a': letters, 'c': numerals + letters}[class]
		for range length {
			b.WriteByte(rapid.SampledFrom([]byte(alphabet)).Draw(t, "character"))
		}
	})
	return withCheckDigits(country, b.String())
}

const (
	numerals = "0123456789"
	letters  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func withCheckDigits(country, bban string) string {
	var spelled strings.Builder
	for _, c := range bban + country + "00" {
		fmt.Fprint(&spelled, strings.IndexRune(numerals+letters, c))
	}
	n, ok := new(big.Int).SetString(spelled.String(), 10)
	if !ok {
		panic("not a number: " + spelled.String())
	}
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("%s%02d%s", country, check, bban)
}

func TestEverySingleDigitErrorIsRefused(t *testing.T) {
	t.Parallel()
	for _, iban := range examples(t) {
		for i := 2; i < len(iban); i++ {
			if !digits(iban[i : i+1]) {
				continue
			}
			for _, wrong := range numerals {
				if byte(wrong) == iban[i] {
					continue
				}
				typo := iban[:i] + string(wrong) + iban[i+1:]
				if _, problems := ibanAccount(typo); problems == nil {
					t.Errorf("%s accepted, a typo of %s", typo, iban)
				}
			}
		}
	}
}

func TestRandomIBANsAndTheirTypos(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		iban := anIBAN(t)
		if _, problems := ibanAccount(iban); problems != nil {
			t.Fatalf("%s refused: %v", iban, problems)
		}
		i := rapid.IntRange(2, len(iban)-2).Draw(t, "position")
		// Only of two digits: "1B" and "B1" spell the same number, 111.
		if digits(iban[i:i+2]) && iban[i] != iban[i+1] {
			swapped := iban[:i] + string(iban[i+1]) + string(iban[i]) + iban[i+2:]
			if _, problems := ibanAccount(swapped); problems == nil {
				t.Fatalf("%s accepted, two digits of %s swapped", swapped, iban)
			}
		}
		if _, problems := ibanAccount(iban[:len(iban)-1]); problems == nil {
			t.Fatalf("%s accepted without its last character", iban)
		}
	})
}

// TestCheckDigitAliases: 00, 01 and 99 satisfy the remainder wherever 97, 98
// and 02 do, and would be second spellings of the same account.
func TestCheckDigitAliases(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for n := range 10_000 {
		iban := withCheckDigits("DE", fmt.Sprintf("%018d", n))
		alias, ok := map[string]string{"97": "00", "98": "01", "02": "99"}[iban[2:4]]
		if !ok {
			continue
		}
		written := iban[:2] + alias + iban[4:]
		if mod97(written[4:]+written[:4]) != 1 {
			t.Fatalf("%s is no alias of %s", written, iban)
		}
		if _, problems := ibanAccount(written); problems == nil {
			t.Errorf("%s accepted, the alias of %s", written, iban)
		}
		found[alias] = true
	}
	if len(found) != 3 {
		t.Fatalf("tried only %v", found)
	}
}

func TestIBANProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, iban, want string }{
		{"no check digits", "DEAB370400440532013000", "must begin with a country code"},
		{"too short to tell", "DE8", "must begin with a country code"},
		{"not in the registry", "US89370400440532013000", `begins with "US", which is not a country`},
		{"length of another country", "DE8937040044053201300", "has 21 characters; one from DE has 22"},
		{"letter among digits", "DE8937040044053201300O", "has a letter or digit in a place"},
		{"digit among letters", "GB29NW8K60161331926819", "has a letter or digit in a place"},
		{"one digit wrong", "DE89370400440532013001", "has wrong check digits"},
		{"full-width digits", "DE８９370400440532013000", "may hold only letters"},
		{"a zero-width space", "DE89\u200b370400440532013000", "may hold only letters"},
		{"a Cyrillic letter", "DЕ89370400440532013000", "may hold only letters"},
		{"a letter that upper-cases to S", "GB29NWBK6016133192681ſ", "may hold only letters"},
		{"very long", strings.Repeat("DE89", 1000), "may hold only letters"},
		{"a line break", "DE89\n370400440532013000", "may hold only letters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := Destination{IBAN: tt.iban, Holder: "A. Holder"}.Validate()
			if err == nil || !strings.Contains(err.Error(), "iban "+tt.want) {
				t.Errorf("got %v, want iban %s", err, tt.want)
			}
		})
	}
}
