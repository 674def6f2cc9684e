package auth

import (
	"context"
	"slices"

	"countersign/approvals"
)

// ProveCode verifies a code of the seller's authenticator app and makes the
// proof. Blanks and dashes in the code do not matter. A refusal is
// CodeProofWrong with tries_left, CodeInvalid with tries_left for what is not
// six digits, CodeTooManyTries or CodeProvingBlocked with retry_at, or
// CodeMethod when a code is not what Permitted says (DESIGN rule 10), which
// counts as no try. A seller without an app gets the answer of a wrong code,
// at the same cost.
func (s *Service) ProveCode(ctx context.Context, sub Subject, code string) (approvals.Proof, error) {
	records, err := s.records(ctx, sub.Seller)
	if err != nil {
		return approvals.Proof{}, err
	}
	if err := s.disableSpent(ctx, sub, records); err != nil {
		return approvals.Proof{}, err
	}
	may := s.permitted(records, sub.Stage)
	if may.noCode() {
		return approvals.Proof{}, approvals.Refuse(approvals.CodeMethod)
	}
	apps := may.of(approvals.TOTP)
	try, err := s.count(ctx, sub, apps)
	if err != nil {
		return approvals.Proof{}, err
	}
	found, err := s.findCode(apps, try, code)
	if err != nil {
		return approvals.Proof{}, err
	}
	refusal := s.settle(ctx, sub, try, Settlement{
		Method: approvals.TOTP, Authenticator: found.app.ID, Step: found.step,
	}, found.why)
	if refusal != nil {
		return approvals.Proof{}, s.refused(ctx, sub, apps, refusal)
	}
	return s.codeProof(sub, found)
}

type foundCode struct {
	app  Record // whose code it is, or the zero record
	step int64
	now  int64
	why  reason // should it not be accepted
}

// findCode evaluates a counted code. A code whose step is spent already is
// found all the same: the store refuses it, as it would in a race.
func (s *Service) findCode(apps []Record, t Tries, raw string) (foundCode, error) {
	now := s.now()
	found := foundCode{now: stepAt(now), why: wrong}
	code, ok := cleanCode(raw)
	if !ok {
		found.why = malformed
		return found, nil
	}
	if len(apps) == 0 {
		apps, t.Evaluate = []Record{*s.dummy.Load()}, []string{""}
	}
	for _, app := range apps {
		if !slices.Contains(t.Evaluate, app.ID) {
			continue
		}
		seed, err := s.open(app)
		if app.ID == "" && err != nil { // its key was removed while this node ran
			seed, err = s.makeDummy()
		}
		if err != nil {
			return foundCode{}, err
		}
		step, err := matchCode(seed, code, now)
		if err != nil {
			return foundCode{}, err
		}
		if fresh := found.step > found.app.LastStep; step != 0 && !fresh {
			found.app, found.step, found.why = app, step, replayed
		}
	}
	return found, nil
}

func (s *Service) codeProof(sub Subject, found foundCode) (approvals.Proof, error) {
	p := s.newProof(sub, found.app)
	p.Spent = spentStep(found.app.ID, found.step)
	e := evidenceOf(p)
	e.Code = &CodeEvidence{
		Step:      found.step,
		Now:       found.now,
		Algorithm: codeOptions.Algorithm.String(),
		Digits:    codeOptions.Digits.Length(),
		Period:    int(codeOptions.Period),
		Result:    "accepted",
	}
	var err error
	p.Evidence, err = e.encode()
	return p, err
}
