package seller

import (
	"context"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

// replacePath is where the mailed link of a recovery leads.
const replacePath = "/replace"

// replaceOpen is that link. Its token leaves the address at once; nothing else
// happens, however often and by whomever it is opened.
func (h *Handler) replaceOpen(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	found, err := h.Approvals.OpenRecovery(r.Context(), token)
	if found.ID == "" {
		return orElse(err, approvals.Refuse(approvals.CodeLinkUnknown))
	}
	if onlyHead(r) {
		return seeOther(w, replacePath)
	}
	if err := h.leaveOthers(w, r, found.Seller, approvals.RecoverLink); err != nil {
		return err
	}
	if err := h.Sessions.Point(w, session.Pointer{Purpose: approvals.RecoverLink, Token: token}); err != nil {
		return err
	}
	return seeOther(w, replacePath)
}

// byReplace opens the seller of the recovery whose link this browser has opened.
// Why it cannot be finished, if it cannot, is in stale.
func (h *Handler) byReplace(r *http.Request) (access, error) {
	link, ok := h.Sessions.Pointed(r, approvals.RecoverLink)
	if !ok || link.Ended {
		return access{}, approvals.Refuse(approvals.CodeSessionEnded)
	}
	return h.replacing(r.Context(), link)
}

func (h *Handler) replacing(ctx context.Context, link session.Pointer) (access, error) {
	found, err := h.Approvals.OpenRecovery(ctx, link.Token)
	if found.ID == "" {
		return access{}, orElse(err, approvals.Refuse(approvals.CodeLinkUnknown))
	}
	a := access{
		action: approvals.Action{Marketplace: found.Seller.Marketplace, Seller: found.Seller.Seller}, recovery: found, stale: err,
		link: link, base: replacePath, token: link.Page(),
	}
	return a, h.parties(ctx, &a)
}

// knownReplace is of such a link: the way back is the link.
func (h *Handler) knownReplace(r *http.Request) (access, bool) {
	link, ok := h.Sessions.Pointed(r, approvals.RecoverLink)
	if !ok {
		return access{}, false
	}
	a, err := h.replacing(r.Context(), link)
	a.again, a.base, a.token = replacePath+"/"+link.Token, "", ""
	return a, err == nil
}

// replaceShow says what will happen, and asks.
func (h *Handler) replaceShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byReplace(r)
	if err != nil {
		return err
	}
	p := templates.Replace{Frame: h.frame(a, replacePath), State: replaceState(a.stale)}
	if p.State == templates.ReplaceOpen {
		p.Start, p.Until, p.Payout = replacePath, a.recovery.LapsesAt, h.now().Add(approvals.RecoveryQuarantine)
	}
	status := http.StatusOK
	if a.stale != nil {
		status = problem.Of(r.Context(), a.stale).Status
	}
	return h.show(w, r, a, status, p)
}

func replaceState(why error) templates.ReplaceState {
	switch {
	case why == nil:
		return templates.ReplaceOpen
	case is(why, approvals.CodeLinkSpent):
		return templates.ReplaceDone
	case is(why, approvals.CodeSellerLocked):
		return templates.ReplaceLocked
	case is(why, approvals.CodeTravelLock):
		return templates.ReplaceTravel
	}
	return templates.ReplaceOver
}

// replaceStart begins a visit that can set up what is new and do nothing else: it
// is neither the seller's own nor handed any action.
func (h *Handler) replaceStart(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byReplace(r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	if a.stale != nil {
		return seeOther(w, replacePath)
	}
	if _, err := h.Sessions.Begin(w, r, session.Beginning{Seller: a.recovery.Seller, Recovery: a.recovery.ID}); err != nil {
		return err
	}
	return seeOther(w, enrolPath)
}

// inReplace is the access of a visit that a recovery's link began. What is over, or
// was stopped meanwhile, leads to the page that says so.
func (h *Handler) inReplace(r *http.Request, v *session.Visit) (access, error) {
	a, err := h.whole(r.Context(), v)
	if err != nil {
		return a, err
	}
	found, ok, err := h.Approvals.RecoveryOf(r.Context(), v.Seller)
	if err != nil {
		return a, fmt.Errorf("open recovery %s: %w", v.Values.Recovery, err)
	}
	a.base = replacePath
	if !ok || found.ID != v.Values.Recovery {
		return a, nil
	}
	switch why := found.MayFinish(a.seller, h.now()); {
	case why == nil:
		a.recovery, a.setup = found, setupReplace
	case is(why, approvals.CodeLinkSpent):
		a.base = enrolDonePath
	}
	return a, nil
}

// replaced ends what a recovery leaves behind: other visits of the seller, and what
// was open and rests on what is gone. The recovery itself is done: what could not be
// ended is in the log, and is no answer to the seller.
func (h *Handler) replaced(w http.ResponseWriter, r *http.Request, a access) error {
	if err := h.Approvals.Recovered(r.Context(), a.seller.SellerKey); err != nil {
		problem.TraceOf(r.Context()).Cause = err
	}
	if err := h.Sessions.EndOthers(r.Context(), a.visit); err != nil {
		return err
	}
	return seeOther(w, enrolDonePath)
}

// supportAsk asks the desk, the last way back. A second call begins nothing.
func (h *Handler) supportAsk(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNewest(w, r)
	if err != nil {
		return err
	}
	if _, err := a.post(r); err != nil {
		return err
	}
	var p templates.Recover
	if err := h.lastWay(r.Context(), a, &p); err != nil {
		return err
	}
	if p.Ask != "" {
		if err := h.Approvals.AskRecovery(r.Context(), a.seller.SellerKey, a.action.SellerActor()); err != nil {
			return err
		}
	}
	return seeOther(w, recoverPath)
}

// supportBack is for a reader who reloads.
func (h *Handler) supportBack(w http.ResponseWriter, _ *http.Request) error {
	return seeOther(w, recoverPath)
}

// lastWay fills what of S9 is the desk's: a recovery that runs, a case that is open,
// or a way to ask for one.
func (h *Handler) lastWay(ctx context.Context, a access, p *templates.Recover) error {
	key := a.seller.SellerKey
	list, err := h.Auth.Authenticators(ctx, key)
	if err != nil || len(list) == 0 || h.Approvals.Recoveries == nil {
		return err
	}
	found, ok, err := h.Approvals.RecoveryOf(ctx, key)
	if err != nil {
		return err
	}
	if ok && found.State.Running() {
		p.Running, p.LinkSent = found.Calendar(), found.State == approvals.RecoveryOpen
		return nil
	}
	if p.Asked, err = h.Approvals.Recoveries.RecoveryAsked(ctx, key); err != nil || !p.Asked.IsZero() {
		return err
	}
	if !a.visit.Own() { // a program that has fetched the link to one action opens no case
		return nil
	}
	p.Ask, p.Preview = recoverPath+"/support", approvals.PreviewRecovery(h.now())
	return nil
}
