package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/destination"
)

// actionView is the action in every answer (DESIGN §6). Details are in full:
// only its own marketplace asks here.
type actionView struct {
	ID                   approvals.ActionID       `json:"id"`
	Object               string                   `json:"object"`
	Reference            string                   `json:"reference"`
	Kind                 approvals.Kind           `json:"kind"`
	State                approvals.State          `json:"state"`
	Digest               string                   `json:"digest"`
	Seller               sellerRef                `json:"seller"`
	Details              json.RawMessage          `json:"details"`
	Next                 next                     `json:"next"`
	StepUpBy             string                   `json:"step_up_by,omitempty"`
	NotBefore            string                   `json:"not_before,omitempty"`
	ConfirmBy            string                   `json:"confirm_by,omitempty"`
	ClaimBy              string                   `json:"claim_by,omitempty"`
	Hold                 *hold                    `json:"hold,omitempty"`
	CancelReason         approvals.CancelReason   `json:"cancel_reason,omitempty"`
	EffectiveDestination *destination.Destination `json:"effective_destination,omitempty"`
	Policy               policy                   `json:"policy"`
	Proofs               []proof                  `json:"proofs"`
	Push                 *push                    `json:"push,omitempty"`
	Timeline             []moment                 `json:"timeline,omitempty"`
	Metadata             json.RawMessage          `json:"metadata,omitempty"`
	CreatedAt            string                   `json:"created_at"`
	Version              int                      `json:"version"`
}

type sellerRef struct {
	ID approvals.SellerID `json:"id"`
}

// next says whose turn it is.
type next struct {
	Type      string `json:"type"` // redirect, wait, claim or none
	URL       string `json:"url,omitempty"`
	ExpiresAt string `json:"expires_at,omitempty"`
}

type hold struct {
	Code  approvals.HoldCode `json:"code"`
	Text  string             `json:"text"`
	Until string             `json:"until,omitempty"`
}

type policy struct {
	Version    string                  `json:"version"`
	Class      approvals.Class         `json:"class"`
	Outcome    approvals.Outcome       `json:"outcome,omitempty"`
	DelayHours float64                 `json:"delay_hours"`
	Require    []approvals.Requirement `json:"require,omitempty"`
	Advice     []approvals.Advice      `json:"advice,omitempty"`
	Rules      []rule                  `json:"rules"`
}

type rule struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// proof says how and when, never with what (STANDARDS PS-02).
type proof struct {
	Stage     approvals.Stage     `json:"stage"`
	Method    approvals.Method    `json:"method"`
	At        string              `json:"at"`
	Assurance approvals.Assurance `json:"assurance"`
}

// push says that the gateway itself sends the action upstream.
type push struct {
	Route    string `json:"route"`
	Attempts int    `json:"attempts"`
	NextAt   string `json:"next_at,omitempty"`
}

// attempt is one time that it was sent, or was to be sent.
type attempt struct {
	Number  int    `json:"number"`
	Outcome string `json:"outcome,omitempty"`
	Status  int    `json:"status,omitempty"`
}

// moment is one line of the history.
type moment struct {
	At      string          `json:"at"`
	Event   string          `json:"event"`
	Actor   audit.ActorType `json:"actor"`
	State   string          `json:"state,omitempty"`
	Refused string          `json:"refused,omitempty"` // the code, where nothing changed
	Attempt *attempt        `json:"attempt,omitempty"` // of the gateway to send it upstream
}

// view shows an action.
func (a *API) view(x approvals.Action) (actionView, error) {
	effective, err := x.EffectiveDestination()
	if err != nil {
		return actionView{}, fmt.Errorf("show action %s: %w", x.ID, err)
	}
	return actionView{
		ID: x.ID, Object: "action", Reference: x.Reference, Kind: x.Kind, State: x.State, Digest: x.Digest.String(),
		Seller: sellerRef{x.Seller}, Details: x.Details, Next: nextOf(x),
		StepUpBy: stepUpBy(x), NotBefore: formatTime(x.NotBefore), ConfirmBy: formatTime(x.ConfirmBy), ClaimBy: formatTime(x.ClaimBy),
		Hold: holdOf(x), CancelReason: x.Cancel, EffectiveDestination: effective,
		Policy: policyOf(x), Proofs: proofsOf(x), Push: pushOf(x), Metadata: x.Metadata,
		CreatedAt: approvals.FormatTime(x.CreatedAt), Version: x.Version,
	}, nil
}

// viewAny is view for answers made in a transaction.
func (a *API) viewAny(x approvals.Action) (any, error) { return a.view(x) }

