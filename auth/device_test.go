package auth_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

const day = 24 * time.Hour

func newBrowser(t *testing.T) *authtest.Browser {
	t.Helper()
	b, err := authtest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// begun is what b signs for a challenge of this subject.
func (w *world) begun(sub auth.Subject, b *authtest.Browser) auth.DeviceAnswer {
	w.t.Helper()
	challenge, err := w.auth.BeginDevice(w.t.Context(), sub)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.signs(b, challenge)
}

func (w *world) signs(b *authtest.Browser, challenge []byte) auth.DeviceAnswer {
	w.t.Helper()
	signature, err := b.Sign(challenge)
	if err != nil {
		w.t.Fatal(err)
	}
	return auth.DeviceAnswer{Key: b.Key(), Signature: signature, Challenge: challenge, UserAgent: "Robot"}
}

// coded makes a proof with the app's next code on this device.
func (w *world) coded(sub auth.Subject, app *authtest.App, on auth.DeviceAnswer) (approvals.Proof, error) {
	w.t.Helper()
	w.pass(time.Minute)
	return w.auth.Prove(w.t.Context(), sub, auth.Answer{Code: app.Code(w.clock), Device: on})
}

// THREATS finding 2, device_age: a device is known since its first accepted
// proof, and by its key alone.
func TestDevice_Age(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, b := w.enrolApp(seller), newBrowser(t)
	p, err := w.coded(subject("a-1"), app, w.begun(subject("a-1"), b))
	if err != nil || p.Device == "" || !p.DeviceSince.IsZero() || !p.DeviceKnownFrom.Equal(w.clock.Add(auth.DeviceKnown)) {
		t.Fatalf("first seen: %+v, %v", p, err)
	}
	first := w.clock
	w.pass(31 * day)
	again, err := w.coded(subject("a-2"), app, w.begun(subject("a-2"), b))
	if len(p.DeviceKey) != 65 || !bytes.Equal(again.DeviceKey, p.DeviceKey) {
		t.Errorf("one browser has the keys %x and %x", p.DeviceKey, again.DeviceKey)
	}
	if err != nil || again.Device != p.Device || !again.DeviceSince.Equal(first) || again.DeviceKnownFrom.After(w.clock.Add(-day)) {
		t.Errorf("31 days later: %+v, %v", again, err)
	}
	if err := auth.VerifyEvidence(again, "market.example", []string{home}); err != nil {
		t.Errorf("the evidence: %v", err)
	}
	elsewhere, err := w.coded(subject("a-3"), app, w.begun(subject("a-3"), newBrowser(t)))
	if err != nil || elsewhere.Device == p.Device || !elsewhere.DeviceSince.IsZero() {
		t.Errorf("another browser: %+v, %v", elsewhere, err)
	}
	none, err := w.coded(subject("a-4"), app, auth.DeviceAnswer{})
	if err != nil || none.Device != "" || none.DeviceKey != nil || !none.DeviceSince.IsZero() || !none.DeviceKnownFrom.IsZero() {
		t.Errorf("without script: %+v, %v", none, err)
	}
	if err := w.auth.RevokeDevice(t.Context(), seller, p.Device); err != nil {
		t.Fatal(err)
	}
	back, err := w.coded(subject("a-5"), app, w.begun(subject("a-5"), b))
	if err != nil || back.Device == p.Device || !back.DeviceSince.IsZero() {
		t.Errorf("removed and back: %+v, %v", back, err)
	}
}

// A refused code keeps nothing, and nobody learns from a device whether a code
// was right.
func TestDevice_OnlyWithAProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enrolApp(seller)
	sub := subject("a-1")
	_, err := w.auth.Prove(t.Context(), sub, auth.Answer{Code: "000000", Device: w.begun(sub, newBrowser(t))})
	refused(t, err, approvals.CodeProofWrong)
	if list, err := w.auth.Devices(t.Context(), seller); err != nil || len(list) > 0 {
		t.Errorf("kept %v, %v", list, err)
	}
}

