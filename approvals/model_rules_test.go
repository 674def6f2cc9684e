package approvals_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/approvals"
)

// The rules of DESIGN §4, each by its own name. Rule 3 is THREATS C16,
// no_notice_no_clock.

func TestRule1_TwoProofsBothBound(t *testing.T)        { holds(t, "Rule1") }
func TestRule2_MailIsAPointer(t *testing.T)            { holds(t, "Rule2") }
func TestRule3_NoNoticeNoClock(t *testing.T)           { holds(t, "Rule3") }
func TestRule4_SilenceExpires(t *testing.T)            { holds(t, "Rule4") }
func TestRule5_CancelWins(t *testing.T)                { holds(t, "Rule5") }
func TestRule6_OneOpenAction(t *testing.T)             { holds(t, "Rule6") }
func TestRule7_WhatWasApproved(t *testing.T)           { holds(t, "Rule7") }
func TestRule8_DestinationFirst(t *testing.T)          { holds(t, "Rule8") }
func TestRule9_OldAccountStays(t *testing.T)           { holds(t, "Rule9") }
func TestRule10_NoDowngrade(t *testing.T)              { holds(t, "Rule10") }
func TestRule13_LockedNeverReleases(t *testing.T)      { holds(t, "Rule13") }
func TestRule15_OneEventEachMove(t *testing.T)         { holds(t, "Rule15") }
func TestRule16_DeadlinesAreTheOnlyTruth(t *testing.T) { holds(t, "Rule16") }
func TestRule17_FailClosed(t *testing.T)               { holds(t, "Rule17") }

func allRules() []rule {
	return []rule{
		{"Rule1", checkRule1}, {"Rule2", checkRule2}, {"Rule3", checkRule3}, {"Rule4", checkRule4}, {"Rule5", checkRule5},
		{"Rule6", checkRule6}, {"Rule7", checkRule7}, {"Rule8", checkRule8}, {"Rule9", checkRule9}, {"Rule10", checkRule10},
		{"Push", checkPush}, {"PushBegins", checkPushBegins},
		{"Rule13", checkRule13}, {"Rule15", checkRule15}, {"Rule16", checkRule16}, {"Rule17", checkRule17},
	}
}

// claimed yields the claims among fresh changes.
func claimed(fresh []savedChange) []savedChange {
	return slices.DeleteFunc(slices.Clone(fresh), func(s savedChange) bool { return s.change.Claim == nil })
}

// became yields the changes that entered a state.
func became(fresh []savedChange, to approvals.State) []savedChange {
	return slices.DeleteFunc(slices.Clone(fresh), func(s savedChange) bool { return s.to.State != to || s.from.State == to })
}

// checkRule1: what is stored as a proof is one of this action, generation and
// digest, of the stage it moves. At each claim there is one of each stage, made
// before it, with user verification where it was a passkey. Nothing was ever
// spent twice.
func checkRule1(w *world, fresh []savedChange) string {
	stages := map[approvals.State]approvals.Stage{approvals.AwaitingStepUp: approvals.StageStepUp, approvals.AwaitingConfirmation: approvals.StageConfirmation}
	for _, s := range fresh {
		if p := s.change.Proof; p != nil && (p.Action != s.from.ID || p.Generation != s.from.Generation || p.Digest != w.digests[s.from.ID] || p.Stage != stages[s.from.State]) {
			return fmt.Sprintf("%s in %s, generation %d, takes the proof %+v", s.from.ID, s.from.State, s.from.Generation, p)
		}
	}
	for _, s := range claimed(fresh) {
		for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation} {
			good := slices.ContainsFunc(w.stored, func(p approvals.Proof) bool {
				return p.Action == s.to.ID && p.Generation == s.to.Generation && p.Stage == stage && p.Digest == w.digests[s.to.ID] &&
					!p.At.After(s.to.ClaimedAt) && (p.Method != approvals.Passkey || p.UV)
			})
			if !good {
				return fmt.Sprintf("%s is released in generation %d without its %s", s.to.ID, s.to.Generation, stage)
			}
		}
	}
	spent := map[string]bool{}
	for _, p := range w.stored {
		if spent[p.Spent] {
			return fmt.Sprintf("%q is spent twice", p.Spent)
		}
		spent[p.Spent] = true
	}
	return ""
}

