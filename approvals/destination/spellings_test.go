package destination

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// written returns the ways of writing a number: with each separator people and
// programs use, in groups and everywhere, in capitals, small letters and both.
func written(number string) []string {
	out := []string{number, strings.ToLower(number), " " + number + " "}
	for _, separator := range []string{" ", "-", "\u00a0", "\u202f", "\u2010", "\u2011"} {
		var groups, each strings.Builder
		for i, c := range number {
			if i > 0 && i%4 == 0 {
				groups.WriteString(separator)
			}
			groups.WriteRune(c)
			each.WriteString(separator)
			if i%2 == 0 {
				each.WriteString(strings.ToLower(string(c)))
			} else {
				each.WriteRune(c)
			}
		}
		out = append(out, groups.String(), each.String())
	}
	return out
}

// spellings are the ways of naming one account: by country, national number and,
// in Britain, Ireland and the United States, what may stand in front of it.
func spellings(country, bban string) []Destination {
	var out []Destination
	ibans := []string{withCheckDigits(country, bban)}
	switch country {
	case "GB":
		for _, sort := range append(written(bban[4:10]), bban[4:6]+"-"+bban[6:8]+"-"+bban[8:10]) {
			out = append(out, Destination{SortCode: sort, AccountNumber: bban[10:14] + " " + bban[14:]})
		}
		ibans = append(ibans, withCheckDigits("GB", "BARC"+bban[4:]), withCheckDigits("GB", "BUKB"+bban[4:]))
	case "IE":
		ibans = append(ibans, withCheckDigits("IE", "AIBK"+bban[4:]))
	case "US":
		for _, routing := range written(bban[:9]) {
			for _, zeros := range []string{"", "0", "0000"} {
				out = append(out, Destination{RoutingNumber: routing, AccountNumber: zeros + bban[9:]})
			}
		}
		return out
	}
	for _, iban := range ibans {
		for _, w := range written(iban) {
			out = append(out, Destination{IBAN: w})
		}
	}
	return out
}

// TestSpellingsOfTenThousandAccounts: every spelling of an account gives its one
// fingerprint, and no two accounts share one (THREATS C6, C7). Half of the
// accounts differ from others in one digit or in the country alone, as those of a
// thief who tries would.
func TestSpellingsOfTenThousandAccounts(t *testing.T) {
	t.Parallel()
	const accounts = 10_000
	random := rand.New(rand.NewPCG(2018, 5))
	countries := append(slices.Sorted(maps.Keys(bban)), "US", "GB", "GB")
	owners, done, tried := map[string]string{}, map[string]bool{}, 0
	add := func(country, number string) {
		if country == "IE" || country == "GB" { // the bank letters are no part of an account
			number = "XXXX" + number[4:]
		}
		account := country + number
		if done[account] {
			return
		}
		done[account] = true
		all := spellings(country, number)
		tried += len(all)
		first := Fingerprint(testKey, all[0])
		if other, taken := owners[first]; taken || first == "" {
			t.Fatalf("%s has the fingerprint %q of %s", account, first, other)
		}
		owners[first] = account
		for _, d := range all {
			if got := Fingerprint(testKey, d); got != first {
				t.Fatalf("%s written %+q has another fingerprint", account, d.IBAN+d.SortCode+d.RoutingNumber)
			}
		}
	}
	for len(done) < accounts {
		country := countries[random.IntN(len(countries))]
		number := nationalNumber(random, country)
		add(country, number)
		if near, ok := oneDigitOff(random, country, number); ok {
			add(country, near)
		}
		if country == "GB" { // the same digits abroad
			add("IE", number)
		}
	}
	if tried < 15*accounts {
		t.Errorf("only %d spellings", tried)
	}
}

// nationalNumber draws what follows the check digits; of an American account nine
// digits of routing and the number.
func nationalNumber(random *rand.Rand, country string) string {
	if country == "US" {
		return "021000021" + fmt.Sprint(1000+random.IntN(1_000_000_000))
	}
	var b strings.Builder
	bban[country].each(func(length int, class byte) {
		alphabet := map[byte]string{'n': numerals, 'a': letters, 'c': numerals + letters}[class]
		for range length {
			b.WriteByte(alphabet[random.IntN(len(alphabet))])
		}
	})
	return b.String()
}

// oneDigitOff changes one digit at the end of the number.
func oneDigitOff(random *rand.Rand, country, number string) (string, bool) {
	i := len(number) - 1 - random.IntN(3)
	if c := number[i]; c >= '0' && c <= '9' {
		return number[:i] + string('0'+(c-'0'+1)%10) + number[i+1:], true
	}
	return "", false
}

// TestEveryAdjacentSwapIsRefused: of the registry's examples, every swap of two
// neighbours that leaves another remainder than 1, worked out on big integers.
// Two digits that change places always do.
func TestEveryAdjacentSwapIsRefused(t *testing.T) {
	t.Parallel()
	swaps, missed := 0, 0
	for _, iban := range examples(t) {
		for i := 2; i < len(iban)-1; i++ {
			if iban[i] == iban[i+1] {
				continue
			}
			swaps++
			typo := iban[:i] + string(iban[i+1]) + string(iban[i]) + iban[i+2:]
			var spelled strings.Builder
			for _, c := range typo[4:] + typo[:4] {
				fmt.Fprint(&spelled, strings.IndexRune(numerals+letters, c))
			}
			n, _ := new(big.Int).SetString(spelled.String(), 10)
			caught := new(big.Int).Mod(n, big.NewInt(97)).Int64() != 1
			if !caught && digits(iban[i:i+2]) {
				t.Errorf("%s: two digits changed places and the remainder did not tell", typo)
			}
			if !caught {
				missed++
				continue
			}
			if _, problems := ibanAccount(typo); problems == nil {
				t.Errorf("%s accepted, two neighbours of %s swapped", typo, iban)
			}
		}
	}
	if swaps < 1000 || missed > swaps/50 {
		t.Errorf("%d of %d swaps leave the same remainder", missed, swaps)
	}
}
