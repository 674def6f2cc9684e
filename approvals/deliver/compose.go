package deliver

import (
	"fmt"

	"countersign/approvals"
	"countersign/templates"
)

// compose says what a mail says, from the action as it is now.
func (m *Mailer) compose(out approvals.OutMail) (templates.Mail, error) {
	frame := templates.MailFrame{Marketplace: out.Marketplace.Name, Zone: templates.Zone(out.Seller.TimeZone)}
	frame.Facts.Name = out.Seller.Name
	if out.Notice != nil {
		frame.Stop = templates.Link(m.PublicURL + "/not-me/" + out.StopToken)
		mail := templates.SecurityMail{MailFrame: frame, Notice: templates.NoticeOf(*out.Notice)}
		if out.RecoverToken != "" {
			mail.Recover = templates.Link(m.PublicURL + "/replace/" + out.RecoverToken)
		}
		return mail, nil
	}
	if out.Action == nil {
		return lockedMail(frame, out)
	}
	a := *out.Action
	facts, err := templates.FactsOf(a, out.Seller)
	if err != nil {
		return nil, err
	}
	frame.Facts = facts
	frame.Stop = templates.Link(m.PublicURL + "/cancel/" + out.StopToken)
	frame.Over = !a.State.Stoppable()
	if a.Unverified(out.Mail.To) {
		frame.Stop = "" // whoever reads the new address is not known yet
	}
	if to, ok := out.Approver(); ok {
		return m.toApprover(to, a, out, frame)
	}
	return m.about(a, out, frame)
}

// toApprover picks the mail to another person on the seller's account. It
// carries no link of the seller's.
func (m *Mailer) toApprover(to approvals.Approver, a approvals.Action, out approvals.OutMail, frame templates.MailFrame) (templates.Mail, error) {
	frame.Stop, frame.Facts.Name, frame.Facts.Business = "", to.Name, ""
	owner := out.Seller.Name
	switch out.Mail.Kind {
	case approvals.MailApproverInvited:
		return templates.InvitedMail{MailFrame: frame, Owner: owner, Join: templates.Link(m.PublicURL + "/join/" + out.ApproverToken), Until: to.InviteUntil}, nil
	case approvals.MailApproverTold:
		return templates.ForetoldMail{MailFrame: frame, Owner: owner, Stop: templates.Link(m.PublicURL + "/agree/" + out.ApproverToken)}, nil
	case approvals.MailApproverAsked, approvals.MailApproverAgain:
		return templates.AskedMail{
			MailFrame: frame, Owner: owner, Approve: templates.Link(m.PublicURL + "/agree/" + out.ApproverToken), Until: a.ConfirmBy,
			Again: out.Mail.Kind == approvals.MailApproverAgain,
		}, nil
	case approvals.MailApproverDone:
		mail := templates.AgreedMail{MailFrame: frame, Owner: owner, At: a.MovedAt}
		if p, ok := a.Proof(approvals.StageApproval); ok {
			mail.At = p.At
		}
		return mail, nil
	}
	return nil, fmt.Errorf("mail kind %q", out.Mail.Kind)
}

// about picks the mail of an action.
func (m *Mailer) about(a approvals.Action, out approvals.OutMail, frame templates.MailFrame) (templates.Mail, error) {
	switch out.Mail.Kind {
	case approvals.MailRequested:
		return templates.RequestedMail{MailFrame: frame}, nil
	case approvals.MailNotice, approvals.MailNoticeAgain:
		return templates.NoticeMail{
			MailFrame: frame, Method: method(a), Wait: a.Wait, Why: templates.ReasonOf(a),
			Again: out.Mail.Kind == approvals.MailNoticeAgain, NotBefore: a.NotBefore,
		}, nil
	case approvals.MailVerify:
		return templates.VerifyMail{MailFrame: frame, Verify: templates.Link(m.PublicURL + "/verify/" + out.VerifyToken)}, nil
	case approvals.MailBeforeWindow:
		return templates.SoonMail{MailFrame: frame, NotBefore: a.NotBefore}, nil
	case approvals.MailConfirm, approvals.MailConfirmAgain:
		return templates.ConfirmMail{
			MailFrame: frame, Method: method(a), ConfirmBy: a.ConfirmBy, LinkLife: approvals.ConfirmLife,
			Confirm: templates.Link(m.PublicURL + "/confirm/" + out.ConfirmToken), Again: out.Mail.Kind == approvals.MailConfirmAgain,
		}, nil
	case approvals.MailExecuted:
		return templates.ExecutedMail{MailFrame: frame, At: a.EndedAt}, nil
	case approvals.MailCancelled:
		return templates.CancelledMail{MailFrame: frame, Reason: a.Cancel, At: a.EndedAt}, nil
	case approvals.MailNotConfirmed:
		return templates.EndedMail{MailFrame: frame, Failed: a.State == approvals.Failed, End: templates.EndOf(a), At: a.EndedAt}, nil
	case approvals.MailHeld:
		return templates.HeldMail{MailFrame: frame, Hold: templates.HoldOf(a), Case: out.Mail.Case}, nil
	case approvals.MailApproveAgain:
		return templates.AgainMail{MailFrame: frame, StepUpBy: a.StepUpBy}, nil
	case approvals.MailLockedByYou, approvals.MailLockedByUs:
		return lockedMail(frame, out)
	}
	return nil, fmt.Errorf("mail kind %q", out.Mail.Kind)
}

func lockedMail(frame templates.MailFrame, out approvals.OutMail) (templates.Mail, error) {
	return templates.LockedMail{
		MailFrame: frame, Why: out.Seller.LockedBy, Case: out.Mail.Case, At: out.Seller.LockedAt,
		TooLate: out.Action != nil && templates.TooLate(out.Action.State),
	}, nil
}

// method is how the seller proved the step-up, and so what a page asks for
// next.
func method(a approvals.Action) approvals.Method {
	if p, ok := a.Proof(approvals.StageStepUp); ok {
		return p.Method
	}
	return approvals.Passkey
}
