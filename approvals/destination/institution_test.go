package destination

import (
	"strings"
	"testing"
	"time"
)

// gbIBAN is an IBAN with any bank letters, sort code and number.
func gbIBAN(letters, sortCode, number string) Destination {
	return Destination{IBAN: withCheckDigits("GB", letters+sortCode+number)}
}

func TestInstitution(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		d     Destination
		class InstitutionClass
		says  string
	}{
		{"sort code", Destination{SortCode: "23-69-72", AccountNumber: "00011234"}, EMoney, "PrePay Technologies (agency or e-money)"},
		{"the same in an IBAN", gbIBAN("XXXX", "236972", "00011234"), EMoney, "PrePay Technologies (agency or e-money)"},
		{"a bank's letters before it hide nothing", gbIBAN("BARC", "236972", "00011234"), EMoney, "PrePay Technologies (agency or e-money)"},
		{"letters where the sort code says nothing", gbIBAN("REVO", "202015", "00011234"), EMoney, "Revolut"},
		{"letters of a bank", gbIBAN("ABBY", "202015", "00011234"), Bank, "Santander UK"},
		{"letters nobody wrote down", gbIBAN("ZZZZ", "202015", "00011234"), UnknownInstitution, ""},
		{"Irish letters", Destination{IBAN: withCheckDigits("IE", "MODR99035512345678")}, EMoney, "Modulr Finance"},
		{"Irish letters that are known in Britain alone", Destination{IBAN: withCheckDigits("IE", "BARC99035512345678")}, UnknownInstitution, ""},
		{"Belgian number", Destination{IBAN: withCheckDigits("BE", "967012345678")}, PaymentInstitution, "Wise Europe"},
		{"British sort code of the same digits", Destination{SortCode: "967012", AccountNumber: "00011234"}, UnknownInstitution, ""},
		{"United States", Destination{RoutingNumber: "021000021", AccountNumber: "123456789"}, UnknownInstitution, ""},
		{"a sort code on which the lists contradict each other", Destination{SortCode: "040075", AccountNumber: "00011234"}, UnknownInstitution, ""},
		{"broken", Destination{SortCode: "236972"}, UnknownInstitution, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.d.Institution()
			if got.Class != tt.class || got.Name != tt.says {
				t.Errorf("got %+v, want %s %q", got, tt.class, tt.says)
			}
			if known := tt.class != UnknownInstitution; got.Unofficial != known || (got.Source != "") != known || (got.AsOf != "") != known {
				t.Errorf("where it is from: %+v", got)
			}
		})
	}
}

func TestLongestPrefix(t *testing.T) {
	t.Parallel()
	table := hintTable{
		{"GB", "11", "", Bank, "two", "s"},
		{"GB", "112233", "", EMoney, "six", "s"},
		{"GB", "1122", "", PaymentInstitution, "four", "s"},
		{"IE", "112233", "", Bank, "elsewhere", "s"},
		{"GB", "", "ABCD", Bank, "letters", "s"},
	}
	for sortCode, want := range map[string]string{"112233": "six", "112234": "four", "113333": "two", "121212": "letters"} {
		if got := table.find(gbIBAN("ABCD", sortCode, "12345678")).Name; got != want {
			t.Errorf("%s is kept by %q, want %q", sortCode, got, want)
		}
	}
}

// TestHints holds the table to what THREATS §7 allows: each row with its source
// and day, once, and none of the rows the sources disagree about.
func TestHints(t *testing.T) {
	t.Parallel()
	if _, err := time.Parse(time.DateOnly, hintsReadOn); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, h := range hints {
		key := h.country + " " + h.code + h.letters
		switch {
		case seen[key]:
			t.Errorf("%s is there twice", key)
		case (h.code == "") == (h.letters == ""), bban[h.country] == "":
			t.Errorf("%s: not one code or letters of a country in the registry", key)
		case !digits(h.code), strings.Trim(h.letters, letters) != "", h.name == "", h.source == "":
			t.Errorf("%s: a field is wrong or empty", key)
		case h.class != Bank && h.class != EMoney && h.class != PaymentInstitution:
			t.Errorf("%s: class %q", key, h.class)
		}
		seen[key] = true
		for _, conflict := range []string{"040075", "040003", "040333"} {
			if h.code != "" && strings.HasPrefix(conflict, h.code) {
				t.Errorf("%s covers %s, on which the sources disagree", key, conflict)
			}
		}
	}
}

func TestClassShift(t *testing.T) {
	t.Parallel()
	bank, eMoney, payment := gbIBAN("BARC", "202015", "1234567"+"8"), gbIBAN("REVO", "202015", "12345678"), Destination{IBAN: withCheckDigits("BE", "905012345678")}
	unknown := gbIBAN("ZZZZ", "202015", "12345678")
	for _, tt := range []struct {
		name     string
		from, to Destination
		want     bool
	}{
		{"bank to e-money", bank, eMoney, true},
		{"bank to payment institution", bank, payment, true},
		{"bank to bank", bank, gbIBAN("LOYD", "202015", "12345678"), false},
		{"e-money to bank", eMoney, bank, false},
		{"bank to unknown", bank, unknown, false},
		{"unknown to e-money", unknown, eMoney, false},
		{"from nothing", Destination{}, eMoney, false},
	} {
		if got := ClassShift(tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	gb, be := Destination{SortCode: "236972", AccountNumber: "00011234"}, Destination{IBAN: withCheckDigits("BE", "967012345678")}
	for _, tt := range []struct {
		name   string
		d      Destination
		seller string
		want   bool
	}{
		{"at home", gb, "GB", false},
		{"in small letters", gb, "gb", false},
		{"a territory with the same IBANs", gb, "JE", false},
		{"abroad", gb, "IT", true},
		{"abroad, with a caveat", be, "GB", true},
		{"seller's country unknown", gb, "", false},
		{"broken account", Destination{SortCode: "236972"}, "IT", false},
	} {
		if got := tt.d.CountryMismatch(tt.seller); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
	if !CountryChange(gb, be) || CountryChange(gb, gbIBAN("REVO", "202015", "12345678")) || CountryChange(Destination{}, be) || CountryChange(gb, Destination{}) {
		t.Error("a change of country")
	}
	lt := Destination{IBAN: withCheckDigits("LT", "3250012345678901")}
	if !be.CountryCaveat() || !lt.CountryCaveat() || gb.CountryCaveat() || (Destination{}).CountryCaveat() {
		t.Error("the caveat is of Belgian and Lithuanian IBANs")
	}
}
