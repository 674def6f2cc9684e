package destination

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestShown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                                               string
		d                                                  Destination
		masked, plain, last4, start, end, grouped, country string
	}{
		{"IBAN", Destination{IBAN: "it60x0542811101000000123456"},
			"IT60 •••• … 3456", "IT60 **** 3456", "3456", "IT60", "3 4 5 6", "IT60 X054 2811 1010 0000 0123 456", "IT"},
		{"shortest IBAN", Destination{IBAN: "NO9386011117947"},
			"NO93 •••• … 7947", "NO93 **** 7947", "7947", "NO93", "7 9 4 7", "NO93 8601 1117 947", "NO"},
		{"UK", Destination{SortCode: "23-69-72", AccountNumber: "00011234"},
			"••-••-72 ••••1234", "**-**-72 ****1234", "1234", "GB, 7 2", "1 2 3 4", "23-69-72 00011234", "GB"},
		{"US", Destination{RoutingNumber: "021000021", AccountNumber: "123456789"},
			"•••••••21 ••••6789", "*******21 ****6789", "6789", "US, 2 1", "6 7 8 9", "021000021 123456789", "US"},
		{"short US", Destination{RoutingNumber: "021000021", AccountNumber: "12345"},
			"•••••••21 ••••45", "*******21 ****45", "45", "US, 2 1", "4 5", "021000021 12345", "US"},
		{"broken", Destination{IBAN: "IT61X0542811101000000123456"}, "", "", "", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.d.Spoken()
			got := []string{tt.d.Masked(), tt.d.MaskedPlain(), tt.d.Last4(), s.Start, s.End, tt.d.Grouped(), tt.d.CountryCode()}
			want := []string{tt.masked, tt.plain, tt.last4, tt.start, tt.end, tt.grouped, tt.country}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// TestNeverPrintedInFull: neither fmt, whatever the verb, nor slog prints an
// account or its holder, by value, by pointer, or inside another value.
func TestNeverPrintedInFull(t *testing.T) {
	t.Parallel()
	type Change struct{ To Destination }
	for _, d := range []Destination{
		{IBAN: "IT60X0542811101000000123456", Holder: "Giulia"},
		{SortCode: "236972", AccountNumber: "00011234", Holder: "Giulia"},
		{RoutingNumber: "021000021", AccountNumber: "123456789", Holder: "Giulia"},
		{IBAN: "IT61X0542811101000000123456", Holder: "Giulia"}, // broken, still somebody's
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+verb+verb+verb+"\n", d, &d, Change{To: d}, []Destination{d})
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("changed", "to", d, "ref", &d)
		}
		for _, secret := range []string{"0542811101", "236972", "0001123", "0210000", "12345678", "Giulia"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s printed:\n%s", secret, out.String())
			}
		}
	}
	if got := fmt.Sprintf("%v", Destination{}); got != "invalid destination" {
		t.Errorf("zero value prints %q", got)
	}
}
