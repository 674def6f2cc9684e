package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/audit"
)

// recall is the decision of an action with a first proof, joined over what was
// recorded with the word of every version of the policy that was in force while it
// was open; nil where all of them were asked.
func (s *Service) recall(a Action, seller Seller) (*Decision, error) {
	policy, recalls := s.Policy.(Recaller)
	first, proved := a.Proof(StageStepUp)
	if !recalls || !proved {
		return nil, nil
	}
	if err := s.ruled(); err != nil {
		return nil, err
	}
	again, more := a.asked(a.Decision, policy, first.Method, seller)
	if !more {
		return nil, nil
	}
	return &again, nil
}

// under is the action with what the versions asked say of it, and whether that
// holds it: it goes to two people, or is asked for what its proofs, which cannot be
// made again, do not have. A longer wait changes nothing: the window is open, and
// its deadlines stand.
func (a Action) under(again *Decision) (Action, HoldCode, bool) {
	if again == nil {
		return a, "", false
	}
	asked := a.Requires(SecondApprover)
	a.Decision = *again
	if code, stops := a.Decision.stops(); stops {
		return a, code, true
	}
	for _, p := range a.Proofs {
		_, permitted := a.Decision.Wait[p.Method]
		if p.Stage != StageApproval && p.Generation == a.Generation && !permitted {
			return a, HoldReview, true
		}
	}
	if a.NeedsApprover() && !asked {
		return a, HoldReview, true // nobody was asked, and the window goes on
	}
	second, confirmed := a.Proof(StageConfirmation)
	return a, HoldReview, confirmed && !a.NeedsApprover() && !a.independent(second)
}

// overruled holds an action that one of those versions does not let pass.
func (a Action) overruled(code HoldCode, by audit.Actor, now time.Time) (Change, error) {
	if a.State != AwaitingConfirmation && a.State != Approved {
		return Unchanged(a), nil // released before: it can only be refused
	}
	c, err := a.HoldFor(code, by, now)
	if err != nil {
		return Change{}, err
	}
	c.Event.Data["policy"] = a.Decision.Version
	c.Case = &Case{Reason: CaseReview}
	return c, nil
}

// prove spends a later proof under every version that was in force. What they hold is
// saved as held, and refused as what is held is.
func (s *Service) prove(ctx context.Context, key ActionKey, own bool, verb string, take func(Action, Seller) (Change, error)) (Action, error) {
	if err := s.ruled(); err != nil {
		return Action{}, err
	}
	var seen Action
	var held error
	step := func(a Action, seller Seller) (c Change, err error) {
		seen = a
		c, held, err = s.proveUnder(a, seller, take)
		return c, err
	}
	finish := s.update
	if own {
		finish = s.finishOwn
	}
	a, err := finish(ctx, key, verb, step)
	if err == nil && held != nil {
		s.refused(ctx, seen, verb, held)
		return Action{}, fmt.Errorf("%s action %s: %w", verb, key.ID, held)
	}
	return a, err
}

// proveUnder takes a step that would be taken under the decision as it was, unless
// a version that was in force refuses the proof at hand or holds the action.
func (s *Service) proveUnder(a Action, seller Seller, take func(Action, Seller) (Change, error)) (c Change, held, err error) {
	c, err = take(a, seller)
	if err != nil {
		return Change{}, nil, err
	}
	again, err := s.recall(a, seller)
	if err != nil || again == nil {
		return c, nil, err
	}
	b := a
	b.Decision = *again
	after, err := take(b, seller)
	_, refused := errors.AsType[*Error](err)
	if err != nil && !refused {
		return Change{}, nil, err
	}
	proved := a
	if !refused { // else another proof may have what the one at hand lacks
		proved.Proofs = after.Action.Proofs
	}
	_, code, stops := proved.under(again)
	if !stops {
		return after, nil, err
	}
	if c, err = b.overruled(code, bySystem, s.Now()); err != nil {
		return Change{}, nil, err
	}
	return c, c.Action.refuse(CodeState), nil
}

// stricter is what the first proof leaves of an action's decision and the one at
// hand, which every version that was in force while the action was open has a word
// in. What was seen at either is recorded as the worse of the two, so that a later
// policy judges all of it.
func (s *Service) stricter(a Action, now Decision, method Method, seller Seller) Decision {
	policy, recalls := s.Policy.(Recaller)
	if !recalls || len(a.Decision.Inputs) == 0 {
		return Stricter(a.Decision, now)
	}
	seen := now.Inputs
	now, _ = a.asked(now, policy, method, seller)
	d := Stricter(a.Decision, now)
	d.Inputs = policy.Worse(a.Decision.Inputs, seen)
	return d
}
