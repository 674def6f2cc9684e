package seller

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/problem"
)

// prove lets package auth verify what a page posted: a passkey's answer, or a
// code. A passkey page sent without an answer (a browser without scripts) asked
// nothing of an authenticator and is no try. A code that would not confirm the
// action is not looked at.
func (h *Handler) prove(r *http.Request, a access, stage approvals.Stage, f form) (approvals.Proof, error) {
	if a.seller.Travelling(h.now()) { // no code is spent on what would be refused
		return approvals.Proof{}, approvals.Refuse(approvals.CodeTravelLock).With("retry_at", approvals.FormatTime(a.seller.Choices.TravelUntil))
	}
	if f.get("credential") == "" && !f.has("totp") {
		return approvals.Proof{}, approvals.Refuse(approvals.CodeProofWrong)
	}
	answer := answered(r, f)
	if stage == approvals.StageConfirmation {
		answer.Enough = a.action.Enough
	}
	return h.Auth.Prove(r.Context(), auth.SubjectOf(a.action, stage), answer)
}

// answered is what a page posted as a proof.
func answered(r *http.Request, f form) auth.Answer {
	return auth.Answer{Credential: []byte(f.get("credential")), Code: f.get("totp"), Device: deviceOf(r, f)}
}

// notProved answers a refused proof. The page comes back with what was shown
// before; the fifth wrong try ends the action.
func (h *Handler) notProved(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, f form, why error) error {
	status := problem.Of(r.Context(), why).Status
	switch {
	case is(why, approvals.CodeTooManyTries):
		return h.tooManyTries(w, r, a)
	case is(why, approvals.CodeProvingBlocked):
		problem.Of(r.Context(), why).Headers(w.Header(), h.now())
		return h.notNow(w, r, a, proofPage{stage, f.has("totp"), status}, why)
	case is(why, approvals.CodeInvalid) || is(why, approvals.CodeProofWrong) && f.has("totp"):
		return h.code(w, r, a, codeView{stage: stage, status: http.StatusUnprocessableEntity, fault: codeFault(f, why), left: triesLeft(why)})
	case is(why, approvals.CodeProofWrong):
		return h.review(w, r, a, reviewView{stage: stage, status: status, fault: templates.ProofRefused})
	case is(why, approvals.CodeIndependent):
		return h.notEnough(w, r, a, stage, why)
	case is(why, approvals.CodeMethod):
		return orElse(h.downgraded(r.Context(), a, stage), why)
	}
	return why
}

// proofPage is the page a refused proof came from.
type proofPage struct {
	stage  approvals.Stage
	code   bool // with a code
	status int
}

// notNow answers a proof that was not looked at: in the block that five wrong
// tries begin, or in the short pause after fewer, where the same page comes back.
func (h *Handler) notNow(w http.ResponseWriter, r *http.Request, a access, p proofPage, why error) error {
	if soon(why).Sub(h.now()) > auth.MaxPause {
		return h.review(w, r, a, reviewView{stage: p.stage, status: p.status})
	}
	if !p.code {
		return h.review(w, r, a, reviewView{stage: p.stage, status: p.status, fault: templates.ProofRefused})
	}
	_, left, err := h.Auth.Blocked(r.Context(), a.action.SellerKey())
	if err != nil {
		return err
	}
	return h.code(w, r, a, codeView{stage: p.stage, status: p.status, fault: templates.CodeSoon, left: left})
}

// notPosted answers a proof that a page sent with a token that is not, or no
// longer, its own: it was left open while a new visit began. The page comes
// again with a token that counts; nothing was looked at.
func (h *Handler) notPosted(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, f form, why error) error {
	if !is(why, approvals.CodeForbidden) {
		return why
	}
	status := problem.Of(r.Context(), why).Status
	may, err := h.Auth.Permitted(r.Context(), a.action.SellerKey(), stage)
	if err == nil && may.Method == approvals.TOTP && f.has("totp") {
		return h.codeOrReview(w, r, a, stage, status)
	}
	return h.review(w, r, a, reviewView{stage: stage, status: status, fault: templates.ProofLate})
}

// downgraded records that a code was sent where a passkey is held. No page
// offers that, so somebody tried to get by with less (DESIGN rule 10).
func (h *Handler) downgraded(ctx context.Context, a access, stage approvals.Stage) error {
	return h.Approvals.RefuseTold(ctx, h.refusedProof(a, stage, approvals.CodeMethod), approvals.SecurityNotice{What: approvals.SecurityDowngrade, At: h.now(), Method: approvals.TOTP})
}

// refusedProof is the audit line of a proof that was not looked at.
func (h *Handler) refusedProof(a access, stage approvals.Stage, why approvals.Code) audit.Event {
	verb := "step_up"
	if stage == approvals.StageConfirmation {
		verb = "confirm"
	}
	return audit.Event{
		Marketplace: string(a.action.Marketplace), Seller: string(a.action.Seller), Action: string(a.action.ID),
		Generation: a.action.Generation, Verb: verb, From: string(a.action.State), To: string(a.action.State),
		Actor: a.action.SellerActor(), At: h.now(), Data: map[string]string{"refused": string(why)},
	}
}

// tooManyTries ends the action and shows that it ended. Another request may
// have moved it first; then what it shows is that.
func (h *Handler) tooManyTries(w http.ResponseWriter, r *http.Request, a access) error {
	ended := context.WithoutCancel(r.Context()) // whoever hangs up now does not keep the action
	if _, err := h.Approvals.TooManyTries(ended, a.action.Key()); err != nil && !is(err, approvals.CodeState) {
		return err
	}
	return seeOther(w, a.overPath())
}

// overtaken answers a proof that was good and came too late: the action had
// moved, its seller was locked, its time was over, its link was replaced. The
// page it leads to says which; nothing was approved or confirmed.
func (h *Handler) overtaken(w http.ResponseWriter, r *http.Request, a access, why error) error {
	a.visit.Values.Done = ""
	if err := h.touch(w, r, a.visit); err != nil {
		return err
	}
	for _, c := range []approvals.Code{
		approvals.CodeState, approvals.CodeSellerLocked, approvals.CodeTooLate, approvals.CodeTooEarly,
		approvals.CodeIndependent, approvals.CodeLinkSpent, approvals.CodeLinkReplaced, approvals.CodeLinkExpired,
	} {
		if is(why, c) {
			return seeOther(w, a.overPath())
		}
	}
	return why
}

// overPath is where a page leads once there is nothing to prove on it any more.
func (a access) overPath() string {
	if a.base == confirmBase {
		return a.base
	}
	return a.base + "/status"
}

// codeFault names what was wrong with a code, as far as the seller can see it:
// nothing there, not six digits, or not right. Wrong and used read the same.
func codeFault(f form, why error) templates.CodeFault {
	switch {
	case strings.TrimSpace(f.get("totp")) == "":
		return templates.CodeEmpty
	case is(why, approvals.CodeInvalid):
		return templates.CodeShape
	}
	return templates.CodeWrong
}

func triesLeft(why error) int {
	n, _ := strconv.Atoi(fact(why, "tries_left"))
	return n
}

// soon is the moment a refusal names for coming back.
func soon(why error) time.Time {
	at, _ := time.Parse(approvals.TimeFormat, fact(why, "retry_at"))
	return at
}
