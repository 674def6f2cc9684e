package approvals

import "time"

// Recaller is a policy that decides again on what an earlier decision recorded.
// One that does not is not asked again.
type Recaller interface {
	Policy
	// Version names the policy in its decisions.
	Version() string
	// Judge is the decision over recorded inputs, for a proof by this method.
	Judge(kind Kind, method Method, inputs map[string]any) Decision
	// Worse is what was recorded and what was seen since, each signal with the worse
	// of its two values.
	Worse(recorded, seen map[string]any) map[string]any
}

// due makes the move that time asks for. Before the window opens, an action that
// another policy decided on is decided on again: it keeps the stricter of the two
// (DESIGN rule 12).
func (s *Service) due(a Action, seller Seller) (Change, error) {
	now := s.Now()
	policy, recalls := s.Policy.(Recaller)
	first, proved := a.Proof(StageStepUp)
	if a.State != CoolingOff || now.Before(a.DueAt()) || !recalls || !proved {
		return a.Due(seller, now)
	}
	if err := s.ruled(); err != nil {
		return Change{}, err
	}
	if policy.Version() == a.Decision.Version || len(a.Decision.Inputs) == 0 {
		return a.Due(seller, now)
	}
	again := a.judged(policy, first.Method)
	return a.Reconsider(again.longer(seller), seller, now)
}

// judged is what a policy says of an action over what was recorded of it. Where
// nothing was, as before there were rules, nobody asks: the decision stands.
func (a Action) judged(policy Recaller, method Method) Decision {
	again := policy.Judge(a.Kind, method, a.Decision.Inputs)
	for m := range a.Decision.Wait {
		if wait, permitted := policy.Judge(a.Kind, m, a.Decision.Inputs).Wait[m]; permitted {
			again.Wait[m] = wait
		}
	}
	again.Inputs = a.Decision.Inputs // what was seen, and not what is new to ask for
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