// viewHandedOver is view with the URL to send the seller to. Only the answer
// to the call that made the link carries it.
func (a *API) viewHandedOver(x approvals.Action) (any, error) {
	v, err := a.view(x)
	if x.State == approvals.AwaitingStepUp {
		v.Next = a.handoff(x)
	}
	return v, err
}

// handoff is the newest link, which the action's present version made.
func (a *API) handoff(x approvals.Action) next {
	return next{
		Type: "redirect", URL: a.PublicURL + "/h/" + a.Service.Token(approvals.HandoffLink, x),
		ExpiresAt: approvals.FormatTime(x.MovedAt.Add(approvals.HandoffLife)),
	}
}

// nextOf says what the marketplace can do now.
func nextOf(x approvals.Action) next {
	switch x.State {
	case approvals.AwaitingStepUp:
		return next{Type: "redirect"}
	case approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation, approvals.Held:
		return next{Type: "wait"}
	case approvals.Approved, approvals.ExecutionFailed:
		if x.Pushed() { // by the gateway: nobody else claims it
			return next{Type: "none"}
		}
		return next{Type: "claim", ExpiresAt: formatTime(x.ClaimBy)}
	case approvals.Releasing, approvals.Executed, approvals.Unresolved, approvals.Cancelled, approvals.Denied,
		approvals.Expired, approvals.Failed:
	}
	return next{Type: "none"}
}

// stepUpBy matters until the step-up.
func stepUpBy(x approvals.Action) string {
	if x.State != approvals.AwaitingStepUp {
		return ""
	}
	return formatTime(x.StepUpBy)
}

func holdOf(x approvals.Action) *hold {
	if x.State != approvals.Held {
		return nil
	}
	return &hold{Code: x.Hold, Text: holdText[x.Hold], Until: formatTime(x.HoldBy)}
}

var holdText = map[approvals.HoldCode]string{
	approvals.HoldNotice:   "A notice to one of the seller's addresses was not accepted; support has a case.",
	approvals.HoldLocked:   "The seller is locked; two agents have to unlock.",
	approvals.HoldMismatch: "A claim presented other details than were approved; two agents decide.",
	approvals.HoldReview:   "The policy asks for a review by two agents.",
	approvals.HoldFrozen:   "Nothing goes to its destination until two agents free it.",
	approvals.HoldAgent:    "A support agent paused this action.",
}

// policyOf shows the wait that was fixed at step-up, and before that the
// longest the policy may ask for.
func policyOf(x approvals.Action) policy {
	wait := x.Wait
	if _, proved := x.Proof(approvals.StageStepUp); !proved {
		for _, w := range x.Decision.Wait {
			wait = max(wait, w)
		}
	}
	return decided(x.Decision, wait)
}

// decided shows a decision with the wait that is asked for.
func decided(d approvals.Decision, wait time.Duration) policy {
	p := policy{
		Version: d.Version, Class: d.Class, Outcome: d.Outcome, DelayHours: wait.Hours(), Require: d.Require, Advice: d.Advice, Rules: []rule{},
	}
	for _, r := range d.Rules {
		p.Rules = append(p.Rules, rule{r.ID, r.Text["en"]})
	}
	return p
}

// proofsOf shows the proofs that count: those of the present generation.
func proofsOf(x approvals.Action) []proof {
	out := []proof{}
	for _, stage := range []approvals.Stage{approvals.StageStepUp, approvals.StageConfirmation, approvals.StageApproval} {
		if p, ok := x.Proof(stage); ok {
			out = append(out, proof{p.Stage, p.Method, approvals.FormatTime(p.At), p.Assurance()})
		}
	}
	return out
}

func timelineOf(events []audit.Event) []moment {
	out := make([]moment, 0, len(events))
	for _, e := range events {
		out = append(out, moment{approvals.FormatTime(e.At), e.Verb, e.Actor.Type, e.To, e.Data["refused"], attemptOf(e)})
	}
	return out
}

func pushOf(x approvals.Action) *push {
	if !x.Pushed() {
		return nil
	}
	return &push{Route: x.Push.Route, Attempts: len(x.Push.Attempts), NextAt: formatTime(x.Push.NextAt)}
}

func attemptOf(e audit.Event) *attempt {
	number, err := strconv.Atoi(e.Data["attempt"])
	if err != nil {
		return nil
	}
	status, _ := strconv.Atoi(e.Data["status"]) // 0 where there was no answer
	return &attempt{Number: number, Outcome: e.Data["outcome"], Status: status}
}

// formatTime leaves a time that does not apply out of the answer.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return approvals.FormatTime(t)
}
