package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// DESIGN §5, §9: evidence verifies by itself, and nothing in it or in the proof
// can be changed without that being seen.
func TestVerifyEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	p, err := w.prove(subject("a-1"), d)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(p approvals.Proof) error { return auth.VerifyEvidence(p, "market.example", []string{home}) }
	if err := verify(p); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*approvals.Proof){
		"action":        func(p *approvals.Proof) { p.Action = "a-2" },
		"generation":    func(p *approvals.Proof) { p.Generation++ },
		"stage":         func(p *approvals.Proof) { p.Stage = approvals.StageConfirmation },
		"digest":        func(p *approvals.Proof) { p.Digest[31] ^= 1 },
		"method":        func(p *approvals.Proof) { p.Method = approvals.TOTP },
		"authenticator": func(p *approvals.Proof) { p.Authenticator = "x" },
		"time":          func(p *approvals.Proof) { p.At = p.At.Add(time.Second) },
		"spent":         func(p *approvals.Proof) { p.Spent = strings.Repeat("0", 64) },
		"uv":            func(p *approvals.Proof) { p.UV = false },
		"nothing there": func(p *approvals.Proof) { p.Evidence = nil },
	} {
		changed := p
		change(&changed)
		if verify(changed) == nil {
			t.Errorf("another %s passes", name)
		}
	}
	for field := range passkeyFields(t, p.Evidence) {
		changed := p
		changed.Evidence = mutate(t, p.Evidence, field)
		if verify(changed) == nil && field != "credential_id" { // the key says whose it is, not its name
			t.Errorf("another %s passes: %s", field, changed.Evidence)
		}
	}
	level := []byte(`,"assurance":"aal2"`) // NI-01
	older, raised := p, p
	older.Evidence = bytes.Replace(p.Evidence, level, nil, 1)
	raised.Evidence = bytes.Replace(p.Evidence, level, []byte(`,"assurance":"aal3"`), 1)
	if err := verify(older); err != nil || bytes.Equal(older.Evidence, p.Evidence) {
		t.Errorf("evidence of before levels were kept: %v, of %s", err, p.Evidence)
	}
	if verify(raised) == nil {
		t.Error("another level of assurance passes")
	}
	if auth.VerifyEvidence(p, "market.example", []string{"https://other.example"}) == nil || auth.VerifyEvidence(p, "other.example", []string{home}) == nil {
		t.Error("another relying party passes")
	}
}

func passkeyFields(t *testing.T, evidence []byte) map[string]any {
	t.Helper()
	var e struct {
		Passkey map[string]any `json:"passkey"`
	}
	if err := json.Unmarshal(evidence, &e); err != nil {
		t.Fatal(err)
	}
	delete(e.Passkey, "counter")
	return e.Passkey
}

// mutate changes one member of the passkey's evidence by as little as can be.
func mutate(t *testing.T, evidence []byte, field string) []byte {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(evidence, &e); err != nil {
		t.Fatal(err)
	}
	m := e["passkey"].(map[string]any)
	switch v := m[field].(type) {
	case string:
		first := "A"
		if v[:1] == "A" {
			first = "B"
		}
		m[field] = first + v[1:]
	case bool:
		m[field] = !v
	default:
		t.Fatalf("%s is %T", field, v)
	}
	raw, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A code leaves its step behind, never itself.
func TestVerifyEvidence_Code(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	w.pass(time.Minute)
	code := app.Code(w.clock)
	p, err := w.auth.ProveCode(t.Context(), subject("a-1"), code)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(p.Evidence, []byte(code)) {
		t.Errorf("evidence holds the code: %s", p.Evidence)
	}
	if want := fmt.Sprintf(`"step":%d,`, w.clock.Unix()/30); !bytes.Contains(p.Evidence, []byte(want)) {
		t.Errorf("evidence %s lacks %s", p.Evidence, want)
	}
	other := p
	other.Spent = p.Authenticator + ":1"
	if auth.VerifyEvidence(p, "", nil) != nil || auth.VerifyEvidence(other, "", nil) == nil {
		t.Error("the spent step is not compared")
	}
}

// STANDARDS C7: a signature over the bare digest, without the random half, is
// no evidence, however good the signature.
func TestVerifyEvidence_BareDigest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	p, err := w.prove(subject("a-1"), d)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Response map[string]string }
	if err := json.Unmarshal(w.assertion(subject("a-1"), d, authtest.Challenge(p.Digest[:])), &answer); err != nil {
		t.Fatal(err)
	}
	var e map[string]any
	if err := json.Unmarshal(p.Evidence, &e); err != nil {
		t.Fatal(err)
	}
	passkey := e["passkey"].(map[string]any)
	passkey["nonce"], passkey["challenge"] = "", base64.RawURLEncoding.EncodeToString(p.Digest[:])
	passkey["client_data_json"], passkey["signature"] = answer.Response["clientDataJSON"], answer.Response["signature"]
	if p.Evidence, err = json.Marshal(e); err != nil {
		t.Fatal(err)
	}
	spent := sha256.Sum256(p.Digest[:])
	p.Spent = hex.EncodeToString(spent[:])
	err = auth.VerifyEvidence(p, "market.example", []string{home})
	if err == nil || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("got %v", err)
	}
}
