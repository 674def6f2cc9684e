package seller

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
)

// stopShow is S7: one question, nothing chosen, and nothing happens until the
// button. Every way to an action leads to it.
func (h *Handler) stopShow(enter entrance) page.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		return h.question(w, r, a, http.StatusOK, false)
	}
}

// question asks S7's about the action, or about the security notice.
func (h *Handler) question(w http.ResponseWriter, r *http.Request, a access, status int, unchosen bool) error {
	if a.notice != nil {
		return h.noticePage(w, r, a, status, unchosen)
	}
	return h.stopPage(w, r, a, status, unchosen)
}

// stopAnswer takes the answer of S7. It needs no proof (DESIGN rule 5). A form
// that is not this browser's own, because the session was renewed meanwhile,
// shows the question again: the second press counts.
func (h *Handler) stopAnswer(enter entrance) page.Func {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		f, err := a.post(r)
		if is(err, approvals.CodeForbidden) {
			return h.question(w, r, a, problem.Of(r.Context(), err).Status, true)
		}
		if err != nil {
			return err
		}
		given := templates.GivenAnswer(f.get("answer"))
		switch {
		case a.notice != nil && given == templates.AnswerWasMe:
			return seeOther(w, noticeBase+"/fine")
		case a.notice != nil && given == templates.AnswerNotMe:
			return h.disown(w, r, a)
		case a.notice == nil && (given == templates.AnswerChangedMind || given == templates.AnswerNotMe):
			return h.stop(w, r, a, given)
		}
		return h.question(w, r, a, http.StatusUnprocessableEntity, true)
	}
}

// stop does what the seller answered and leads to the page that says what was
// done. Cancelling that comes after the release shows what is left to say.
func (h *Handler) stop(w http.ResponseWriter, r *http.Request, a access, given templates.GivenAnswer) error {
	if given == templates.AnswerNotMe {
		done, err := h.Approvals.NotMe(r.Context(), a.action.Key())
		if err != nil {
			return err
		}
		if done.Locked {
			if err := h.signOthersOut(r.Context(), a); err != nil {
				return err
			}
		}
		return seeOther(w, a.base+"/cancelled")
	}
	_, err := h.Approvals.Cancel(r.Context(), a.action.Key(), approvals.ChangedMind, a.action.SellerActor())
	if is(err, approvals.CodeTooLateToCancel) || is(err, approvals.CodeState) {
		if a.action, err = h.Approvals.Reader.Action(r.Context(), a.action.Key()); err != nil {
			return err
		}
		return h.stopPage(w, r, a, problem.Of(r.Context(), approvals.Refuse(approvals.CodeTooLateToCancel)).Status, false)
	}
	if err != nil {
		return err
	}
	return seeOther(w, a.base+"/cancelled")
}

// signOthersOut ends the seller's sessions after "not me". Whoever answers in one
// of them reads the next page in it.
func (h *Handler) signOthersOut(ctx context.Context, a access) error {
	if a.visit == nil {
		return h.Sessions.EndOf(ctx, a.action.SellerKey())
	}
	return h.Sessions.EndOthers(ctx, a.visit)
}

func (h *Handler) stopPage(w http.ResponseWriter, r *http.Request, a access, status int, unchosen bool) error {
	facts, err := templates.FactsOf(a.action, a.seller)
	if err != nil {
		return err
	}
	now, err := h.status(r, a)
	if err != nil {
		return err
	}
	p := templates.Stop{
		Frame: h.frame(a, a.stopPath()), Facts: facts, State: templates.StopLate, Status: &now,
		Submit: templates.Post(a.stopPath()), Unchosen: unchosen,
	}
	if a.action.State.Stoppable() {
		p.State = templates.StopOpen
	}
	if a.base != stopBase {
		p.Back = templates.Link(a.base)
	}
	return h.show(w, r, a, status, p)
}
