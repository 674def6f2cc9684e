package destination

import (
	"fmt"
	"strings"
	"testing"
)

// table reads rules that are made up: every row of these tests is.
func table(t *testing.T, rules, substitutions string) *ModulusTable {
	t.Helper()
	out, err := ParseModulusTable(ModulusSource{"weights.txt", []byte(rules)}, ModulusSource{"subst.txt", []byte(substitutions)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// row is one rule for sort code 111111 with weights on the account number alone,
// so that its sums can be done in the head.
func row(method, weights string, exception ...int) string {
	out := "111111 111111 " + method + " 0 0 0 0 0 0 " + weights
	for _, e := range exception {
		out += fmt.Sprint(" ", e)
	}
	return out + "\n"
}

// TestModulusRules: one rule each. Letters name the digits of the account as the
// rules do, abcdefgh.
func TestModulusRules(t *testing.T) {
	t.Parallel()
	const gh = "0 0 0 0 0 0 2 1" // 2g + h
	for _, tt := range []struct {
		name        string
		rules       string
		sortCode    string
		pass, fails []string
	}{
		{"MOD10: 2g+h divisible by 10", row("MOD10", gh), "111111", []string{"00000000", "12345642", "00000026"}, []string{"00000001", "12345643"}},
		{"MOD11: 2g+h divisible by 11", row("MOD11", gh), "111111", []string{"00000000", "00000019", "00000043", "00000051"}, []string{"00000018", "00000052"}},
		{"DBLAL: the digits of 2g, and h", row("DBLAL", gh), "111111", []string{"00000018", "00000059", "00000067"}, []string{"00000050", "00000068"}},
		{"sort code weighs too", "120000 129999 MOD10 0 0 1 0 0 1 0 0 0 0 0 0 0 1\n", "123004", []string{"00000003"}, []string{"00000007", "00000004"}},
		{"1: 27 more", row("DBLAL", gh, 1), "111111", []string{"00000003", "00000011"}, []string{"00000000"}},
		{"4: the remainder is gh", row("MOD11", "0 0 0 0 0 1 0 0", 4), "111111", []string{"00000505", "99999909"}, []string{"00000500", "00000550"}},
		{"4: a remainder of ten", row("MOD11", "0 0 0 0 2 0 0 0", 4), "111111", []string{"00005010"}, []string{"00005000", "00005001"}},
		{"6: an account in a foreign currency", row("MOD10", gh, 6), "111111", []string{"40000011", "80000099", "40000018"}, []string{"30000011", "90000011", "40000012"}},
		{"7: with g=9 only what follows b weighs", row("MOD11", "1 1 0 0 0 0 1 2", 7), "111111", []string{"55000091", "92000000"}, []string{"55000090", "55000000"}},
		{"8: with 090126", "111111 111111 MOD10 0 1 0 0 0 1 0 0 0 0 0 0 0 1 8\n", "111111", []string{"00000005"}, []string{"00000008"}},
		{"14: the last digit may be one too many", row("MOD11", "0 0 0 0 0 0 2 1", 14), "111111", []string{"00000019", "00000190", "00000191", "00000199"}, []string{"00000192", "00000180"}},
		{"14: a zero comes in front", row("MOD11", "1 0 0 0 0 0 2 1", 14), "111111", []string{"10000190"}, []string{"10000180"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			judge(t, table(t, tt.rules, ""), tt.sortCode, tt.pass, tt.fails)
		})
	}
}

// judge asks for each number in both spellings of the account.
func judge(t *testing.T, m *ModulusTable, sortCode string, pass, fails []string) {
	t.Helper()
	for want, numbers := range map[bool][]string{true: pass, false: fails} {
		for _, n := range numbers {
			domestic := m.Typo(Destination{SortCode: sortCode, AccountNumber: n})
			iban := m.Typo(gbIBAN("XXXX", sortCode, n))
			if (domestic == nil) != want || (iban == nil) != want {
				t.Errorf("%s passes: %t, in an IBAN %t, want %t", n, domestic == nil, iban == nil, want)
			}
			if !want && (domestic[0].Field != "account_number" || iban[0].Field != "iban") {
				t.Errorf("%s: the fields are %q and %q", n, domestic[0].Field, iban[0].Field)
			}
		}
	}
}

// TestModulusPairs: two rules for one sort code.
func TestModulusPairs(t *testing.T) {
	t.Parallel()
	const h, g, f = "0 0 0 0 0 0 0 1", "0 0 0 0 0 0 1 0", "0 0 0 0 0 1 0 0"
	for _, tt := range []struct {
		name        string
		rules       string
		pass, fails []string
	}{
		{"both hold", row("MOD10", h) + row("DBLAL", g), []string{"00000000", "00000700"}, []string{"00000001", "00000010", "00000011"}},
		{"2 and 9, a=0: the rule's own weights", row("MOD11", h, 2) + "111111 111111 MOD11 0 0 0 0 0 0 0 0 0 0 0 0 1 0 9\n", []string{"00000010", "00000003", "00000000"}, []string{"00000011"}},
		// Long weights: w+2x+5y+3z is 11 for this sort code, and 6a+4b+8c+7d+10e+9f+3g+h
		// with a, b and h of 1 another 11.
		{"2, a and not g=9: the long weights", row("MOD11", h, 2) + "111111 111111 MOD11 0 0 0 0 0 0 0 0 0 0 0 0 1 0 9\n", []string{"11000001"}, []string{"11000012", "10000011"}},
		// Short weights: 8c+7d+10e+9f+3g+h with g=9 is 27+h: h=6 is 33.
		{"2, a and g=9: the short weights", row("MOD11", h, 2) + "111111 111111 MOD11 0 0 0 0 0 0 0 0 0 0 0 0 1 0 9\n", []string{"10000096", "99000096"}, []string{"10000095", "10000090"}},
		// 309634 sums to 25 under weights of 1: with g=8 it is 33.
		{"9 computes with 309634", row("MOD11", h, 2) + "111111 111111 MOD11 1 1 1 1 1 1 0 0 0 0 0 0 1 0 9\n", []string{"00000080", "00000081"}, []string{"00000051"}},
		{"3: the second is left out where c is 6 or 9", row("MOD10", h) + row("DBLAL", g, 3), []string{"00600010", "00900010", "00500000"}, []string{"00500010", "00600011"}},
		// 10 with ab=09 or 99 and g=9 drops a and b.
		{"10 and 11: one is enough", row("MOD11", "1 1 0 0 0 0 0 1", 10) + row("MOD11", f, 11), []string{"09000190", "99000190", "12000108", "12000001"}, []string{"09000191", "19000190", "12000101", "09000100"}},
		{"12 and 13: one is enough", row("MOD11", h, 12) + row("MOD10", g, 13), []string{"00000010", "00000001", "00000000"}, []string{"00000011"}},
		{"5: g and h make up for what is left", row("MOD11", "1 0 0 0 0 0 0 0", 5) + row("DBLAL", "0 1 0 0 0 0 0 0", 5), []string{"00000000", "20000090", "05000005", "25000095"}, []string{"10000000", "20000000", "05000000", "00000001"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			judge(t, table(t, tt.rules, ""), "111111", tt.pass, tt.fails)
		})
	}
}

// TestModulusSubstitution: exception 5 computes with another sort code where the
// second file names one.
func TestModulusSubstitution(t *testing.T) {
	t.Parallel()
	const rules = "111111 111111 MOD11 0 0 0 0 0 1 0 0 0 0 0 0 0 0 5\n"
	judge(t, table(t, rules, ""), "111111", nil, []string{"00000000"}) // 1 is left, which no digit makes up
	judge(t, table(t, rules, "111111 222223\n"), "111111", []string{"00000080"}, []string{"00000000"})
}

// TestModulusSaysNothing of what it has no rule for.
func TestModulusSaysNothing(t *testing.T) {
	t.Parallel()
	m := table(t, row("MOD10", "0 0 0 0 0 0 0 1"), "")
	var none *ModulusTable
	for _, d := range []Destination{
		{SortCode: "111112", AccountNumber: "00000001"},
		{SortCode: "11111", AccountNumber: "00000001"},
		{RoutingNumber: "021000021", AccountNumber: "00000001"},
		{IBAN: withCheckDigits("IE", "AIBK"+"111111"+"00000001")},
		{IBAN: "DE89370400440532013000"},
	} {
		if got := m.Typo(d); got != nil {
			t.Errorf("%v: %v", d, got)
		}
	}
	if got := none.Typo(Destination{SortCode: "111111", AccountNumber: "00000001"}); got != nil {
		t.Errorf("without a table: %v", got)
	}
}

func TestModulusMistakes(t *testing.T) {
	t.Parallel()
	good := row("MOD10", "0 0 0 0 0 0 2 1")
	for _, tt := range []struct{ name, rules, substitutions, want string }{
		{"empty", "\n \n", "", "weights.txt:1: holds no rule"},
		{"a column short", good + "111112 111112 MOD10 0 0 0 0 0 0 0 0 0 0 0 0 1\n", "", "weights.txt:2: has 16 columns"},
		{"a column long", good + strings.TrimSpace(good) + " 1 2\n", "", "weights.txt:2: has 19 columns"},
		{"a short sort code", strings.Replace(good, "111111", "11111", 1), "", "weights.txt:1: begins with something else"},
		{"letters for a sort code", strings.Replace(good, "111111", "11111O", 1), "", "weights.txt:1: begins with something else"},
		{"the wrong way round", strings.Replace(good, "111111 111111", "111112 111111", 1), "", "weights.txt:1: has its first sort code after its last"},
		{"another method", row("MOD12", "0 0 0 0 0 0 2 1"), "", "weights.txt:1: has a method"},
		{"a negative weight", row("MOD10", "0 0 0 0 0 0 2 -1"), "", "weights.txt:1: has a weight in column 17"},
		{"a large weight", row("MOD10", "1000 0 0 0 0 0 2 1"), "", "weights.txt:1: has a weight in column 10"},
		{"exception 0", row("MOD10", "0 0 0 0 0 0 2 1", 0), "", "weights.txt:1: has an exception"},
		{"exception 15", row("MOD10", "0 0 0 0 0 0 2 1", 15), "", "weights.txt:1: has an exception"},
		{"exception 5 with MOD10", row("MOD10", "0 0 0 0 0 0 2 1", 5), "", "weights.txt:1: has exception 5"},
		{"three rules", good + "111110 111110 MOD10 0 0 0 0 0 0 0 0 0 0 0 0 1 1\n" + good + "100000 200000 MOD10 0 0 0 0 0 0 0 0 0 0 0 0 1 1\n", "", "is the third rule"},
		{"a byte order mark", "\ufeff" + good, "", "weights.txt:1: begins with something else"},
		{"a substitution of one", good, "\n111111\n", "subst.txt:2: is not two sort codes"},
		{"a substitution twice", good, "111111 222222\n111111 222223\n", "subst.txt:2: substitutes a sort code"},
		{"too large", strings.Repeat(" ", maxModulusBytes+1), "", "weights.txt:1: is larger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseModulusTable(ModulusSource{"weights.txt", []byte(tt.rules)}, ModulusSource{"subst.txt", []byte(tt.substitutions)})
			if err == nil || got != nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	_, err := ParseModulusTable(ModulusSource{"weights.txt", []byte(strings.Repeat("no\n", 1000))}, ModulusSource{})
	if err == nil || strings.Count(err.Error(), "\n") != maxModulusFault-1 {
		t.Errorf("a file of another kind has %d errors", strings.Count(err.Error(), "\n")+1)
	}
	if m := table(t, strings.ReplaceAll(good, "\n", "\r\n"), "111111 222222\r\n"); len(m.rules) != 1 {
		t.Error("lines that end as on Windows")
	}
}

// FuzzModulusTable: whatever file is read, no account makes a table panic, and
// what is read keeps its shape.
func FuzzModulusTable(f *testing.F) {
	const h = "0 0 0 0 0 0 0 1"
	f.Add(row("MOD10", h)+row("DBLAL", h, 3), "111111 222222\n", "00000001")
	for e := range 15 {
		f.Add(row("MOD11", h, e), "", "12345698")
	}
	f.Add("111111 111111 MOD10", "111111", "1")
	f.Fuzz(func(t *testing.T, rules, substitutions, number string) {
		m, err := ParseModulusTable(ModulusSource{"w", []byte(rules)}, ModulusSource{"s", []byte(substitutions)})
		if (err == nil) != (m != nil) {
			t.Fatalf("a table and an error: %v", err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "w:") && !strings.HasPrefix(err.Error(), "s:") {
				t.Errorf("no line is named: %v", err)
			}
			return
		}
		for _, r := range m.rules {
			if len(m.covering(r.from)) > 2 {
				t.Errorf("%d rules for one sort code", len(m.covering(r.from)))
			}
			m.Typo(Destination{SortCode: r.from, AccountNumber: number})
			m.Typo(Destination{SortCode: r.to, AccountNumber: "12345698"})
		}
	})
}