// THREATS A7: what a thief can put together without the key is a device nobody
// knows.
func TestDevice_Forged(t *testing.T) {
	t.Parallel()
	sub := subject("a-1")
	for name, forge := range map[string]func(w *world, owner, thief *authtest.Browser) auth.DeviceAnswer{
		"a stolen public key": func(w *world, owner, thief *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, thief)
			a.Key = owner.Key()
			return a
		},
		"another action's": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer { return w.begun(subject("a-2"), owner) },
		"another stage's": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			other := sub
			other.Stage = approvals.StageConfirmation
			return w.begun(other, owner)
		},
		"another generation's": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			other := sub
			other.Generation++
			return w.begun(other, owner)
		},
		"a challenge of its own": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			return w.signs(owner, append(bytes.Repeat([]byte{7}, 32), sub.Digest[:]...))
		},
		"without the tag": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, owner)
			a.Signature, _ = owner.SignRaw(a.Challenge)
			return a
		},
		"cut short": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, owner)
			a.Signature = a.Signature[:63]
			return a
		},
		"no point": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, owner)
			a.Key = append([]byte{4}, bytes.Repeat([]byte{1}, 64)...)
			return a
		},
		"late": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, owner)
			w.pass(auth.ChallengeLife)
			return a
		},
		"replayed": func(w *world, owner, _ *authtest.Browser) auth.DeviceAnswer {
			a := w.begun(sub, owner)
			_, err := w.auth.Prove(w.t.Context(), sub, auth.Answer{Code: "000000", Device: a})
			refused(w.t, err, approvals.CodeProofWrong)
			return a
		},
	} {
		w := newWorld(t)
		app, owner := w.enrolApp(seller), newBrowser(t)
		known, err := w.coded(subject("a-0"), app, w.begun(subject("a-0"), owner))
		if err != nil {
			t.Fatal(err)
		}
		w.pass(31 * day)
		p, err := w.coded(sub, app, forge(w, owner, newBrowser(t)))
		if err != nil || p.Device == known.Device || !p.DeviceSince.IsZero() {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// A passkey's challenge is the device's as well, and its age its device's.
func TestDevice_WithAPasskey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, b := authtest.NewDevice(home), newBrowser(t)
	w.onboarded = time.Time{}
	w.enrol(seller, phone)
	made := w.clock
	w.pass(31 * day)
	for i, on := range []func(challenge []byte) auth.DeviceAnswer{
		func(c []byte) auth.DeviceAnswer { return w.signs(b, c) },
		func([]byte) auth.DeviceAnswer { return w.begun(subject("a-1"), b) },
		func([]byte) auth.DeviceAnswer { return auth.DeviceAnswer{} },
	} {
		options, err := w.auth.BeginPasskey(t.Context(), subject("a-1"))
		if err != nil {
			t.Fatal(err)
		}
		credential, err := phone.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.auth.Prove(t.Context(), subject("a-1"), auth.Answer{Credential: credential, Device: on(authtest.ChallengeOf(options))})
		if err != nil || (p.Device != "") != (i == 0) || !p.DeviceSince.Equal(made) || !p.Since.Equal(made) {
			t.Errorf("%d: %+v, %v", i, p, err)
		}
	}
}

// DESIGN rule 11: what a vouched seller enrols first is known from the start,
// its device included, also for an action asked for a day before.
func TestDevice_Vouched(t *testing.T) {
	t.Parallel()
	for _, vouched := range []bool{true, false} {
		w := newWorld(t)
		b := newBrowser(t)
		if !vouched {
			w.onboarded = time.Time{}
		}
		app := w.enrolAppOn(seller, w.begun(auth.Subject{Seller: seller}, b))
		if !vouched {
			w.pass(auth.FirstQuarantine)
		}
		asked := w.clock.Add(-day)
		p, err := w.coded(subject("a-1"), app, w.begun(subject("a-1"), b))
		if known := !p.DeviceKnownFrom.After(asked); err != nil || known != vouched || p.DeviceSince.IsZero() == vouched {
			t.Errorf("vouched %t: %+v, %v", vouched, p, err)
		}
		if old := !p.Since.After(asked.Add(-auth.DeviceKnown)); old != vouched {
			t.Errorf("vouched %t: the app is known since %s", vouched, p.Since)
		}
	}
}

// What would not be enough spends no code.
func TestProve_Enough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app, b := w.enrolApp(seller), newBrowser(t)
	if _, err := w.coded(subject("a-0"), app, w.begun(subject("a-0"), b)); err != nil {
		t.Fatal(err)
	}
	w.pass(31 * day)
	sub, code := subject("a-1"), app.Code(w.clock)
	enough := func(p approvals.Proof) error {
		if p.Method != approvals.TOTP || p.Device == "" || p.DeviceKnownFrom.After(w.clock) {
			return approvals.Refuse(approvals.CodeIndependent)
		}
		return nil
	}
	_, err := w.auth.Prove(t.Context(), sub, auth.Answer{Code: code, Device: w.begun(sub, newBrowser(t)), Enough: enough})
	refused(t, err, approvals.CodeIndependent)
	if _, err := w.auth.Prove(t.Context(), sub, auth.Answer{Code: code, Device: w.begun(sub, b), Enough: enough}); err != nil {
		t.Errorf("the same code where the device is known: %v", err)
	}
}
