package approvals_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gowebpki/jcs"

	"countersign/approvals"
)

// FuzzDecodeStrict looks for a document that is let through although another
// reader would see something else in it.
func FuzzDecodeStrict(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, details, `{"name":"a","count":1,"inner":{"seller":"x"},"list":[{}],"metadata":{"Any Key":[1,true,"x"]}}`,
		`{"name":"a","name":"b"}`, `{"Name":"a"}`, `{"name":"\ud83d\ude00"}`, `{"name":"\ud83d"}`, `{"name":"\\ud83d"}`,
		`{"count":1e400}`, `{"count":-0}`, `{"count":9007199254740993}`, `{"metadata":{"a":{"a":{"a":1}}}}`, `{"name":"a"} x`,
		"\ufeff{}", "{\"name\":\"\x00\"}", "{\"name\":\"\xff\"}", "{\"name\":\"\u202e\"}", deep(40), `{"list":[{},]}`, `{"count":01}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v call
		err := approvals.DecodeStrict(raw, &v, "metadata")
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatal("accepted, and not JSON in UTF-8")
		}
		checkOneReading(t, raw)
	})
}

// FuzzCanonicalDetails is the same for what a claim presents.
func FuzzCanonicalDetails(f *testing.F) {
	f.Add([]byte(details))
	for _, raw := range tampered() {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		canonical, err := approvals.CanonicalDetails(raw)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		checkOneReading(t, raw)
		again, err := approvals.CanonicalDetails(canonical)
		if err != nil || !bytes.Equal(again, canonical) {
			t.Fatalf("canonical %s once more: %s, %v", canonical, again, err)
		}
	})
}

// checkRefusal: only a refusal may come back, and its fields are plain words.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	e := refusal(err)
	if e == nil || e.Code != approvals.CodeInvalid {
		t.Fatalf("not a refusal: %v", err)
	}
	for _, f := range e.Fields {
		if strings.Trim(f.Field, "abcdefghijklmnopqrstuvwxyz0123456789_.") != "" {
			t.Fatalf("field %q", f.Field)
		}
	}
}

// checkOneReading: the canonical form has the same keys and strings that
// encoding/json reads, none of them twice and none replaced.
func checkOneReading(t *testing.T, raw []byte) {
	t.Helper()
	canonical, err := jcs.Transform(raw)
	if err != nil {
		t.Fatalf("accepted, and cannot be canonicalised: %v", err)
	}
	var ours, theirs any
	if err := json.Unmarshal(raw, &ours); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(canonical, &theirs); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(ours)
	b, _ := json.Marshal(theirs)
	if !bytes.Equal(a, b) {
		t.Fatalf("%s is read as %s and as %s", raw, a, b)
	}
	const replaced = "\ufffd"
	if strings.Count(string(a), replaced) > strings.Count(string(raw), replaced)+strings.Count(strings.ToLower(string(raw)), `\ufffd`) {
		t.Fatalf("a character of %q was replaced", raw)
	}
}
