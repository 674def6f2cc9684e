package approvals

import "time"

// MailKind names one of the mails of UX §6.2.
type MailKind string

const (
	MailRequested    MailKind = "requested"     // 1: action created
	MailNotice       MailKind = "notice"        // 2: the notice; the clock waits for its acceptance
	MailVerify       MailKind = "verify"        // 2, to the new address of a contact.change: is this yours?
	MailNoticeAgain  MailKind = "notice_again"  // 2, repeated after 24 hours of a wait of 72 or more
	MailBeforeWindow MailKind = "before_window" // 3: 12 hours before the window
	MailConfirm      MailKind = "confirm"       // 4: the window opens
	MailConfirmAgain MailKind = "confirm_again" // 4b: a new link
	MailExecuted     MailKind = "executed"      // 5
	MailCancelled    MailKind = "cancelled"     // 6
	MailNotConfirmed MailKind = "not_confirmed" // 7: expired or failed
	MailLockedByYou  MailKind = "locked_by_you" // 8
	MailLockedByUs   MailKind = "locked_by_us"  // 9
	MailHeld         MailKind = "held"          // 9b
	MailApproveAgain MailKind = "approve_again" // 10b: freed after a lock or review
	MailSecurity     MailKind = "security"      // 11 and on: a security notice, about the seller alone

	// To other people on the seller's account.
	MailApproverInvited MailKind = "approver_invited"     // with the link to join
	MailApproverTold    MailKind = "approver_told"        // the first proof is made: their word will be asked for
	MailApproverAsked   MailKind = "approver_asked"       // the window opens, and their word is asked for
	MailApproverAgain   MailKind = "approver_asked_again" // a new link
	MailApproverDone    MailKind = "approver_done"        // they agreed
)

// notice reports whether the clock waits for mails of this kind to be accepted.
func (k MailKind) notice() bool { return k == MailNotice || k == MailVerify }

// toApprover reports whether mails of this kind go to another person than the
// seller. None of them carries a link that is the seller's.
func (k MailKind) toApprover() bool {
	return k == MailApproverInvited || k == MailApproverTold || k == MailApproverAsked || k == MailApproverAgain || k == MailApproverDone
}

// Mail is a mail to be sent, one for each contact. It is a row before it is a
// job: losing the job loses nothing.
type Mail struct {
	Kind       MailKind
	To         string
	Generation int
	Serial     int       // of the confirm link it carries, else 0
	DueAt      time.Time // not sent before
	Case       string    // case number the mail quotes, else empty
	Notice     string    // id of the security notice it tells, else empty
}

// mails addresses one mail of this kind to every contact of the snapshot. The
// new address of a contact.change is not written to before the first proof:
// anybody's could stand there.
func (a Action) mails(k MailKind, due time.Time) []Mail {
	_, proved := a.Proof(StageStepUp)
	out := make([]Mail, 0, len(a.Contacts))
	for _, c := range a.Contacts {
		if c.Role == ContactNew && !proved {
			continue
		}
		out = append(out, Mail{Kind: k, To: c.Email, Generation: a.Generation, DueAt: due})
	}
	return out
}
