package auth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// The options ask for what the policy checks (WA-02, WA-06, WA-11, WA-12, WA-16).
func TestOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw, err := w.auth.BeginPasskeyEnrolment(t.Context(), seller, "Ada\u202e Seller")
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		RP                      struct{ ID, Name string }
		User                    struct{ ID, Name, DisplayName string }
		Challenge               string
		Params                  []struct{ Alg int } `json:"pubKeyCredParams"`
		Timeout                 int
		Selection               struct{ UserVerification, ResidentKey string } `json:"authenticatorSelection"`
		Attestation, Extensions any
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	handle, _ := base64.RawURLEncoding.DecodeString(o.User.ID)
	challenge, _ := base64.RawURLEncoding.DecodeString(o.Challenge)
	if o.RP.ID != "market.example" || o.RP.Name != "Market" || o.User.Name != "Ada Seller" || len(handle) != 64 || len(challenge) != 32 ||
		len(o.Params) != 3 || o.Params[0].Alg != -7 || o.Params[1].Alg != -8 || o.Params[2].Alg != -257 || o.Timeout != 300_000 ||
		o.Selection.UserVerification != "required" || o.Attestation != "none" || o.Extensions != nil {
		t.Errorf("creation options %s", raw)
	}
	again, err := w.auth.BeginPasskeyEnrolment(t.Context(), seller, "Ada")
	if err != nil || !bytes.Contains(again, []byte(o.User.ID)) {
		t.Errorf("the user.id of a seller changes: %v", err)
	}
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	raw, err = w.auth.BeginPasskey(t.Context(), subject("a-1"))
	if err != nil {
		t.Fatal(err)
	}
	id := base64.RawURLEncoding.EncodeToString(d.Credentials()[0])
	for _, part := range []string{`"rpId":"market.example"`, `"timeout":300000`, `"userVerification":"required"`, `"id":"` + id + `"`, `"transports":["hybrid","internal"]`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("request options %s lack %s", raw, part)
		}
	}
	if strings.Contains(string(raw), "extensions") {
		t.Errorf("request options %s ask for extensions", raw)
	}
}

// RELIABILITY B4-B9, WA-11 at enrolment.
func TestEnrolPasskey_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie  authtest.Lie
		want string
	}{
		"B7 other origin":        {authtest.Origin("https://evil.example"), "origin"},
		"B6 other relying party": {authtest.RPID("evil.example"), "unverified"},
		"WA-01 other challenge":  {authtest.Challenge(make([]byte, 32)), "challenge"},
		"B9 webauthn.get":        {authtest.Type("webauthn.get"), "type"},
		"B4 UV clear":            {authtest.WithoutUV(), "unverified"},
		"B5 UP clear":            {authtest.WithoutUP(), "unverified"},
		"B8 crossOrigin":         {authtest.CrossOrigin(), "framed"},
		"B8 topOrigin":           {authtest.TopOrigin("https://evil.example"), "framed"},
		"B12 BS without BE":      {authtest.BackedUpOnly(), "unverified"},
		"WA-11 1,024-byte id":    {authtest.CredentialID(make([]byte, 1024)), "malformed"},
		"no id":                  {authtest.CredentialID(nil), "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.tryEnrol(seller, authtest.NewDevice(home), c.lie)
			e := refused(t, err, approvals.CodeProofWrong)
			if w.reasons() != c.want {
				t.Errorf("refused as %q, want %q", w.reasons(), c.want)
			}
			if late := c.want == "challenge"; (e.Facts["fault"] == "late") != late {
				t.Errorf("facts %v", e.Facts)
			}
			if _, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp); err == nil {
				t.Error("the seller has an authenticator now")
			}
			w.enrol(seller, authtest.NewDevice(home)) // still open
		})
	}
}

// RELIABILITY B18: a 1,024-bit RSA key; B21: an attestation nobody asked for.
func TestEnrolPasskey_KeyAndAttestation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	d.Algorithm, d.RSABits = authtest.RS256, 1024
	_, err := w.tryEnrol(seller, d)
	refused(t, err, approvals.CodeProofWrong)
	if w.reasons() != "algorithm" {
		t.Errorf("refused as %q", w.reasons())
	}
	huge := map[string]any{"alg": -7, "sig": []byte{1}, "x5c": []any{bytes.Repeat([]byte{0x30}, 16<<10)}}
	for _, format := range []string{"packed", "unheard-of", "none"} {
		w := newWorld(t)
		if _, err := w.tryEnrol(seller, authtest.NewDevice(home), authtest.Attestation(format, huge)); err != nil {
			t.Errorf("attestation %q: %v", format, err)
		}
	}
	huge["x5c"] = []any{bytes.Repeat([]byte{0x30}, 64<<10)}
	_, err = w.tryEnrol(seller, authtest.NewDevice(home), authtest.Attestation("packed", huge))
	refused(t, err, approvals.CodeProofWrong)
}

