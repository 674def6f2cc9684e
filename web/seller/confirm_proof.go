package seller

import (
	"context"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/session"
)

// confirmProof takes the second proof. As soon as an authenticator has answered
// a new session begins; then the proof is spent, and with it the link, which is
// checked again there.
func (h *Handler) confirmProof(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byConfirmLink(w, r)
	if err != nil {
		return err
	}
	if state, _ := h.answerState(a); state != templates.AnswerOpen {
		return h.answer(w, r, a, answerView{})
	}
	f, err := a.post(r)
	if err != nil {
		return h.notPosted(w, r, a, approvals.StageConfirmation, f, err)
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
	proof, err := h.prove(r, a, approvals.StageConfirmation, f)
	if err != nil {
		return h.notProved(w, r, a, approvals.StageConfirmation, f, err)
	}
	v, err := h.Sessions.Begin(w, r, session.Beginning{
		Seller: a.action.SellerKey(), Action: a.action.ID, Proved: true, Done: string(templates.ResultConfirmed),
	})
	if err != nil {
		return err
	}
	if _, err := h.Approvals.Confirm(r.Context(), a.action.Key(), a.hash, proof); err != nil {
		a.visit = v
		return h.overtaken(w, r, a, err)
	}
	return seeOther(w, actionPath(a.action)+"/status")
}

// hurried refuses a confirmation that comes sooner after its mail than anybody
// can read (STANDARDS AS-05). Nothing is verified or spent before.
func (h *Handler) hurried(ctx context.Context, a access) (refusal, err error) {
	mailed, err := h.Approvals.Outbox.MailedAt(ctx, a.action.Key())
	if err != nil {
		return nil, err
	}
	from := mailed.Add(h.Dwell)
	if mailed.IsZero() || !h.now().Before(from) {
		return nil, nil
	}
	return approvals.Refuse(approvals.CodeTooEarly).With("retry_at", approvals.FormatTime(from)), nil
}

func (h *Handler) waitABit(w http.ResponseWriter, r *http.Request, a access, refusal, err error) error {
	if err != nil {
		return err
	}
	return h.answer(w, r, a, answerView{state: templates.AnswerEarly, why: refusal})
}
