package seller

import (
	"net/http"
	"strings"

	"countersign/approvals"
)

// known is what can still be said of who is reading: the marketplace's name and
// the way back, of a session or a mailed link that may have ended. Whatever
// goes wrong here leaves it empty; the page is about another trouble.
func (h *Handler) known(r *http.Request) access {
	ways := []func(*http.Request) (access, bool){h.knownVisit, h.knownConfirm, h.knownStop}
	if strings.HasPrefix(r.URL.Path, confirmBase) {
		ways = []func(*http.Request) (access, bool){h.knownConfirm}
	} else if strings.HasPrefix(r.URL.Path, stopBase) {
		ways = []func(*http.Request) (access, bool){h.knownStop}
	} else if strings.HasPrefix(r.URL.Path, noticeBase) {
		ways = []func(*http.Request) (access, bool){h.knownNotice}
	}
	if strings.HasPrefix(r.URL.Path, replacePath) {
		ways = []func(*http.Request) (access, bool){h.knownReplace}
	}
	for _, way := range ways {
		if a, ok := way(r); ok {
			return a
		}
	}
	return access{}
}

// knownVisit is of a session: the way back from its end is a fresh hand-off.
func (h *Handler) knownVisit(r *http.Request) (access, bool) {
	found, err := h.Sessions.Current(r)
	if err != nil || found.Visit == nil {
		return access{}, false
	}
	if found.Visit.Values.Recovery != "" {
		return h.knownReplace(r)
	}
	a, err := h.newest(r.Context(), found.Visit)
	a.again = a.home()
	if found.Ended {
		a.base, a.token = "", ""
	}
	return a, err == nil
}

func (h *Handler) knownConfirm(r *http.Request) (access, bool) {
	return h.knownLink(r, approvals.ConfirmLink, confirmBase)
}

func (h *Handler) knownStop(r *http.Request) (access, bool) {
	return h.knownLink(r, approvals.StopLink, stopBase)
}

// knownLink is of a mailed link: the way back is the link.
func (h *Handler) knownLink(r *http.Request, p approvals.Purpose, base string) (access, bool) {
	link, ok := h.Sessions.Pointed(r, p)
	if !ok {
		return access{}, false
	}
	a, err := h.pointed(r.Context(), link, base)
	a.again = base + "/" + link.Token
	if link.Ended {
		a.base, a.token = "", ""
	}
	return a, err == nil
}