// WA-11: ids of 1 and 1,023 bytes; one id for two sellers.
func TestCredentialID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	d.CredentialSize = 1023
	w.enrol(seller, d)
	if _, err := w.prove(subject("a-1"), d); err != nil {
		t.Error(err)
	}
	other := approvals.SellerKey{Marketplace: "market", Seller: "s-2"}
	_, err := w.tryEnrol(other, authtest.NewDevice(home), authtest.CredentialID(d.Credentials()[0]))
	refused(t, err, approvals.CodeAlreadyEnrolled)
}

// PS-17: enrolment is open once, for both methods, whatever became of the first.
func TestEnrolment_ClosedAfterTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, err := w.auth.BeginCodeEnrolment(t.Context(), seller, "ada")
	if err != nil {
		t.Fatal(err)
	}
	options, err := w.auth.BeginPasskeyEnrolment(t.Context(), seller, "Ada")
	if err != nil {
		t.Fatal(err)
	}
	late, err := authtest.NewDevice(home).Create(options)
	if err != nil {
		t.Fatal(err)
	}
	w.enrol(seller, authtest.NewDevice(home))
	app, err := authtest.NewApp(code.Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: code.ID, Code: app.Code(w.clock)})
	refused(t, err, approvals.CodeEnrolmentClosed)
	_, err = w.auth.FinishPasskeyEnrolment(t.Context(), seller, auth.PasskeyAnswer{Name: "Thief", Credential: late})
	refused(t, err, approvals.CodeEnrolmentClosed)
	_, err = w.auth.BeginCodeEnrolment(t.Context(), seller, "thief")
	refused(t, err, approvals.CodeEnrolmentClosed)
}

// OT-05, NI-09, PS-18, OT-10, OT-11 and the page's part of S4: a seed of 160 bits,
// worth nothing before its code.
func TestEnrolCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.auth.BeginCodeEnrolment(t.Context(), seller, "ada:x@shop.example\u0000")
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Secret) != 32 || e.Account != "ada x@shop.example" || e.Issuer != "Market" {
		t.Errorf("enrolment for %s by %s", e.Account, e.Issuer)
	}
	if printed := fmt.Sprintf("%v %+v %s %#v", e, e, e, e); strings.Contains(printed, e.Secret) {
		t.Errorf("printed as %s (I23)", printed)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: e.ID, Code: "12345"})
	refused(t, err, approvals.CodeInvalid)
	_, err = w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: e.ID, Code: app.CodeOfStep(7)})
	refused(t, err, approvals.CodeProofWrong)
	if _, err := w.auth.Permitted(t.Context(), seller, approvals.StageStepUp); err == nil {
		t.Error("an unconfirmed seed counts (OT-10)")
	}
	again, err := w.auth.PendingCodeEnrolment(t.Context(), seller, e.ID)
	if err != nil || again.Secret != e.Secret {
		t.Errorf("shown again: %v", err)
	}
	_, err = w.auth.PendingCodeEnrolment(t.Context(), approvals.SellerKey{Marketplace: "market", Seller: "s-2"}, e.ID)
	refused(t, err, approvals.CodeNotFound)
	w.pass(auth.EnrolmentLife - time.Second)
	a, err := w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.clock)})
	if err != nil || a.Method != approvals.TOTP {
		t.Fatalf("%+v, %v", a, err)
	}
	if until, left, err := w.auth.Blocked(t.Context(), seller); !until.IsZero() || left != auth.MaxTries || err != nil {
		t.Errorf("wrong codes at enrolment were counted: %v %d %v", until, left, err)
	}
}

// An unconfirmed seed is worth nothing after its time.
func TestEnrolCode_Late(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.auth.BeginCodeEnrolment(t.Context(), seller, "")
	if err != nil {
		t.Fatal(err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(auth.EnrolmentLife)
	_, err = w.auth.FinishCodeEnrolment(t.Context(), seller, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.clock)})
	refused(t, err, approvals.CodeNotFound)
}
