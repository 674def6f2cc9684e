package seller

import (
	"net/http"
	"slices"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
)

// Where the mails to another person on a seller's account lead.
const (
	joinBase  = "/join"
	agreeBase = "/agree"
)

// byJoin opens the invitation this browser has opened, byAgree the question about
// one action. Neither is a session of the seller's, and none comes of it.
func (h *Handler) byJoin(_ http.ResponseWriter, r *http.Request) (access, error) {
	return h.byLink(r, approvals.JoinLink, joinBase)
}

func (h *Handler) byAgree(_ http.ResponseWriter, r *http.Request) (access, error) {
	return h.byLink(r, approvals.ApproveLink, agreeBase)
}

func (h *Handler) joinOpen(w http.ResponseWriter, r *http.Request) error {
	return h.arrive(w, r, approvals.JoinLink, joinBase)
}

func (h *Handler) agreeOpen(w http.ResponseWriter, r *http.Request) error {
	return h.arrive(w, r, approvals.ApproveLink, agreeBase)
}

// approverShow shows what such a link finds. Opening it changes nothing.
func (h *Handler) approverShow(enter entrance) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		return h.approverPage(w, r, a, nil)
	}
}

// approverPage shows it, perhaps with why the last answer did not count.
func (h *Handler) approverPage(w http.ResponseWriter, r *http.Request, a access, why error) error {
	who, _ := a.seller.Approver(a.approver)
	p := templates.Approver{Frame: h.frame(a, a.base), State: h.approverState(a, who), Owner: a.seller.Name, From: who.UsableFrom, Fault: why != nil}
	status := http.StatusOK
	if why != nil {
		status = problem.Of(r.Context(), why).Status
	}
	p.Until = who.InviteUntil
	if a.base == agreeBase {
		p.Until = a.action.ConfirmBy
		var err error
		if p.Facts, err = templates.FactsOf(a.action, a.seller); err != nil {
			return err
		}
		if p.State == templates.ApproverAsked || p.State == templates.ApproverOld || p.State == templates.ApproverEarly {
			p.Stop = agreeBase + "/stop"
		}
	}
	if p.State != templates.ApproverInvited && p.State != templates.ApproverAsked {
		p.Fault = false
		return h.show(w, r, a, status, p)
	}
	p.Passkey = &templates.Passkey{Submit: templates.Post(a.base), Refresh: templates.Post(a.base + "/options"), Options: []byte("{}")}
	if !onlyHead(r) {
		raw, err := h.approverOptions(r, a, who)
		switch {
		case is(err, approvals.CodeNoAuthenticator): // nothing to agree with, and stopping needs nothing
			p.State, p.Passkey, p.Fault = templates.ApproverOld, nil, false
		case err != nil:
			return err
		default:
			p.Passkey.Options = raw
		}
	}
	return h.show(w, r, a, status, p)
}

// approverState is what the link finds now.
func (h *Handler) approverState(a access, who approvals.Approver) templates.ApproverState {
	if a.base == joinBase {
		switch who.State(h.now()) {
		case approvals.ApproverInvited:
			return templates.ApproverInvited
		case approvals.ApproverWaiting, approvals.ApproverUsable:
			return templates.ApproverJoined
		case approvals.ApproverRemoved, approvals.ApproverExpired:
		}
		return templates.ApproverGone
	}
	_, agreed := a.action.Proof(approvals.StageApproval)
	counts := slices.ContainsFunc(a.seller.Agreeing(h.now()), func(p approvals.Approver) bool { return p.ID == who.ID })
	switch {
	case a.action.State == approvals.Cancelled && a.action.Cancel == approvals.NotMe:
		return templates.ApproverStopped
	case agreed:
		return templates.ApproverAgreed
	case a.action.State != approvals.AwaitingConfirmation && a.action.State.Stoppable() && a.action.NeedsApprover():
		return templates.ApproverEarly
	case a.action.State != approvals.AwaitingConfirmation:
		return templates.ApproverOver
	case a.stale != nil || a.serial != a.action.ConfirmSerial || !counts:
		return templates.ApproverOld
	}
	return templates.ApproverAsked
}

func (h *Handler) approverOptions(r *http.Request, a access, who approvals.Approver) ([]byte, error) {
	if a.base == joinBase {
		return h.Auth.BeginJoin(r.Context(), a.seller.SellerKey, who)
	}
	return h.Auth.BeginApproval(r.Context(), who, a.action)
}

// approverFresh answers a page's script with fresh options.
func (h *Handler) approverFresh(enter entrance) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		if _, err := a.post(r); err != nil {
			return err
		}
		who, _ := a.seller.Approver(a.approver)
		if s := h.approverState(a, who); s != templates.ApproverInvited && s != templates.ApproverAsked {
			return approvals.Refuse(approvals.CodeState)
		}
		raw, err := h.approverOptions(r, a, who)
		if err != nil {
			return err
		}
		return page.JSON(w, options{raw})
	}
}

// approverAnswer takes the passkey's answer: it joins, or agrees. Whatever came
// first meanwhile is shown instead.
func (h *Handler) approverAnswer(enter entrance) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		a, err := enter(w, r)
		if err != nil {
			return err
		}
		f, err := a.post(r)
		if err != nil {
			return err
		}
		who, _ := a.seller.Approver(a.approver)
		if s := h.approverState(a, who); s != templates.ApproverInvited && s != templates.ApproverAsked {
			return seeOther(w, a.base)
		}
		err = h.approverProof(r, a, who, f)
		switch {
		case is(err, approvals.CodeProofWrong), is(err, approvals.CodeAlreadyEnrolled):
			return h.approverPage(w, r, a, err)
		case err == nil, explains(err), is(err, approvals.CodeState), is(err, approvals.CodeSellerLocked), is(err, approvals.CodeTooLate), is(err, approvals.CodeProofSpent):
			return seeOther(w, a.base)
		}
		return err
	}
}

func (h *Handler) approverProof(r *http.Request, a access, who approvals.Approver, f form) error {
	if a.base == joinBase {
		_, err := h.Auth.Join(r.Context(), a.seller.SellerKey, who, []byte(f.get("credential")))
		return err
	}
	proof, err := h.Auth.Approval(r.Context(), who, a.action, []byte(f.get("credential")))
	if err != nil {
		return err
	}
	_, err = h.Approvals.Approve(r.Context(), a.action.Key(), a.hash, proof)
	return err
}

// agreeStop stops the action and locks the seller, as the seller's own "I did not
// ask for this" does. It needs no proof, and works with a link that is old.
func (h *Handler) agreeStop(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byAgree(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	done, err := h.Approvals.Stop(r.Context(), a.action.Key(), a.hash)
	if err == nil && done.Locked {
		err = h.signOthersOut(r.Context(), a)
	}
	if err != nil && !is(err, approvals.CodeState) {
		return err
	}
	return seeOther(w, agreeBase)
}
