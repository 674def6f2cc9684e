package approvals_test

import (
	"context"
	"strings"
	"testing"

	"countersign/approvals"
)

// TestVP06_TheCheckIsUnderTheDigest: both proofs are for a name check as it was
// supplied, with the name and the account it was run for. Any other is another
// action, and none can be moved to another account.
func TestVP06_TheCheckIsUnderTheDigest(t *testing.T) {
	t.Parallel()
	to := func(holder, iban, check string) string {
		d := `{"to":{"holder":"` + holder + `","iban":"` + iban + `"`
		if check != "" {
			d += `,"payee_check":` + check
		}
		return d + `}}`
	}
	const holder, iban, check = "Francesca Conti", "NL91ABNA0417164300", `{"scheme":"vop","result":"close","name":"F. Conti","code":"CMTC"}`
	seen := map[approvals.Digest]string{}
	for name, raw := range map[string]string{
		"as it was":       to(holder, iban, check),
		"no check":        to(holder, iban, ""),
		"another result":  to(holder, iban, strings.Replace(check, "close", "match", 1)),
		"another name":    to(holder, iban, strings.Replace(check, "F. Conti", "F. Conte", 1)),
		"no name":         to(holder, iban, strings.Replace(check, `"name":"F. Conti",`, "", 1)),
		"another code":    to(holder, iban, strings.Replace(check, "CMTC", "MTCH", 1)),
		"another scheme":  to(holder, iban, strings.Replace(check, "vop", "cop", 1)),
		"another holder":  to("Mario Rossi", iban, check),
		"another account": to(holder, "DE89370400440532013000", check),
	} {
		r := request(seller)
		r.Details = []byte(raw)
		a, err := newGateway().Create(context.Background(), r) // the same id and time each
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if other, taken := seen[a.Digest]; taken {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[a.Digest] = name
	}
}
