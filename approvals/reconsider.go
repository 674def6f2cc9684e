package approvals

import (
	"slices"
	"time"
)

// Recaller is a policy that decides again on what an earlier decision recorded.
// One that does not is not asked again.
type Recaller interface {
	Policy
	// Since returns the versions that were in force then or after, the
	// oldest first; one may stand in it more than once; the last is in force now. What cannot be read any more stands
	// in it as a version that asks for two people.
	Since(time.Time) []PolicyVersion
	// Worse is what was recorded and what was seen since, each signal with the worse
	// of its two values.
	Worse(recorded, seen map[string]any) map[string]any
}

// PolicyVersion is one version of a policy.
type PolicyVersion interface {
	// Version names it in decisions.
	Version() string
	// Judge is the decision over recorded inputs, for a proof by this method.
	Judge(kind Kind, method Method, inputs map[string]any) Decision
}

// due makes the move that time asks for. Before the window opens, an action is
// decided on by every version of the policy that was in force while it was open: it
// keeps the strictest (DESIGN rule 12).
func (s *Service) due(a Action, seller Seller) (Change, error) {
	now := s.Now()
	if a.State != CoolingOff || now.Before(a.DueAt()) {
		return a.Due(seller, now)
	}
	again, err := s.recall(a, seller)
	if err != nil {
		return Change{}, err
	}
	if again == nil {
		return a.Due(seller, now)
	}
	return a.Reconsider(*again, seller, now)
}

// asked is d joined with what every version says of the same inputs that was in
// force while the action was open, and whether there was one to ask. Where nothing
// was recorded, as before there were rules, nobody asks: the decision stands.
func (a Action) asked(d Decision, policy Recaller, method Method, seller Seller) (Decision, bool) {
	if len(d.Inputs) == 0 {
		return d, false
	}
	more := false
	all := policy.Since(a.CreatedAt)
	for _, v := range all {
		if v.Version() == d.Version || slices.Contains(d.Asked, v.Version()) || !defines(v, a.Kind) {
			continue
		}
		more = true
		d = Stricter(d, d.judged(v, a.Kind, method).longer(seller))
	}
	if more {
		d = d.by(all[len(all)-1].Version())
	}
	return d, more
}

// defines reports whether a version has a word on this kind. One that does not has
// nothing to add.
func defines(v PolicyVersion, k Kind) bool {
	policy, ok := v.(Definer)
	if !ok || !k.Defined() {
		return true
	}
	_, ok = policy.Definition(k)
	return ok
}

// judged is what a version says over the inputs of a decision.
func (d Decision) judged(v PolicyVersion, k Kind, method Method) Decision {
	again := v.Judge(k, method, d.Inputs)
	for m := range d.Wait {
		if wait, permitted := v.Judge(k, m, d.Inputs).Wait[m]; permitted {
			again.Wait[m] = wait
		}
	}
	again.Inputs = d.Inputs // what was seen, and not what is new to ask for
	return again
}

// Reconsider opens the confirmation window, unless another decision on the same
// action asks for more than the one it has: then it waits longer, or is held.
// Nothing comes earlier.
func (a Action) Reconsider(again Decision, seller Seller, now time.Time) (Change, error) {
	first, _ := a.Proof(StageStepUp)
	if a.State != CoolingOff || now.Before(a.NotBefore) || !a.active(seller) {
		return a.Due(seller, now)
	}
	a.Decision = Stricter(a.Decision, again)
	wait, permitted := a.Decision.Wait[first.Method]
	code, stops := a.Decision.stops()
	if !permitted {
		code, stops = HoldReview, true
	}
	if stops {
		c, err := a.HoldFor(code, bySystem, now)
		c.Case = &Case{Reason: CaseReview}
		return c, err
	}
	if wait > a.Wait {
		a.NotBefore, a.Wait = a.NotBefore.Add(wait-a.Wait), wait
	}
	if now.Before(a.NotBefore) {
		return a.waitLonger(now), nil
	}
	return a.Due(seller, now)
}

// waitLonger tells the seller of the later end of the wait.
func (a Action) waitLonger(now time.Time) Change {
	c := a.record(CoolingOff, step{by: bySystem, verb: "wait_longer", now: now, data: map[string]string{"policy": a.Decision.Version}})
	c.Mails = c.Action.mails(MailNoticeAgain, c.Action.MovedAt)
	if before := a.NotBefore.Add(-12 * time.Hour); before.After(now) {
		c.Mails = append(c.Mails, c.Action.mails(MailBeforeWindow, before)...)
	}
	return c
}

// ruled refuses while it is not known which policy is in force: nothing is decided
// by guess (DESIGN rule 17).
func (s *Service) ruled() error {
	if s.Ruled == nil {
		return nil
	}
	return s.Ruled()
}
