package approvals_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/approvals"
)

// The model: random walks over the service and a store in memory, in which
// sellers, a thief, a robot, agents, mail servers and time do what they like.
// After each step an observer looks at what was saved, from outside, and holds
// the rules of DESIGN §4 against it; he keeps books of his own and asks none of
// the guards he tests.
//
// Where the other rules are: rule 11 (quarantine) comes with the authenticators'
// and contacts' own waits, and rule 14 (two agents) with the desk; nothing here
// stands in for them. Rule 12 is in policy_test.go. That each of these steps is
// one transaction (rule 15) and that a lock cannot slip in before a claim's
// commit (rule 13) is for the store to prove on real databases.

const (
	walkSteps = 40
	walkSets  = 20 // of 100 walks each, unless -rapid.checks says otherwise
	ruleSets  = 3  // the same, for each rule by its own name
)

// rule is one invariant: check says what is wrong after a step, "" for nothing.
type rule struct {
	name  string
	check func(w *world, fresh []savedChange) string
}

// TestModel_AllRules holds every rule over 2,000 walks of 40 steps.
func TestModel_AllRules(t *testing.T) {
	t.Parallel()
	for i := range walkSets {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { walk(t, allRules()) })
		})
	}
}

// holds checks one rule by its name over walks of its own.
func holds(t *testing.T, name string) {
	t.Helper()
	t.Parallel()
	rules := allRules()
	i := slices.IndexFunc(rules, func(r rule) bool { return r.name == name })
	if i < 0 {
		t.Fatalf("no rule %q", name)
	}
	for set := range ruleSets {
		t.Run(fmt.Sprint(set), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { walk(t, rules[i:i+1]) })
		})
	}
}

// walk takes 40 steps and holds the rules after each.
func walk(t *rapid.T, rules []rule) {
	w := newWorld(t)
	names := rapid.SampledFrom(likely)
	for range walkSteps {
		before, name := len(w.store.saved), "create"
		if len(w.order) > 0 {
			name = names.Draw(t, "step")
		}
		w.byTime = false
		stepsByName[name](w)
		fresh := w.store.saved[before:]
		w.observe(fresh)
		for _, r := range rules {
			if wrong := r.check(w, fresh); wrong != "" {
				t.Fatalf("%s, after %s: %s", r.name, name, wrong)
			}
		}
		clear(w.faults)
		w.step++
	}
}

// world is everything that can happen, and the observer's books.
type world struct {
	*gateway
	t       *rapid.T
	sellers []approvals.Seller
	step    int
	method  approvals.Method // of the sellers' authenticators in this walk
	byTime  bool             // the step was a sweep
	faults  map[string]string

	born     map[approvals.ActionID]approvals.Action // as created
	digests  map[approvals.ActionID]approvals.Digest // worked out again from there
	order    []approvals.ActionID
	made     []approvals.Proof // ever made, good and bad
	stored   []approvals.Proof // ever saved
	told     []noticeRow       // what mail servers accepted
	stopped  map[approvals.ActionID]bool
	spoiled  map[approvals.ActionID]bool // written over in the database
	lastLock map[approvals.SellerKey]int // the step of the newest lock, from 1
	begun    map[string]int              // the step in which a generation began
	earliest map[string]time.Time        // not_before of a generation
	refused  int                         // calls refused that must be audited
	sent     map[approvals.ActionID][]sentOrder
}

// noticeRow is one accepted notice in a mail server's log.
type noticeRow struct {
	action     approvals.ActionID
	generation int
	to         string
	at         time.Time
}

func newWorld(t *rapid.T) *world {
	second := seller
	if rapid.Bool().Draw(t, "two contacts") {
		second = twoContacts()
	}
	second.SellerKey.Seller = "seller-2"
	w := &world{
		gateway: newGateway(), t: t, sellers: []approvals.Seller{seller, second}, faults: map[string]string{},
		method: rapid.SampledFrom([]approvals.Method{approvals.Passkey, approvals.TOTP}).Draw(t, "method"),
		born:   map[approvals.ActionID]approvals.Action{}, digests: map[approvals.ActionID]approvals.Digest{},
		stopped: map[approvals.ActionID]bool{}, spoiled: map[approvals.ActionID]bool{},
		lastLock: map[approvals.SellerKey]int{},
		sent:     map[approvals.ActionID][]sentOrder{},
		begun:    map[string]int{}, earliest: map[string]time.Time{}, step: 1,
	}
	for _, s := range w.sellers { // known before, and never locked yet
		s.LockEpoch = 0
		w.store.sellers[s.SellerKey] = s
	}
	return w
}

// observe keeps the books after a step.
func (w *world) observe(fresh []savedChange) {
	for _, s := range fresh {
		id := s.to.ID
		if s.from.Version == 0 {
			w.born[id] = s.to
			w.digests[id] = digestByHand(s.to)
			w.order = append(w.order, id)
		}
		if s.to.Generation != s.from.Generation {
			w.begun[generation(s.to)] = w.step
		}
		if s.change.Proof != nil {
			w.stored = append(w.stored, *s.change.Proof)
		}
	}
}

func generation(a approvals.Action) string { return fmt.Sprintf("%s/%d", a.ID, a.Generation) }

// digestByHand is DESIGN §5 written once more, without the canonicaliser: the
// model's details hold nothing that sorting and compacting would not settle.
func digestByHand(a approvals.Action) approvals.Digest {
	var parsed any
	if err := json.Unmarshal(a.Details, &parsed); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{
		"id": a.ID, "kind": a.Kind, "marketplace": a.Marketplace, "seller": a.Seller, "details": parsed,
		"created_at": a.CreatedAt.UTC().Format("2006-01-02T15:04:05.000000Z"),
	}); err != nil {
		panic(err)
	}
	return sha256.Sum256(append([]byte("countersign/action/v1\n"), bytes.TrimSpace(out.Bytes())...))
}

// wrong notes what a step saw break a rule; the rule tells it afterwards.
func (w *world) wrong(rule, format string, args ...any) {
	w.faults[rule] = fmt.Sprintf(format, args...)
}

// refusedCall counts a refusal that must be in the audit log.
func (w *world) refusedCall(err error) {
	if c := code(err); c != "" && c != approvals.CodeNotFound && c != approvals.CodeInvalid {
		w.refused++
	}
}

// pick draws one of the actions, the newest most often.
func (w *world) pick() (approvals.Action, bool) {
	if len(w.order) == 0 {
		return approvals.Action{}, false
	}
	back := rapid.IntRange(0, min(len(w.order)-1, 5)).Draw(w.t, "action")
	return w.store.actions[w.order[len(w.order)-1-back]], true
}

// chance is true one time in n.
func (w *world) chance(n int, what string) bool {
	return rapid.IntRange(1, n).Draw(w.t, what) == n
}
