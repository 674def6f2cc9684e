package seller

import (
	"context"
	"fmt"
	"net/http"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/session"
)

// noticeBase is where the link of a security notice leads.
const noticeBase = "/not-me"

// noticeOpen is the link of a security notice's mail. The token leaves the
// address at once; nothing else happens, however often it is opened.
func (h *Handler) noticeOpen(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	found, err := h.Approvals.OpenNotice(r.Context(), token)
	if err != nil {
		return err
	}
	if onlyHead(r) {
		return seeOther(w, noticeBase)
	}
	if err := h.leaveOthers(w, r, found.Seller.SellerKey, approvals.NoticeLink); err != nil {
		return err
	}
	if err := h.Sessions.Point(w, session.Pointer{Purpose: approvals.NoticeLink, Token: token}); err != nil {
		return err
	}
	return seeOther(w, noticeBase)
}

// byNotice opens the seller of the security notice this browser has opened. No
// action is part of it.
func (h *Handler) byNotice(_ http.ResponseWriter, r *http.Request) (access, error) {
	link, ok := h.Sessions.Pointed(r, approvals.NoticeLink)
	if !ok || link.Ended {
		return access{}, approvals.Refuse(approvals.CodeSessionEnded)
	}
	return h.noticed(r.Context(), link)
}

func (h *Handler) noticed(ctx context.Context, link session.Pointer) (access, error) {
	found, err := h.Approvals.OpenNotice(ctx, link.Token)
	if err != nil {
		return access{}, err
	}
	a := access{seller: found.Seller, notice: &found.Notice, link: link, base: noticeBase, token: link.Page()}
	if a.market, err = h.Registry.Marketplace(ctx, found.Seller.Marketplace); err != nil {
		return access{}, fmt.Errorf("open notice %s: %w", found.Notice.ID, err)
	}
	return a, nil
}

// knownNotice is of a mailed notice: the way back is its link.
func (h *Handler) knownNotice(r *http.Request) (access, bool) {
	link, ok := h.Sessions.Pointed(r, approvals.NoticeLink)
	if !ok {
		return access{}, false
	}
	a, err := h.noticed(r.Context(), link)
	a.again = noticeBase + "/" + link.Token
	if link.Ended {
		a.base, a.token = "", ""
	}
	return a, err == nil
}

// disown does what "this was not me" says, and signs everybody out.
func (h *Handler) disown(w http.ResponseWriter, r *http.Request, a access) error {
	locked, err := h.Approvals.Disown(r.Context(), a.link.Token)
	if err != nil {
		return err
	}
	if locked {
		if err := h.Sessions.EndOf(r.Context(), a.seller.SellerKey); err != nil {
			return err
		}
	}
	return seeOther(w, noticeBase+"/done")
}

// noticePage is S7 about a security notice: two answers, none chosen.
func (h *Handler) noticePage(w http.ResponseWriter, r *http.Request, a access, status int, unchosen bool) error {
	return h.show(w, r, a, status, templates.Stop{
		Frame: h.frame(a, noticeBase), State: templates.StopNotice, Submit: noticeBase, Notice: templates.NoticeOf(*a.notice), Unchosen: unchosen,
	})
}

// noticeDone is the done page of S7 about a security notice. It says what is
// so: the account is locked, or an answer came faster than a person reads.
func (h *Handler) noticeDone(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNotice(w, r)
	if err != nil {
		return err
	}
	c, err := h.Cases.OpenCase(r.Context(), a.seller.SellerKey)
	if err != nil && !is(err, approvals.CodeNotFound) {
		return err
	}
	p := templates.Stopped{Frame: h.frame(a, noticeBase+"/done"), Answer: templates.AnswerNotMe, Case: c.Number}
	switch {
	case a.seller.Locked && a.seller.LockedBy == approvals.LockNotMe:
		// The webhook of the lock asks the marketplace to sign out every device.
		p.Locked, p.SignOut, p.All = a.seller.LockedAt, a.seller.LockedAt, true
	case a.seller.Locked && c.Reason == approvals.CaseNotMe:
		p.Locked, p.All = a.seller.LockedAt, true
	case c.Reason == approvals.CaseNotMeFast:
		p.Fast, p.NotMe = true, noticeBase
	default:
		return seeOther(w, noticeBase)
	}
	return h.show(w, r, a, http.StatusOK, p)
}

// noticeFine is what "this was me" leads to. Nothing was done.
func (h *Handler) noticeFine(w http.ResponseWriter, r *http.Request) error {
	a, err := h.byNotice(w, r)
	if err != nil {
		return err
	}
	return h.show(w, r, a, http.StatusOK, templates.Stopped{
		Frame: h.frame(a, noticeBase+"/fine"), Answer: templates.AnswerWasMe, NotMe: noticeBase,
	})
}

// origin is where a request came from. An address that is not the internet's is
// a proxy's or this machine's, and tells a seller nothing.
func (h *Handler) origin(r *http.Request) approvals.Origin {
	o := approvals.Origin{UserAgent: r.UserAgent(), Country: h.Clients.Country(r)}
	if ip := h.Clients.Of(r); ip.IsGlobalUnicast() && !ip.IsPrivate() {
		o.IP = ip.String()
	}
	return o
}
