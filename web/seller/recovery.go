package seller

import (
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

const recoverPath = "/recover"

// recoverShow is S9: the ways back, and the calendar of a recovery before it
// begins.
func (h *Handler) recoverShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNewest(w, r)
	if err != nil {
		return err
	}
	set, err := h.Auth.RecoverySet(r.Context(), a.action.SellerKey())
	if err != nil {
		return err
	}
	p := templates.Recover{Frame: h.frame(a, recoverPath), Left: set.Left, Back: templates.Link(a.base), Out: !a.visit.Own()}
	if err := h.lastWay(r.Context(), a, &p); err != nil {
		return err
	}
	calm, err := h.calm(r.Context(), a)
	if err != nil {
		return err
	}
	wait, ok := h.recoveryWait(a)
	switch {
	case !ok || set.Left == 0 || a.seller.Locked:
	case !calm:
		p.Busy = true
	case h.now().Before(set.CountFrom):
		p.From = set.CountFrom
	default:
		p.Open = h.now().Add(wait)
		if !p.Out {
			p.Add = recoverPath
		}
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// recoverBegin leads to a new passkey, whose addition a printed code will prove.
func (h *Handler) recoverBegin(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNewest(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	a.visit.Values.Recover = true
	if err := h.touch(w, r, a.visit); err != nil {
		return err
	}
	return seeOther(w, enrolPasskeyPath)
}

// recovering reports whether a printed code made the first proof.
func recovering(a approvals.Action) bool {
	first, ok := a.Proof(approvals.StageStepUp)
	return ok && first.Method == approvals.RecoveryCode
}

// actionRecovery takes a printed code for the first proof of the addition of an
// authenticator.
func (h *Handler) actionRecovery(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	if !recoverable(a.action) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	return h.recovery(w, r, a, recoveryView{stage: approvals.StageStepUp, status: http.StatusOK})
}

// actionRecover spends it.
func (h *Handler) actionRecover(w http.ResponseWriter, r *http.Request) error {
	a, err := h.bySession(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	if !recoverable(a.action) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	done, err := h.turn(r.Context(), &a)
	if err != nil {
		return err
	}
	defer done()
	if a.action.State != approvals.AwaitingStepUp {
		return seeOther(w, a.base+"/status")
	}
	if a.seller.Travelling(h.now()) || a.seller.Locked { // no code is spent on what would be refused
		return seeOther(w, a.base+"/status")
	}
	used, err := h.Auth.ProveRecoveryCode(r.Context(), auth.SubjectOf(a.action, approvals.StageStepUp), a.action.CreatedAt, f.get("code"))
	if err != nil {
		return h.notRecovered(w, r, a, approvals.StageStepUp, f, err)
	}
	// The visit has a new id and no more: a printed code opens no settings.
	if err := h.Sessions.Renew(w, r, a.visit, false); err != nil {
		return err
	}
	_, err = h.Approvals.StepUp(r.Context(), a.action.Key(), used.Proof)
	return h.recovered(w, r, a, used.Next, err)
}

// confirmRecovery takes a printed code for the second proof.
func (h *Handler) confirmRecovery(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	if !recoverable(a.action) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return seeOther(w, a.base)
	}
	return h.recovery(w, r, a, recoveryView{stage: approvals.StageConfirmation, status: http.StatusOK})
}

// confirmRecover spends it, with the mailed link.
func (h *Handler) confirmRecover(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	f, err := a.post(r)
	if err != nil {
		return err
	}
	if !recoverable(a.action) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	done, err := h.turn(r.Context(), &a)
	if err != nil {
		return err
	}
	defer done()
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return h.answer(w, r, a, answerView{})
	}
	if hurried, err := h.hurried(r.Context(), a); err != nil || hurried != nil {
		return h.waitABit(w, r, a, hurried, err)
	}
	if a.seller.Travelling(h.now()) {
		return seeOther(w, a.base)
	}
	used, err := h.Auth.ProveRecoveryCode(r.Context(), auth.SubjectOf(a.action, approvals.StageConfirmation), a.action.CreatedAt, f.get("code"))
	if err != nil {
		return h.notRecovered(w, r, a, approvals.StageConfirmation, f, err)
	}
	if a.visit, err = h.Sessions.Begin(w, r, session.Beginning{Seller: a.action.SellerKey(), Action: a.action.ID, Done: string(templates.ResultConfirmed)}); err != nil {
		return err
	}
	_, err = h.Approvals.Confirm(r.Context(), a.action.Key(), a.hash, used.Proof)
	return h.recovered(w, r, a, used.Next, err)
}

// recoverable reports whether a printed code can prove this: the addition of an
// authenticator, and nothing about money (DESIGN rule 10).
func recoverable(a approvals.Action) bool {
	_, ok := a.Decision.Wait[approvals.RecoveryCode]
	return ok && a.Kind == approvals.AuthenticatorAdd
}

// recoveryWait is how long a recovery that begins now would wait.
func (h *Handler) recoveryWait(a access) (wait time.Duration, ok bool) {
	wait, ok = h.Approvals.Expect(approvals.AuthenticatorAdd, a.seller).Wait[approvals.RecoveryCode]
	return wait, ok
}

// recoveryView is one way the page is shown.
type recoveryView struct {
	stage  approvals.Stage
	status int
	fault  templates.CodeFault
}

func (h *Handler) recovery(w http.ResponseWriter, r *http.Request, a access, v recoveryView) error {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return err
	}
	path := a.base + "/recovery"
	p := templates.Recovery{
		Frame: h.frame(a, path), Facts: facts, Stage: v.stage, Submit: templates.Post(path), Fault: v.fault,
		Back: templates.Link(a.reviewPath(v.stage)), Refuse: templates.Link(a.stopPath()),
	}
	if v.stage == approvals.StageStepUp {
		p.Wait = a.action.Decision.Wait[approvals.RecoveryCode]
	}
	return h.show(w, r, a, v.status, p)
}

// notRecovered answers a code that did not count. Wrong, spent and unknown read
// the same; the fifth wrong try ends the action.
func (h *Handler) notRecovered(w http.ResponseWriter, r *http.Request, a access, stage approvals.Stage, f form, why error) error {
	v := recoveryView{stage: stage, status: http.StatusUnprocessableEntity}
	switch {
	case is(why, approvals.CodeTooManyTries):
		return h.tooManyTries(w, r, a)
	case is(why, approvals.CodeProvingBlocked):
		v.fault, v.status = templates.CodeSoon, http.StatusTooManyRequests
	case strings.TrimSpace(f.get("code")) == "":
		v.fault = templates.CodeEmpty
	case is(why, approvals.CodeInvalid):
		v.fault = templates.CodeShape
	case is(why, approvals.CodeProofWrong):
		v.fault = templates.CodeWrong
	default:
		return why
	}
	return h.recovery(w, r, a, v)
}

// recovered shows the code that took the place of the spent one, once, whatever
// became of the action: the page it leads to tells that. why is a refusal that
// came after the code was spent.
func (h *Handler) recovered(w http.ResponseWriter, r *http.Request, a access, next auth.RecoveryCodes, why error) error {
	status := http.StatusOK
	if why != nil {
		status = problem.Of(r.Context(), why).Status
	}
	p := templates.Recovered{Frame: h.frame(a, a.base), Code: strings.Join(next.Codes, " "), Next: templates.Link(actionPath(a.action) + "/status")}
	return h.show(w, r, a, status, p)
}