// checkRule2: only a stored confirmation makes an action approved, and only a
// stored step-up takes it out of its first state and onward.
func checkRule2(w *world, fresh []savedChange) string {
	for to, stage := range map[approvals.State]approvals.Stage{approvals.Approved: approvals.StageConfirmation, approvals.Notifying: approvals.StageStepUp} {
		for _, s := range became(fresh, to) {
			if p := s.change.Proof; p == nil || p.Stage != stage || p.Digest != w.digests[s.to.ID] || p.Action != s.to.ID {
				return fmt.Sprintf("%s became %s with proof %+v", s.to.ID, to, p)
			}
		}
	}
	return w.faults["Rule2"]
}

// checkRule3: when the clock starts, the mail servers' own log has the notice of
// this generation accepted for every contact there was at creation, and the wait
// is the policy's, from the last of them on.
func checkRule3(w *world, fresh []savedChange) string {
	for _, s := range became(fresh, approvals.CoolingOff) {
		a := s.to
		var last time.Time
		for _, contact := range w.born[a.ID].Contacts {
			i := slices.IndexFunc(w.told, func(n noticeRow) bool {
				return n.action == a.ID && n.generation == a.Generation && n.to == contact.Email
			})
			if i < 0 {
				return fmt.Sprintf("the clock of %s runs, and nobody told %s", a.ID, contact.Email)
			}
			if w.told[i].at.After(last) {
				last = w.told[i].at
			}
		}
		wait := map[approvals.Method]time.Duration{approvals.Passkey: 24 * time.Hour, approvals.TOTP: 72 * time.Hour}[stepUpOf(w, a).Method]
		if wait == 0 || a.NotBefore.Before(last.Add(wait)) {
			return fmt.Sprintf("%s waits until %v, the last notice was accepted at %v, the wait is %v", a.ID, a.NotBefore, last, wait)
		}
	}
	return w.faults["Rule3"]
}

func stepUpOf(w *world, a approvals.Action) approvals.Proof {
	for _, p := range w.stored {
		if p.Action == a.ID && p.Generation == a.Generation && p.Stage == approvals.StageStepUp {
			return p
		}
	}
	return approvals.Proof{}
}

// checkRule4: what a sweep does is open the confirmation, renew its link, hold,
// expire or ask people.
func checkRule4(w *world, fresh []savedChange) string {
	if !w.byTime {
		return ""
	}
	for _, s := range fresh {
		switch {
		case s.change.Proof != nil, s.change.Claim != nil:
			return fmt.Sprintf("time proves or claims %s", s.to.ID)
		case s.from.State == s.to.State && s.to.State == approvals.AwaitingConfirmation:
		case s.to.State == approvals.AwaitingConfirmation && s.from.State == approvals.CoolingOff:
		case s.to.State == approvals.Expired, s.to.State == approvals.Held, s.to.State == approvals.Unresolved:
		case s.to.Pushed() && s.from.State == approvals.Releasing: // looked after, or given up; checkPush says when
		default:
			return fmt.Sprintf("time takes %s from %s to %s", s.to.ID, s.from.State, s.to.State)
		}
	}
	return ""
}

// checkRule5: what was cancelled is never claimed, nor moved at all.
func checkRule5(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if w.stopped[s.to.ID] {
			return fmt.Sprintf("%s was cancelled and becomes %s", s.to.ID, s.to.State)
		}
		if s.to.State == approvals.Cancelled {
			w.stopped[s.to.ID] = true
			if s.to.Claims > 0 {
				return fmt.Sprintf("%s was claimed and is cancelled", s.to.ID)
			}
		}
	}
	return w.faults["Rule5"]
}

