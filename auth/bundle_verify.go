package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"countersign/approvals"
)

// VerifyBundle checks a bundle as the gateway served it, with nothing but the
// gateway's relying party id and origins: no server, no database, no clock.
//
// A nil error means: the digest is that of the action's fields as they stand
// there; every proof by passkey was signed, with user verification, on one of
// these origins, for that digest; the moves follow one another up to the state
// that is shown; and a state that needs two proofs has two different ones, and
// another person's where the decision asks for it. What
// events and mails say beyond that is the gateway's word. Whose keys signed is
// for the reader to know: the credential's name and public key are in the
// evidence. The error names the part that fails.
func VerifyBundle(raw []byte, rpID string, origins []string) (Bundle, error) {
	var b Bundle
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return Bundle{}, fmt.Errorf("read the bundle: %w", err)
	}
	// One document, one spelling: nothing hides in what a reader passes over.
	if again, err := json.Marshal(b); err != nil || !bytes.Equal(again, bytes.TrimSpace(raw)) {
		return Bundle{}, errors.New("the bundle is not written as the gateway writes it")
	}
	if b.Version != bundleVersion || b.Object != bundleObject {
		return Bundle{}, errors.New("this is another kind of document")
	}
	if err := errors.Join(b.checkDigest(), b.checkProofs(rpID, origins), b.checkMoves()); err != nil {
		return Bundle{}, err
	}
	return b, nil
}

func (b Bundle) checkDigest() error {
	a, err := b.action()
	if err != nil {
		return err
	}
	canonical, err := approvals.CanonicalBytes(a)
	if err != nil {
		return err
	}
	if !bytes.Equal(canonical, b.Canonical) {
		return errors.New("canonical: not the bytes of this action")
	}
	if digest, err := approvals.ComputeDigest(a); err != nil || digest.String() != b.Digest {
		return errors.New("digest: not that of this action")
	}
	return nil
}

func (b Bundle) checkProofs(rpID string, origins []string) error {
	spent := map[string]bool{}
	stages := map[approvals.Stage]bool{}
	for _, p := range b.Proofs {
		proof, err := b.proof(p)
		if err != nil {
			return err
		}
		if err := VerifyEvidence(proof, rpID, origins); err != nil {
			return err
		}
		if err := plainEvidence(p); err != nil {
			return err
		}
		if spent[p.Spent] {
			return fmt.Errorf("proofs: %s spends what another one spent", p.ID)
		}
		spent[p.Spent] = true
		if p.Generation == b.Action.Generation {
			stages[p.Stage] = true
		}
	}
	needed := []approvals.State{approvals.Approved, approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved}
	if slices.Contains(needed, b.Action.State) && !(stages[approvals.StageStepUp] && stages[approvals.StageConfirmation]) {
		return errors.New("proofs: one of the two is missing")
	}
	if slices.Contains(needed, b.Action.State) && b.asksAnother() && !stages[approvals.StageApproval] {
		return errors.New("proofs: another person's is missing")
	}
	return nil
}

// asksAnother reports whether another person has to agree, and no two agents stand in.
func (b Bundle) asksAnother() bool {
	return approvals.Action{Generation: b.Action.Generation, Decision: b.Decision}.Requires(approvals.SecondApprover)
}

// plainEvidence refuses evidence with more in it than is verified.
func plainEvidence(p BundledProof) error {
	var e Evidence
	if err := json.Unmarshal(p.Evidence, &e); err != nil {
		return fmt.Errorf("read evidence of proof %s: %w", p.ID, err)
	}
	if again, err := e.encode(); err != nil || !bytes.Equal(again, p.Evidence) {
		return fmt.Errorf("evidence of proof %s: not written as the gateway writes it", p.ID)
	}
	return nil
}

// move is what is checked of an event.
type move struct {
	Marketplace approvals.MarketplaceID `json:"marketplace"`
	Seller      approvals.SellerID      `json:"seller"`
	Action      approvals.ActionID      `json:"action"`
	Version     int                     `json:"version"`
	From        approvals.State         `json:"from"`
	To          approvals.State         `json:"to"`
}

func (b Bundle) checkMoves() error {
	version, state := 0, approvals.State("")
	for i, raw := range b.Events {
		var m move
		if err := json.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("events: read number %d: %w", i+1, err)
		}
		if m.Marketplace != b.Action.Marketplace || m.Seller != b.Action.Seller || m.Action != b.Action.ID {
			return fmt.Errorf("events: number %d is about something else", i+1)
		}
		if m.Version == 0 {
			continue // a refusal moved nothing
		}
		version++
		if m.Version != version || m.From != "" && m.From != state {
			return fmt.Errorf("events: number %d does not follow the one before", i+1)
		}
		if m.To != "" {
			state = m.To
		}
	}
	if version != b.Action.Version || state != b.Action.State {
		return errors.New("events: they do not lead to the state that is shown")
	}
	return nil
}
