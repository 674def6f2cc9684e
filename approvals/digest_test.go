package approvals_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
)

// TestDigestIsPinned: the bytes both proofs sign, written out by hand as DESIGN
// §5 defines them. Evidence made today must verify for years.
func TestDigestIsPinned(t *testing.T) {
	t.Parallel()
	a := propose(t, seller).Action
	want := "countersign/action/v1\n" +
		`{"created_at":"2026-11-23T09:00:00.000000Z",` +
		`"details":{"from":{"holder":"Francesca Conti","iban":"IT60X0542811101000000123456"},"to":{"holder":"Francesca Conti","iban":"NL91ABNA0417164300"}},` +
		`"id":"01939c1e-0000-7000-8000-000000000001","kind":"payout_account.change","marketplace":"bottega","seller":"seller-1"}`
	got, err := approvals.CanonicalBytes(a)
	if err != nil || string(got) != want {
		t.Fatalf("canonical bytes\n%s, %v, want\n%s", got, err, want)
	}
	sum := sha256.Sum256([]byte(want))
	if a.Digest != sum || a.Digest.String() != hex.EncodeToString(sum[:]) {
		t.Errorf("digest %s, want %x", a.Digest, sum)
	}
}

// TestDigestIgnores what an action may become: everything but the six fields.
func TestDigestIgnores(t *testing.T) {
	t.Parallel()
	want := propose(t, seller).Action.Digest
	for _, s := range approvals.States {
		a := reach(t, s)
		a.Metadata, a.ReturnURL, a.Context.IP = json.RawMessage(`{"x":1}`), "https://other.example", "192.0.2.1"
		if got, err := approvals.ComputeDigest(a); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", s, got, err, want)
		}
	}
	a := propose(t, seller).Action
	a.CreatedAt = a.CreatedAt.In(time.FixedZone("CET", 3600)).Add(999 * time.Nanosecond)
	if got, _ := approvals.ComputeDigest(a); got != want {
		t.Error("the same microsecond in another zone has another digest")
	}
}

// TestI6_UnicodeFormsDiffer: canonicalising does not normalise (JC-04): é as one
// character and as two are different names.
func TestI6_UnicodeFormsDiffer(t *testing.T) {
	t.Parallel()
	digest := func(holder string) approvals.Digest {
		raw := strings.ReplaceAll(details, "Francesca Conti", holder)
		d := mustDraft(t)
		var err error
		if d.Details, err = approvals.ParseDetails(approvals.PayoutAccountChange, []byte(raw)); err != nil {
			t.Fatal(err)
		}
		return must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action.Digest
	}
	if digest("Andr\u00e9") == digest("Andre\u0301") {
		t.Error("NFC and NFD have one digest")
	}
	if digest("Andr\u00e9") != digest(`Andr\u00e9`) {
		t.Error("an escape changes the digest")
	}
	if digest("A&B <c>") != digest(`A\u0026B \u003cc\u003e`) {
		t.Error("an escape of HTML's characters changes the digest")
	}
}

// fields are the six an action's digest is over, in a form to draw and compare.
type fields struct{ ID, Kind, Marketplace, Seller, Details, CreatedAt string }

func (f fields) digest(t interface{ Fatalf(string, ...any) }) approvals.Digest {
	at, err := time.Parse(approvals.TimeFormat, f.CreatedAt)
	if err != nil {
		t.Fatalf("time: %v", err)
	}
	d, err := approvals.ComputeDigest(approvals.Action{
		ID: approvals.ActionID(f.ID), Kind: approvals.Kind(f.Kind), Marketplace: approvals.MarketplaceID(f.Marketplace),
		Seller: approvals.SellerID(f.Seller), Details: json.RawMessage(f.Details), CreatedAt: at,
	})
	if err != nil {
		t.Fatalf("digest: %v", err)
	}
	return d
}

// drawFields draws short words over an alphabet that holds every character that
// separates anything, so that borders are easy to confuse.
func drawFields(t *rapid.T, name string) fields {
	word := rapid.StringOfN(rapid.SampledFrom([]rune("ab\",:{}\\\n é")), 0, 4, -1)
	quoted := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("quote: %v", err)
		}
		return string(b)
	}
	return fields{
		ID: word.Draw(t, name+" id"), Kind: word.Draw(t, name+" kind"), Marketplace: word.Draw(t, name+" marketplace"), Seller: word.Draw(t, name+" seller"),
		Details:   "{" + quoted(word.Draw(t, name+" key")) + ":" + quoted(word.Draw(t, name+" value")) + "}",
		CreatedAt: t0.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, name+" µs")) * time.Microsecond).Format(approvals.TimeFormat),
	}
}