// checkRule6: of each seller and kind at most one action is not over.
func checkRule6(w *world, _ []savedChange) string {
	open := map[approvals.SellerKey]int{}
	for _, a := range w.store.actions {
		switch a.State {
		case approvals.Executed, approvals.ExecutionFailed, approvals.Cancelled, approvals.Denied, approvals.Expired, approvals.Failed:
		default:
			if open[a.SellerKey()]++; open[a.SellerKey()] > 1 {
				return fmt.Sprintf("two open actions of %s", a.Seller)
			}
		}
	}
	return w.faults["Rule6"]
}

// checkRule7: what is fixed at creation stays, and what is released hashes to
// the digest of the creation.
func checkRule7(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		born, now := w.born[s.to.ID], s.to
		now.Decision.Cleared, now.Decision.Agents, now.Decision.Proved = nil, nil, false // two agents may clear rules; all else stays
		if w.spoiled[now.ID] {
			continue
		}
		for name, same := range map[string]bool{
			"reference": now.Reference == born.Reference, "kind": now.Kind == born.Kind, "marketplace": now.Marketplace == born.Marketplace,
			"seller": now.Seller == born.Seller, "details": string(now.Details) == string(born.Details), "digest": now.Digest == w.digests[now.ID],
			"fingerprint": now.Fingerprint == born.Fingerprint, "created_at": now.CreatedAt.Equal(born.CreatedAt),
			"decision": reflect.DeepEqual(now.Decision, born.Decision), "contacts": len(now.Contacts) == len(born.Contacts),
		} {
			if !same {
				return fmt.Sprintf("%s: %s changed", now.ID, name)
			}
		}
	}
	for _, s := range claimed(fresh) {
		if digestByHand(s.to) != w.digests[s.to.ID] || s.change.Claim.Digest != w.digests[s.to.ID] {
			return fmt.Sprintf("%s is released as something else", s.to.ID)
		}
	}
	return w.faults["Rule7"]
}

// checkRule8: no proof before the destination was recorded.
func checkRule8(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if s.from.Version == 0 && (s.to.Fingerprint == "" || len(s.to.Proofs) != 0 || !slices.Contains(w.store.sightings, s.to.Fingerprint)) {
			return fmt.Sprintf("%s begins with %d proofs and fingerprint %q", s.to.ID, len(s.to.Proofs), s.to.Fingerprint)
		}
	}
	return w.faults["Rule8"]
}

// checkRule9: the seller is paid into the old account until the marketplace says
// that the new one is in place.
func checkRule9(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		if w.spoiled[s.to.ID] {
			continue
		}
		d, err := s.to.EffectiveDestination()
		if err != nil || d == nil || (d.IBAN == "IT60X0542811101000000123456") == (s.to.State == approvals.Executed) {
			return fmt.Sprintf("%s is %s and paid into %v, %v", s.to.ID, s.to.State, d, err)
		}
	}
	return ""
}

// checkRule10: a stored proof is of a method the decision knows, a passkey has
// verified its user, and what a passkey began no code confirms.
func checkRule10(w *world, fresh []savedChange) string {
	for _, s := range fresh {
		p := s.change.Proof
		if p == nil {
			continue
		}
		if p.Method != approvals.Passkey && p.Method != approvals.TOTP || p.Method == approvals.Passkey && !p.UV {
			return fmt.Sprintf("%s takes a %s proof, user verified %v", s.to.ID, p.Method, p.UV)
		}
		if first := stepUpOf(w, s.to); p.Stage == approvals.StageConfirmation && first.Method == approvals.Passkey && p.Method != approvals.Passkey {
			return fmt.Sprintf("%s: begun with a passkey, confirmed with %s", s.to.ID, p.Method)
		}
	}
	return ""
}
