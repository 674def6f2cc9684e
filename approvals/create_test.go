package approvals_test

import (
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestPropose: what a new action is, in each of the states it may begin in.
func TestPropose(t *testing.T) {
	t.Parallel()
	locked := seller
	locked.Locked = true
	for _, c := range []struct {
		name    string
		outcome approvals.Outcome
		seller  approvals.Seller
		want    approvals.State
		hold    approvals.HoldCode
		opens   approvals.CaseReason
	}{
		{"allowed", approvals.Allow, seller, approvals.AwaitingStepUp, "", ""},
		{"to be reviewed", approvals.Review, seller, approvals.Held, approvals.HoldReview, approvals.CaseReview},
		{"denied", approvals.Deny, seller, approvals.Denied, "", ""},
		{"seller locked", approvals.Allow, locked, approvals.Held, approvals.HoldLocked, ""},
		{"seller locked, to be reviewed", approvals.Review, locked, approvals.Held, approvals.HoldLocked, approvals.CaseReview},
		{"seller locked, denied", approvals.Deny, locked, approvals.Denied, "", ""},
		{"no outcome", "", seller, approvals.Denied, "", ""},
		{"an outcome nobody knows", "alow", seller, approvals.Denied, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := defaultDecision()
			d.Outcome = c.outcome
			got := must(t)(approvals.Propose(mustDraft(t), c.seller, d, t0))
			a := got.Action
			if a.State != c.want || a.Hold != c.hold || a.State.Final() != !a.EndedAt.IsZero() {
				t.Errorf("%s for %q, ended %v", a.State, a.Hold, a.EndedAt)
			}
			if c.want == approvals.Held && (a.HeldFrom != approvals.AwaitingStepUp || !a.DueAt().Equal(t0.Add(approvals.HoldWindow))) {
				t.Errorf("held from %s until %v", a.HeldFrom, a.DueAt())
			}
			if opened := reasonOf(got.Case); opened != c.opens {
				t.Errorf("case %q, want %q", opened, c.opens)
			}
			checkCreation(t, got)
		})
	}
}

func reasonOf(c *approvals.Case) approvals.CaseReason {
	if c == nil {
		return ""
	}
	return c.Reason
}

// checkCreation holds what is true of every new action, also of one that is
// denied at once (DESIGN rule 8).
func checkCreation(t *testing.T, c approvals.Change) {
	t.Helper()
	a := c.Action
	if a.Version != 1 || a.Generation != 1 || a.LockEpoch != seller.LockEpoch || c.Event.Version != 1 || c.Event.From != "" || c.Event.To != string(a.State) {
		t.Errorf("version %d, generation %d, epoch %d, event %+v", a.Version, a.Generation, a.LockEpoch, c.Event)
	}
	if len(c.Sightings) != 1 || c.Sightings[0] != "f1" || c.Event.Data["fingerprint"] != "f1" {
		t.Errorf("destination not recorded: %v, %v", c.Sightings, c.Event.Data)
	}
	if want, err := approvals.ComputeDigest(a); err != nil || a.Digest != want {
		t.Errorf("digest %s, want %s, %v", a.Digest, want, err)
	}
	if len(c.Links) != 2 || c.Links[0].Purpose != approvals.StopLink || !c.Links[0].ExpiresAt.IsZero() || c.Links[1].Purpose != approvals.HandoffLink || !c.Links[1].ExpiresAt.Equal(t0.Add(10*time.Minute)) {
		t.Errorf("links %+v", c.Links)
	}
	if told := len(c.Mails) == 1 && c.Mails[0].Kind == approvals.MailRequested; told == (a.State == approvals.Denied) {
		t.Errorf("%s: mails %+v", a.State, c.Mails)
	}
	if len(c.Webhooks) != 1 || c.Webhooks[0] != "action."+string(a.State) {
		t.Errorf("webhooks %v", c.Webhooks)
	}
	if !a.NotBefore.IsZero() || !a.ConfirmBy.IsZero() || !a.ClaimBy.IsZero() || len(a.Proofs) != 0 {
		t.Errorf("a new action knows %v %v %v and %d proofs", a.NotBefore, a.ConfirmBy, a.ClaimBy, len(a.Proofs))
	}
}

// TestSnapshot: the contacts are those of the creation, whatever the seller's
// become later.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := twoContacts()
	a := propose(t, s).Action
	s.Contacts[0].Email = "thief@example.com"
	if len(a.Contacts) != 2 || a.Contacts[0].Email != "first@example.it" || a.Contacts[1].Email != "second@example.it" {
		t.Errorf("snapshot %+v", a.Contacts)
	}
}

// TestReference: it opens with the kind's letters, reads well on the phone, and
// differs with the id.
func TestReference(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 1000 {
		d := mustDraft(t)
		d.ID += approvals.ActionID(rune('a'+i%26)) + approvals.ActionID(rune('a'+i/26))
		ref := must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action.Reference
		if seen[ref] || len(ref) != 12 || !strings.HasPrefix(ref, "BD-") || ref[7] != '-' || strings.ContainsAny(ref[3:], "OI01") {
			t.Fatalf("reference %q", ref)
		}
		seen[ref] = true
	}
}

// TestReleaseID is the same for every claim, and of this action alone.
func TestReleaseID(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Approved)
	if b := reach(t, approvals.ExecutionFailed); a.ReleaseID() != b.ReleaseID() || a.ReleaseID() != "rel_"+string(a.ID) {
		t.Errorf("%s and %s", a.ReleaseID(), b.ReleaseID())
	}
}
