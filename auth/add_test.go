package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// add makes one more passkey, pending.
func (w *world) add(d *authtest.Device) (auth.Authenticator, error) {
	w.t.Helper()
	options, err := w.auth.BeginPasskeyAdd(w.t.Context(), seller, "Ada")
	if err != nil {
		return auth.Authenticator{}, err
	}
	made, err := d.Create(options)
	if err != nil {
		return auth.Authenticator{}, err
	}
	return w.auth.FinishPasskeyAdd(w.t.Context(), seller, auth.PasskeyAnswer{Credential: made, Name: "Laptop", Onboarded: w.clock})
}

// TA-02, OT-10, PS-18: what is pending proves nothing, whatever the stage and however
// fresh the onboarding, and takes nothing from what is there.
func TestPending_Inert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owner, thief := authtest.NewDevice(home), authtest.NewDevice(home)
	w.enrol(seller, owner)
	w.pass(time.Minute)
	a, err := w.add(thief)
	if err != nil || !a.Pending() || a.Usable(w.clock) || a.InQuarantine(w.clock) || a.Name != "Laptop" {
		t.Fatalf("%+v, %v", a, err)
	}
	for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
		options, err := w.auth.BeginPasskey(t.Context(), at(stage, "a-1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := thief.Get(options); err == nil {
			t.Error("a pending passkey is asked")
		}
		forged, err := thief.Get(allowing(t, options, thief))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.auth.ProvePasskey(t.Context(), at(stage, "a-1"), forged)
		refused(t, err, approvals.CodeProofWrong)
		if _, err := w.prove(at(stage, "a-1"), owner); err != nil {
			t.Errorf("the owner's: %v", err)
		}
	}
	if !strings.Contains(w.reasons(), "unknown_key") {
		t.Errorf("refused as %q", w.reasons())
	}
}

// allowing is the options a page of the thief's own would give to his device.
func allowing(t *testing.T, options []byte, d *authtest.Device) []byte {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	o["allowCredentials"] = []map[string]any{{"type": "public-key", "id": base64.RawURLEncoding.EncodeToString(d.Credentials()[0])}}
	changed, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// WA-12: a device that has a passkey of the seller's is not asked for another,
// a pending one included. One whose passkey was switched off may make another:
// an addition that ended does not burn the device.
func TestAdd_Excludes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := authtest.NewDevice(home), authtest.NewDevice(home)
	w.enrol(seller, first)
	if _, err := w.add(first); err == nil {
		t.Error("the same device again")
	}
	if _, err := w.add(second); err != nil {
		t.Fatal(err)
	}
	if _, err := w.add(second); err == nil {
		t.Error("the device of a pending passkey again")
	}
	w.store.records[1].DisabledAt = w.clock
	if _, err := w.add(second); err != nil {
		t.Errorf("a device whose passkey was switched off: %v", err)
	}
}

// Adding is for who can prove the addition: not for a seller without anything,
// nor for one whose app is kept out.
func TestAdd_NeedsAProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.auth.BeginPasskeyAdd(t.Context(), seller, "Ada")
	refused(t, err, approvals.CodeNoAuthenticator)
	_, err = w.auth.FinishCodeAdd(t.Context(), seller, auth.CodeAnswer{})
	refused(t, err, approvals.CodeNoAuthenticator)
	_, passkey := w.withBoth(w.clock)
	passkey.DisabledAt = w.clock
	_, err = w.auth.BeginCodeAdd(t.Context(), seller, "ada")
	refused(t, err, approvals.CodeMethod)
	w.codes() // with printed codes there is a way back
	if _, err = w.auth.BeginPasskeyAdd(t.Context(), seller, "Ada"); err != nil {
		t.Error(err)
	}
}

// A second app, with its code spent (OT-11).
func TestAdd_App(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrol(seller, authtest.NewDevice(home))
	e, err := w.auth.BeginCodeAdd(t.Context(), seller, "ada")
	if err != nil {
		t.Fatal(err)
	}
	app, err := authtest.NewApp(e.Secret)
	if err != nil {
		t.Fatal(err)
	}
	answer := auth.CodeAnswer{Enrolment: e.ID, Code: w.wrongCode(app), Name: "\u202eppa"}
	_, err = w.auth.FinishCodeAdd(t.Context(), seller, answer)
	refused(t, err, approvals.CodeProofWrong)
	answer.Code = app.Code(w.clock)
	a, err := w.auth.FinishCodeAdd(t.Context(), seller, answer)
	if err != nil || !a.Pending() || a.Name != "ppa" || w.store.records[1].LastStep != w.clock.Unix()/30 {
		t.Errorf("%+v, %v", a, err)
	}
	_, err = w.auth.FinishCodeAdd(t.Context(), seller, answer)
	refused(t, err, approvals.CodeNotFound)
}

// What a name may be made of (UX S9).
func TestRename_Refuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.enrol(seller, authtest.NewDevice(home))
	for _, name := range []string{"", "   ", strings.Repeat("x", 65), "a\nb", "a\x00", "a\u202eb", "a\u2066b", "a\xffb"} {
		refused(t, w.auth.Rename(t.Context(), seller, a.ID, name), approvals.CodeInvalid)
	}
	for _, name := range []string{"x", strings.Repeat("é", 64), "Ada's phone (blue)", "電話"} {
		if err := w.auth.Rename(t.Context(), seller, a.ID, name); err != nil || w.store.records[0].Name != name {
			t.Errorf("%q: %v", name, err)
		}
	}
}
