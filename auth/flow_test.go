package auth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authtest"
)

// DESIGN §5: a passkey of each algorithm proves both stages, each proof bound
// to its subject and verifiable from its evidence alone.
func TestPasskeyProof(t *testing.T) {
	t.Parallel()
	for name, alg := range map[string]authtest.Algorithm{"ES256": authtest.ES256, "EdDSA": authtest.EdDSA, "RS256": authtest.RS256} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := authtest.NewDevice(home)
			d.Algorithm = alg
			a := w.enrol(seller, d)
			if a.Method != approvals.Passkey || a.Name != "Phone" || !a.BackupEligible || !a.UsableFrom.Equal(a.CreatedAt) {
				t.Errorf("enrolled %+v", a)
			}
			for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
				sub := subject("a-1")
				sub.Stage = stage
				p, err := w.prove(sub, d)
				if err != nil {
					t.Fatal(err)
				}
				if p.Action != "a-1" || p.Stage != stage || p.Generation != 1 || p.Digest != sub.Digest || !p.UV || p.Authenticator != a.ID || !p.At.Equal(w.clock) {
					t.Errorf("proof %+v", p)
				}
				if err := auth.VerifyEvidence(p, "market.example", []string{home}); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// STANDARDS WA-01, WA-18: the challenge is 32 random bytes and the digest, and
// the proof spends its hash.
func TestChallenge_NonceAndDigest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := authtest.NewDevice(home)
	w.enrol(seller, d)
	seen := map[string]bool{}
	for range 3 {
		p, err := w.prove(subject("a-1"), d)
		if err != nil {
			t.Fatal(err)
		}
		var e auth.Evidence
		if err := json.Unmarshal(p.Evidence, &e); err != nil {
			t.Fatal(err)
		}
		spent := sha256.Sum256(e.Passkey.Challenge)
		if len(e.Passkey.Challenge) != 64 || [32]byte(e.Passkey.Challenge[32:]) != [32]byte(p.Digest) || p.Spent != hex.EncodeToString(spent[:]) {
			t.Errorf("challenge %x of digest %s spends %s", e.Passkey.Challenge, p.Digest, p.Spent)
		}
		seen[string(e.Passkey.Nonce)] = true
	}
	if len(seen) != 3 {
		t.Error("a nonce came twice")
	}
}

// OT-10, OT-11: an app proves with a later code than the one it was enrolled with.
func TestCodeProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	app := w.enrolApp(seller)
	_, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	refused(t, err, approvals.CodeProofWrong)
	if w.reasons() != "replayed" {
		t.Errorf("the enrolment code was refused as %q", w.reasons())
	}
	w.pass(30 * time.Second)
	p, err := w.auth.ProveCode(t.Context(), subject("a-1"), app.Code(w.clock))
	if err != nil {
		t.Fatal(err)
	}
	if p.Method != approvals.TOTP || p.UV || p.Digest != subject("a-1").Digest {
		t.Errorf("proof %+v", p)
	}
	if err := auth.VerifyEvidence(p, "market.example", []string{home}); err != nil {
		t.Error(err)
	}
}
