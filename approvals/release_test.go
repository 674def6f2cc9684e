package approvals_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestReleaseClaims: the token of a claim says what DESIGN §6 lists, lives five
// minutes from the claim, and never says what a proof was (PS-02); of each it says how and when (NI-03, NI-24).
func TestReleaseClaims(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Releasing)
	got, err := approvals.ReleaseOf(a, "https://gateway.example")
	if err != nil {
		t.Fatal(err)
	}
	want := approvals.ReleaseClaims{
		Issuer: "https://gateway.example", Audience: "bottega", ID: a.ReleaseID() + "." + approvals.FormatTime(a.ClaimedAt),
		IssuedAt: a.ClaimedAt.Unix(), NotBefore: a.ClaimedAt.Unix(), ExpiresAt: a.ClaimedAt.Unix() + 300,
		Action: a.ID, ReleaseID: a.ReleaseID(), Digest: a.Digest.String(), Kind: a.Kind, Seller: a.Seller, Marketplace: a.Marketplace,
		Proofs: []approvals.ReleaseProof{
			{Stage: approvals.StageStepUp, Method: approvals.Passkey, At: approvals.FormatTime(a.Proofs[0].At)},
			{Stage: approvals.StageConfirmation, Method: approvals.Passkey, At: approvals.FormatTime(a.Proofs[1].At)},
		},
	}
	gotText, wantText := mustJSON(t, got), mustJSON(t, want)
	if gotText != wantText {
		t.Errorf("claims\n%s, want\n%s", gotText, wantText)
	}
	for _, private := range []string{"spent", "authenticator", "evidence", "IBAN", "iban", "4300", "Conti", "@"} {
		if strings.Contains(gotText, private) {
			t.Errorf("the token says %q: %s", private, gotText)
		}
	}
}

// TestReleaseClaims_OncePerClaim: the same claim gives the same token however
// often it is asked for; a second claim has another, of the same release.
func TestReleaseClaims_OncePerClaim(t *testing.T) {
	t.Parallel()
	first := reach(t, approvals.Releasing)
	a, _ := approvals.ReleaseOf(first, "i")
	b, _ := approvals.ReleaseOf(copyOf(t, first), "i")
	if mustJSON(t, a) != mustJSON(t, b) {
		t.Errorf("%+v, then %+v", a, b)
	}
	failed := reach(t, approvals.ExecutionFailed)
	again := must(t)(failed.ClaimFor(failed.Details, seller, gate(failed), soon(failed))).Action
	c, err := approvals.ReleaseOf(again, "i")
	if err != nil || c.ID == a.ID || c.ReleaseID != a.ReleaseID || c.Digest != a.Digest {
		t.Errorf("second claim: %+v, %v, after %+v", c, err, a)
	}
}

// TestReleaseClaims_OnlyReleasing: no other state has a token to give.
func TestReleaseClaims_OnlyReleasing(t *testing.T) {
	t.Parallel()
	for _, s := range approvals.States {
		if c, err := approvals.ReleaseOf(reach(t, s), "i"); (err == nil) != (s == approvals.Releasing) {
			t.Errorf("%s: %+v, %v", s, c, err)
		}
	}
	a := reach(t, approvals.Releasing)
	a.ClaimedAt = time.Time{}
	if _, err := approvals.ReleaseOf(a, "i"); err == nil {
		t.Error("a release that nobody claimed has a token")
	}
}

// TestReleaseClaims_PresentGeneration: proofs from before a lock are not in it.
func TestReleaseClaims_PresentGeneration(t *testing.T) {
	t.Parallel()
	a := forward(t, propose(t, seller).Action, seller, approvals.Approved)
	a = must(t)(a.HoldFor(approvals.HoldLocked, agent, soon(a))).Action
	s := seller
	s.LockEpoch++
	a = must(t)(a.Restart(s, agent, soon(a))).Action
	a = forward(t, a, s, approvals.Releasing)
	c, err := approvals.ReleaseOf(a, "i")
	if err != nil || len(a.Proofs) != 4 || len(c.Proofs) != 2 || c.Proofs[0].At != approvals.FormatTime(a.Proofs[2].At) || c.Proofs[1].At != approvals.FormatTime(a.Proofs[3].At) {
		t.Errorf("%+v of %d proofs, %v", c.Proofs, len(a.Proofs), err)
	}
}

func mustJSON(tb testing.TB, v any) string {
	tb.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(raw)
}
