package destination

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const (
	exampleDE = "DE89370400440532013000"
	exampleGB = "GB29NWBK60161331926819"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	const oneOf = "iban give exactly one of iban"
	for _, tt := range []struct {
		name string
		d    Destination
		want string // "" = valid; else how the error begins, after "destination: "
	}{
		{"IBAN", Destination{IBAN: exampleDE, Country: "de"}, ""},
		{"IBAN of a territory", Destination{IBAN: exampleGB, Country: "JE"}, ""},
		{"sort code with dashes", Destination{SortCode: "60-16-13", AccountNumber: "3192 6819"}, ""},
		{"sort code in Guernsey", Destination{SortCode: "601613", AccountNumber: "31926819", Country: "GG"}, ""},
		{"routing number", Destination{RoutingNumber: "0210 0002 1", AccountNumber: "123456789"}, ""},
		{"nothing", Destination{}, oneOf},
		{"two forms", Destination{IBAN: exampleGB, SortCode: "601613", AccountNumber: "31926819"}, oneOf},
		{"IBAN and account number", Destination{IBAN: exampleGB, AccountNumber: "31926819"}, oneOf},
		{"sort code and routing number", Destination{SortCode: "601613", RoutingNumber: "021000021", AccountNumber: "31926819"}, oneOf},
		{"account number alone", Destination{AccountNumber: "31926819"}, "account_number needs sort_code"},
		{"five-digit sort code", Destination{SortCode: "60161", AccountNumber: "31926819"}, "sort_code must be 6 digits"},
		{"seven-digit account", Destination{SortCode: "601613", AccountNumber: "3192681"}, "account_number must be 8 digits"},
		{"no account", Destination{SortCode: "601613"}, "account_number must be 8 digits"},
		{"letters in a sort code", Destination{SortCode: "6O1613", AccountNumber: "31926819"}, "sort_code must be 6 digits"},
		{"routing number, wrong check digit", Destination{RoutingNumber: "021000022", AccountNumber: "123456789"}, "routing_number has a wrong check digit"},
		{"routing number of zeros", Destination{RoutingNumber: "000000000", AccountNumber: "123456789"}, "routing_number has a wrong check digit"},
		{"eight-digit routing number", Destination{RoutingNumber: "02100002", AccountNumber: "123456789"}, "routing_number must be 9 digits"},
		{"US account too long", Destination{RoutingNumber: "021000021", AccountNumber: strings.Repeat("1", 18)}, "account_number must be 4 to 17"},
		{"US account of zeros", Destination{RoutingNumber: "021000021", AccountNumber: "00000000"}, "account_number must be 4 to 17"},
		{"another country", Destination{IBAN: exampleDE, Country: "NL"}, "country is NL, but the account is in DE"},
		{"Irish sort code", Destination{SortCode: "931152", AccountNumber: "12345678", Country: "IE"}, "country is IE, but the account is in GB"},
		{"country in words", Destination{IBAN: exampleDE, Country: "Germany"}, "country must be a two-letter"},
		{"blank holder", Destination{IBAN: exampleDE, Holder: " \u00a0"}, "holder must name"},
		{"bidi in the holder", Destination{IBAN: exampleDE, Holder: "A\u202eB"}, "holder holds a control, bidi"},
		{"broken UTF-8", Destination{IBAN: exampleDE, Holder: "A\xff"}, "holder is not valid UTF-8"},
		{"NUL in the bank", Destination{IBAN: exampleDE, BankName: "A\x00"}, "bank_name holds a control"},
		{"long bank", Destination{IBAN: exampleDE, BankName: strings.Repeat("é", 141)}, "bank_name may have 140"},
		{"longest bank", Destination{IBAN: exampleDE, BankName: strings.Repeat("é", 140)}, ""},
		{"name check", Destination{IBAN: exampleDE, PayeeCheck: &PayeeCheck{Scheme: "vop", Result: "close", Name: "A Holder", Code: "MBAM"}}, ""},
		{"unknown scheme", Destination{IBAN: exampleDE, PayeeCheck: &PayeeCheck{Scheme: "VOP", Result: "match"}}, "payee_check.scheme must be"},
		{"unknown result", Destination{IBAN: exampleDE, PayeeCheck: &PayeeCheck{Scheme: "cop"}}, "payee_check.result must be"},
		{"long code", Destination{IBAN: exampleDE, PayeeCheck: &PayeeCheck{Scheme: "cop", Result: "match", Code: strings.Repeat("A", 36)}}, "payee_check.code may have 35"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.d.Holder == "" {
				tt.d.Holder = "A. Holder"
			}
			err := tt.d.Validate()
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "destination: "+tt.want)) {
				t.Fatalf("got %v, want %s…", err, tt.want)
			}
			if _, perr := Parse(tt.d); (perr == nil) != (err == nil) {
				t.Errorf("Parse says %v", perr)
			}
		})
	}
}

// TestValidateNamesEveryField: one answer, all that is wrong.
func TestValidateNamesEveryField(t *testing.T) {
	t.Parallel()
	err := Destination{SortCode: "1", AccountNumber: "2", BankName: "\u200b", PayeeCheck: &PayeeCheck{}}.Validate()
	invalid, ok := errors.AsType[*InvalidError](err)
	if !ok {
		t.Fatalf("got %T", err)
	}
	var fields []string
	for _, f := range invalid.Fields {
		fields = append(fields, f.Field)
	}
	want := "sort_code account_number holder bank_name payee_check.scheme payee_check.result"
	if got := strings.Join(fields, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseGivesDataForm(t *testing.T) {
	t.Parallel()
	check := &PayeeCheck{Scheme: VerificationOfPayee, Result: PayeeMatch}
	got, err := Parse(Destination{IBAN: "de89 3704-0044 0532 0130 00", Holder: " A. Holder ", BankName: "A Bank ", Country: "de", PayeeCheck: check})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"iban":"DE89370400440532013000","holder":"A. Holder","bank_name":"A Bank","country":"DE","payee_check":{"scheme":"vop","result":"match"}}`
	if string(data) != want {
		t.Errorf("got %s\nwant %s", data, want)
	}
	check.Result = PayeeNoMatch
	if got.PayeeCheck.Result != PayeeMatch {
		t.Error("the parsed value shares the caller's name check")
	}
}
