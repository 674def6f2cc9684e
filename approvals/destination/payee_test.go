package destination

import (
	"testing"
)

var (
	britishAccount = Destination{SortCode: "236972", AccountNumber: "00011234", Holder: "Giulia Ferri"}
	dutchAccount   = Destination{IBAN: "NL91ABNA0417164300", Holder: "Giulia Ferri"}
)

func checked(d Destination, scheme PayeeScheme, result PayeeResult, name, code string) Destination {
	d.PayeeCheck = &PayeeCheck{Scheme: scheme, Result: result, Name: name, Code: code}
	return d
}

// TestVP05_Codes: what each code means beside each result. A match needs both to
// say so.
func TestVP05_Codes(t *testing.T) {
	t.Parallel()
	const m, c, n, u = PayeeMatch, PayeeClose, PayeeNoMatch, PayeeUnavailable
	for _, tt := range []struct {
		scheme PayeeScheme
		code   string
		want   [4]PayeeResult // where the result says match, close, no_match, unavailable
	}{
		{VerificationOfPayee, "", [4]PayeeResult{m, c, n, u}},
		{VerificationOfPayee, "MTCH", [4]PayeeResult{m, c, n, u}},
		{VerificationOfPayee, "CMTC", [4]PayeeResult{c, c, n, c}},
		{VerificationOfPayee, "NMTC", [4]PayeeResult{n, n, n, n}},
		{VerificationOfPayee, "NOAP", [4]PayeeResult{u, u, u, u}},
		{VerificationOfPayee, "ANNM", [4]PayeeResult{u, c, n, u}}, // the other scheme's
		{VerificationOfPayee, "mtch", [4]PayeeResult{u, c, n, u}}, // nobody's
		{ConfirmationOfPayee, "", [4]PayeeResult{m, c, n, u}},
		{ConfirmationOfPayee, "ANNM", [4]PayeeResult{n, n, n, n}},
		{ConfirmationOfPayee, "MBAM", [4]PayeeResult{c, c, n, c}},
		{ConfirmationOfPayee, "BANM", [4]PayeeResult{c, c, n, c}},
		{ConfirmationOfPayee, "PANM", [4]PayeeResult{c, c, n, c}},
		{ConfirmationOfPayee, "BAMM", [4]PayeeResult{c, c, n, c}},
		{ConfirmationOfPayee, "PAMM", [4]PayeeResult{c, c, n, c}},
		{ConfirmationOfPayee, "AC01", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "IVCR", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "ACNS", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "OPTO", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "CASS", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "SCNS", [4]PayeeResult{u, u, u, u}},
		{ConfirmationOfPayee, "MTCH", [4]PayeeResult{u, c, n, u}},
		{ConfirmationOfPayee, "ZZZZ", [4]PayeeResult{u, c, n, u}},
	} {
		account := map[PayeeScheme]Destination{VerificationOfPayee: dutchAccount, ConfirmationOfPayee: britishAccount}[tt.scheme]
		for i, result := range []PayeeResult{m, c, n, u} {
			d := checked(account, tt.scheme, result, "", tt.code)
			if got := d.PayeeOutcome(); got != tt.want[i] {
				t.Errorf("%s %s with code %q is %s, want %s", tt.scheme, result, tt.code, got, tt.want[i])
			}
			if err := d.Validate(); err != nil {
				t.Errorf("%s %q is passed through, not refused: %v", tt.scheme, tt.code, err)
			}
		}
	}
	if got := britishAccount.PayeeOutcome(); got != "" {
		t.Errorf("no check is %q", got)
	}
}

// TestVP03_ATimeoutIsNeverAMatch: a check that timed out is supplied as unavailable
// and stays so, whatever stands beside it.
func TestVP03_ATimeoutIsNeverAMatch(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "MTCH", "NOAP"} {
		for _, name := range []string{"", "Giulia Ferri"} {
			if got := checked(dutchAccount, VerificationOfPayee, PayeeUnavailable, name, code).PayeeOutcome(); got != PayeeUnavailable {
				t.Errorf("code %q, name %q: %s", code, name, got)
			}
		}
	}
}

// TestVP06_ResultBelongsToItsNameAndAccount: a check stands inside the destination
// it was run for. What shows that it was run for another one makes its match
// unavailable; it does not take bad news away.
func TestVP06_ResultBelongsToItsNameAndAccount(t *testing.T) {
	t.Parallel()
	britishIBAN := Destination{IBAN: "GB29NWBK60161331926819", Holder: "Giulia Ferri"}
	american := Destination{RoutingNumber: "021000021", AccountNumber: "123456789", Holder: "Giulia Ferri"}
	for _, tt := range []struct {
		name string
		d    Destination
		want PayeeResult
	}{
		{"the same name", checked(dutchAccount, VerificationOfPayee, PayeeMatch, "Giulia Ferri", ""), PayeeMatch},
		{"as the bank writes it", checked(dutchAccount, VerificationOfPayee, PayeeMatch, "GIULIA  FERRI.", "MTCH"), PayeeMatch},
		{"another name", checked(dutchAccount, VerificationOfPayee, PayeeMatch, "Mario Rossi", "MTCH"), PayeeUnavailable},
		{"another name, close", checked(dutchAccount, VerificationOfPayee, PayeeClose, "Julia Ferri", "CMTC"), PayeeClose},
		{"another name, no match", checked(dutchAccount, VerificationOfPayee, PayeeNoMatch, "Mario Rossi", ""), PayeeNoMatch},
		{"a British IBAN", checked(britishIBAN, ConfirmationOfPayee, PayeeMatch, "", ""), PayeeMatch},
		{"a British scheme, a Dutch account", checked(dutchAccount, ConfirmationOfPayee, PayeeMatch, "", ""), PayeeUnavailable},
		{"a scheme of IBANs, an account without one", checked(britishAccount, VerificationOfPayee, PayeeMatch, "", ""), PayeeUnavailable},
		{"no scheme looks there", checked(american, ConfirmationOfPayee, PayeeMatch, "", ""), PayeeUnavailable},
		{"bad news of the wrong scheme", checked(american, ConfirmationOfPayee, PayeeNoMatch, "", ""), PayeeNoMatch},
	} {
		if got := tt.d.PayeeOutcome(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestVP02_ReturnedName: the bank's name is there for a close match alone.
func TestVP02_ReturnedName(t *testing.T) {
	t.Parallel()
	for result, want := range map[PayeeResult]string{PayeeMatch: "", PayeeClose: "Julia Ferri", PayeeNoMatch: "", PayeeUnavailable: ""} {
		if got := checked(dutchAccount, VerificationOfPayee, result, "Julia Ferri", "").PayeeName(); got != want {
			t.Errorf("%s: %q", result, got)
		}
	}
	if got := dutchAccount.PayeeName(); got != "" {
		t.Errorf("without a check: %q", got)
	}
}