// TestI11_DigestIsInjective: two actions have one digest exactly when all six
// fields are equal, wherever the borders between them fall.
func TestI11_DigestIsInjective(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawFields(t, "a"), drawFields(t, "b")
		if rapid.Bool().Draw(t, "shift") { // the same characters, another border
			b = a
			b.Marketplace, b.Seller = cutElsewhere(t, a.Marketplace+a.Seller)
		}
		if (a.digest(t) == b.digest(t)) != (a == b) {
			t.Fatalf("%+v and %+v: %s and %s", a, b, a.digest(t), b.digest(t))
		}
	})
}

func cutElsewhere(t *rapid.T, s string) (before, after string) {
	runes := []rune(s)
	i := rapid.IntRange(0, len(runes)).Draw(t, "border")
	return string(runes[:i]), string(runes[i:])
}

// TestI11_FieldsMoved moves a value into the next field, out of the details and
// into them.
func TestI11_FieldsMoved(t *testing.T) {
	t.Parallel()
	base := fields{"id", "kind", "shop", "seller", `{"a":"x","b":"y"}`, t0.Format(approvals.TimeFormat)}
	moved := map[string]fields{"base": base}
	for name, change := range map[string]func(*fields){
		"seller and marketplace swapped":  func(f *fields) { f.Seller, f.Marketplace = f.Marketplace, f.Seller },
		"a letter over the border":        func(f *fields) { f.Marketplace, f.Seller = "shops", "eller" },
		"seller inside marketplace":       func(f *fields) { f.Marketplace, f.Seller = `shop","seller":"seller`, "" },
		"id and kind swapped":             func(f *fields) { f.ID, f.Kind = f.Kind, f.ID },
		"a field of the details dropped":  func(f *fields) { f.Details = `{"a":"x"}` },
		"values of the details swapped":   func(f *fields) { f.Details = `{"a":"y","b":"x"}` },
		"values joined":                   func(f *fields) { f.Details = `{"a":"x\",\"b\":\"y"}` },
		"details one level deeper":        func(f *fields) { f.Details = `{"details":{"a":"x","b":"y"}}` },
		"a field that shadows the seller": func(f *fields) { f.Details = `{"a":"x","b":"y","seller":"seller"}` },
		"a number for a string":           func(f *fields) { f.Details = `{"a":"x","b":1}` },
		"a microsecond later":             func(f *fields) { f.CreatedAt = t0.Add(time.Microsecond).Format(approvals.TimeFormat) },
	} {
		f := base
		change(&f)
		moved[name] = f
	}
	seen := map[approvals.Digest]string{}
	for _, name := range slices.Sorted(maps.Keys(moved)) {
		d := moved[name].digest(t)
		if other, twice := seen[d]; twice {
			t.Errorf("%q and %q have one digest", name, other)
		}
		seen[d] = name
	}
}

// TestI7_SpellingOfJSON: whatever order, space and escapes the details come in,
// the digest is the same.
func TestI7_SpellingOfJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.MapOfN(rapid.StringMatching(`[a-zé"\\ ]{1,5}`), rapid.StringMatching(`[a-z<>&é\\"/ ]{0,6}`), 0, 6).Draw(t, "details")
		compact, err := json.Marshal(doc)
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		keys := rapid.Permutation(slices.Sorted(maps.Keys(doc))).Draw(t, "order")
		var spelled bytes.Buffer
		for i, k := range keys {
			if i > 0 {
				spelled.WriteString(",\n\t")
			}
			spelled.WriteString(escapeAll(k) + " : " + escapeAll(doc[k]))
		}
		f := fields{Details: string(compact), CreatedAt: t0.Format(approvals.TimeFormat)}
		g := f
		g.Details = " {" + spelled.String() + "\r\n} "
		if f.digest(t) != g.digest(t) {
			t.Fatalf("%s and %s differ", f.Details, g.Details)
		}
	})
}

// escapeAll writes every character of the basic plane as its \u escape of four digits.
func escapeAll(s string) string {
	const digits = "0123456789abcdef"
	out := []byte{'"'}
	for _, r := range s {
		out = append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	return string(append(out, '"'))
}
