package templates

import (
	"strings"
	"testing"
)

// Amounts as they stand on a cheque.
func TestSpell(t *testing.T) {
	t.Parallel()
	en, it := catalogue(t, EN), catalogue(t, IT)
	for n, want := range map[uint64][2]string{
		0:             {"zero", "zero"},
		1:             {"one", "uno"},
		3:             {"three", "tre"},
		17:            {"seventeen", "diciassette"},
		20:            {"twenty", "venti"},
		21:            {"twenty-one", "ventuno"},
		23:            {"twenty-three", "ventitré"},
		28:            {"twenty-eight", "ventotto"},
		88:            {"eighty-eight", "ottantotto"},
		100:           {"one hundred", "cento"},
		101:           {"one hundred and one", "centouno"},
		103:           {"one hundred and three", "centotré"},
		108:           {"one hundred and eight", "centotto"},
		180:           {"one hundred and eighty", "centottanta"},
		200:           {"two hundred", "duecento"},
		333:           {"three hundred and thirty-three", "trecentotrentatré"},
		999:           {"nine hundred and ninety-nine", "novecentonovantanove"},
		1000:          {"one thousand", "mille"},
		1001:          {"one thousand and one", "milleuno"},
		1100:          {"one thousand one hundred", "millecento"},
		2000:          {"two thousand", "duemila"},
		12500:         {"twelve thousand five hundred", "dodicimilacinquecento"},
		23003:         {"twenty-three thousand and three", "ventitremilatré"},
		100000:        {"one hundred thousand", "centomila"},
		1000000:       {"one million", "un milione"},
		2000001:       {"two million and one", "due milioni uno"},
		1200000:       {"one million two hundred thousand", "un milione duecentomila"},
		23000000:      {"twenty-three million", "ventitré milioni"},
		1000000000:    {"one billion", "un miliardo"},
		3000000001000: {"three trillion one thousand", "tre bilioni mille"},
		999999999999999999: {
			"nine hundred and ninety-nine quadrillion nine hundred and ninety-nine trillion nine hundred and ninety-nine billion " +
				"nine hundred and ninety-nine million nine hundred and ninety-nine thousand nine hundred and ninety-nine",
			"novecentonovantanove biliardi novecentonovantanove bilioni novecentonovantanove miliardi novecentonovantanove milioni " +
				"novecentonovantanovemilanovecentonovantanove",
		},
	} {
		if got := en.spell(n); got != want[0] {
			t.Errorf("%d: %q, want %q", n, got, want[0])
		}
		if got := it.spell(n); got != want[1] {
			t.Errorf("%d: %q, want %q", n, got, want[1])
		}
	}
}

// Two amounts never read the same: every digit has its word.
func TestSpell_tellsApart(t *testing.T) {
	t.Parallel()
	for _, l := range Locales() {
		w, seen := catalogue(t, l), map[string]uint64{}
		for n := uint64(0); n < 20_000; n++ {
			for _, m := range []uint64{n, n * 1_000_003} {
				text := w.spell(m)
				if was, twice := seen[text]; twice && was != m {
					t.Fatalf("%s: %d and %d are %q", l, was, m, text)
				}
				seen[text] = m
			}
		}
	}
}

// UX §7: the sign where it stands for one currency alone, a space that does not
// break, no float.
func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sum                     Sum
		en, plain, it, words, a string
	}{
		{Sum{"12500.50", "EUR"}, "€12,500.50", "EUR 12,500.50", "12.500,50 €", "twelve thousand five hundred and 50/100 euros", "dodicimilacinquecento e 50/100 euro"},
		{Sum{"12500.00", "EUR"}, "€12,500.00", "EUR 12,500.00", "12.500,00 €", "twelve thousand five hundred euros", "dodicimilacinquecento euro"},
		{Sum{"1.00", "GBP"}, "£1.00", "GBP 1.00", "1,00 £", "one pound sterling", "una sterlina"},
		{Sum{"1.01", "EUR"}, "€1.01", "EUR 1.01", "1,01 €", "one and 01/100 euros", "uno e 01/100 euro"},
		{Sum{"0.05", "EUR"}, "€0.05", "EUR 0.05", "0,05 €", "zero and 05/100 euros", "zero e 05/100 euro"},
		{Sum{"2000000.00", "EUR"}, "€2,000,000.00", "EUR 2,000,000.00", "2.000.000,00 €", "two million euros", "due milioni di euro"},
		{Sum{"999", "JPY"}, "JPY 999", "JPY 999", "999 JPY", "nine hundred and ninety-nine JPY", "novecentonovantanove JPY"},
		{Sum{"10.500", "BHD"}, "BHD 10.500", "BHD 10.500", "10,500 BHD", "ten and 500/1000 BHD", "dieci e 500/1000 BHD"},
		{Sum{"1000.00", "USD"}, "USD 1,000.00", "USD 1,000.00", "1.000,00 USD", "one thousand USD", "mille USD"},
	} {
		for _, check := range []struct {
			name, want string
			got        func() (string, error)
		}{
			{"en", c.en, func() (string, error) { return catalogue(t, EN).money(c.sum) }},
			{"en, in text", c.plain, func() (string, error) { return catalogue(t, EN).moneyPlain(c.sum) }},
			{"it", c.it, func() (string, error) { return catalogue(t, IT).money(c.sum) }},
			{"it, in text", c.it, func() (string, error) { return catalogue(t, IT).moneyPlain(c.sum) }},
			{"en, in words", c.words, func() (string, error) { return catalogue(t, EN).moneyWords(c.sum) }},
			{"it, in words", c.a, func() (string, error) { return catalogue(t, IT).moneyWords(c.sum) }},
		} {
			if check.want != c.words && check.want != c.a {
				check.want = strings.ReplaceAll(check.want, " ", "\u00a0")
			}
			if got, err := check.got(); err != nil || got != check.want {
				t.Errorf("%s of %+v: %q, %v; want %q", check.name, c.sum, got, err, check.want)
			}
		}
	}
}
