package seller

import (
	"net/http"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/templates"
	"countersign/web/page"
	"countersign/web/problem"
)

// route is one line of the table.
type route struct {
	pattern string
	page    page.Func
}

// table is every page there is. GET serves HEAD too. An address that a form is
// sent to can be opened as well: a reader who goes back or reloads there is led
// on, instead of being asked to send the form again.
func (h *Handler) table() []route {
	return slices.Concat(h.mailTable(), h.ownTable(), []route{
		{"GET /h/{token}", h.handoffOpen},

		{"GET /actions/{ref}", h.actionShow},
		{"POST /actions/{ref}/step-up", h.actionStepUp},
		{"GET /actions/{ref}/step-up", h.actionCode},
		{"GET /actions/{ref}/code", h.actionCode},
		{"POST /actions/{ref}/options", h.actionOptions},
		{"POST /actions/{ref}/reveal", h.actionReveal},
		{"GET /actions/{ref}/reveal", h.actionBack},
		{"GET /actions/{ref}/status", h.actionStatus},
		{"GET /actions/{ref}/state", h.actionState},
		{"GET /actions/{ref}/recovery", h.actionRecovery},
		{"POST /actions/{ref}/recovery", h.actionRecover},
		{"POST /actions/{ref}/resend", h.actionResend},
		{"GET /actions/{ref}/resend", h.actionBack},
		{"GET /actions/{ref}/cancel", h.stopShow(h.bySession)},
		{"POST /actions/{ref}/cancel", h.stopAnswer(h.bySession)},
		{"GET /actions/{ref}/cancelled", h.stoppedShow(h.bySession)},

		{"GET /enrol", h.enrolChoose},
		{"GET /enrol/passkey", h.enrolPasskey},
		{"POST /enrol/passkey", h.enrolPasskeyAdd},
		{"POST /enrol/passkey/options", h.enrolOptions},
		{"GET /enrol/app", h.enrolApp},
		{"POST /enrol/app", h.enrolAppAdd},
		{"POST /enrol/app/options", h.enrolAppOptions},
		{"GET /enrol/done", h.enrolDone},

		{"GET /locked", h.lockedShow},
		{"GET " + templates.StaticPrefix, h.staticFile},
	})
}

// mailTable is what the links of mails lead to.
func (h *Handler) mailTable() []route {
	return []route{
		{"GET /confirm/{token}", h.confirmOpen},
		{"GET /confirm", h.confirmShow},
		{"POST /confirm", h.confirmAnswer},
		{"GET /confirm/review", h.confirmReview},
		{"GET /confirm/code", h.confirmCode},
		{"POST /confirm/options", h.confirmOptions},
		{"POST /confirm/proof", h.confirmProof},
		{"GET /confirm/proof", h.confirmCode},
		{"GET /confirm/recovery", h.confirmRecovery},
		{"POST /confirm/recovery", h.confirmRecover},
		{"POST /confirm/resend", h.confirmResend},
		{"GET /confirm/resend", h.confirmShow},
		{"GET /confirm/cancel", h.stopShow(h.byConfirmLink)},
		{"POST /confirm/cancel", h.stopAnswer(h.byConfirmLink)},
		{"GET /confirm/cancelled", h.stoppedShow(h.byConfirmLink)},

		{"GET /cancel/{token}", h.cancelOpen},
		{"GET /cancel", h.stopShow(h.byStopLink)},
		{"POST /cancel", h.stopAnswer(h.byStopLink)},
		{"GET /cancel/cancelled", h.stoppedShow(h.byStopLink)},

		{"GET /not-me/{token}", h.noticeOpen},
		{"GET /not-me", h.stopShow(h.byNotice)},
		{"POST /not-me", h.stopAnswer(h.byNotice)},
		{"GET /not-me/done", h.noticeDone},
		{"GET /not-me/fine", h.noticeFine},

		{"GET /replace/{token}", h.replaceOpen},
		{"GET /replace", h.replaceShow},
		{"POST /replace", h.replaceStart},

		{"GET /join/{token}", h.joinOpen},
		{"GET /join", h.approverShow(h.byJoin)},
		{"POST /join", h.approverAnswer(h.byJoin)},
		{"POST /join/options", h.approverFresh(h.byJoin)},
		{"GET /agree/{token}", h.agreeOpen},
		{"GET /agree", h.approverShow(h.byAgree)},
		{"POST /agree", h.approverAnswer(h.byAgree)},
		{"POST /agree/options", h.approverFresh(h.byAgree)},
		{"POST /agree/stop", h.agreeStop},
		{"GET /agree/stop", h.approverShow(h.byAgree)},

		{"GET /verify/{token}", h.verifyOpen},
		{"GET /verify", h.verifyShow},
		{"POST /verify", h.verifyAnswer},
	}
}

// ownTable is what concerns a seller as a whole, and what anybody may look at.
func (h *Handler) ownTable() []route {
	return []route{
		{"GET /h/seller/{token}", h.sellerOpen},
		{"GET /history", h.historyShow},
		{"GET /history.csv", h.historyTable},
		{"GET /security", h.securityShow},
		{"POST /security/choices", h.securityChoices},
		{"GET /security/choices", h.securityBack},
		{"POST /security/longer", h.securityLonger},
		{"GET /security/longer", h.securityBack},
		{"POST /security/travel", h.securityTravel},
		{"GET /security/travel", h.securityBack},
		{"POST /security/name", h.securityName},
		{"GET /security/name", h.securityBack},
		{"POST /security/remove", h.securityRemove},
		{"GET /security/remove", h.securityBack},
		{"POST /security/device", h.securityForget},
		{"GET /security/device", h.securityBack},
		{"POST /security/people", h.securityPerson},
		{"GET /security/people", h.securityBack},
		{"POST /security/people/remove", h.securityPersonRemove},
		{"GET /security/people/remove", h.securityBack},
		{"POST /security/sign-out", h.securitySignOut},
		{"GET /security/sign-out", h.securityBack},
		{"POST /security/sign-out-everywhere", h.securitySignOutAll},
		{"GET /security/sign-out-everywhere", h.securityBack},
		{"GET /signed-out", h.signedOut},
		{"GET /recover", h.recoverShow},
		{"POST /recover", h.recoverBegin},
		{"POST /recover/support", h.supportAsk},
		{"GET /recover/support", h.supportBack},
		{"GET /security/codes", h.codesShow},
		{"POST /security/codes/proof", h.codesProof},
		{"GET /security/codes/proof", h.codesShow},
		{"POST /security/codes/options", h.codesOptions},
		{"GET /security/check", h.check},
		{"GET /find", h.find},
	}
}

// missing answers what no line of the table does: 405 where another method
// would be answered, 404 otherwise.
func (h *Handler) missing(w http.ResponseWriter, r *http.Request) error {
	allowed := page.Allowed(h.mux, r)
	if len(allowed) == 0 {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return approvals.Refuse(problem.MethodNotAllowed)
}
