package templates

import (
	"time"

	"countersign/approvals"
)

// Answer is S6: the page a confirmation mail opens. Opening it changes
// nothing; its form has three answers and none is chosen.
type Answer struct {
	Frame
	Facts     Facts
	State     AnswerState
	Way       Way  // WayPasskey, WayCode or WayRecovery: what "yes" will ask for
	Submit    Post // receives the field answer
	NotBefore time.Time
	ConfirmBy time.Time
	Answered  Answered               // AnswerAlready
	Hold      Hold                   // AnswerHeld
	Cancel    approvals.CancelReason // AnswerCancelled
	NewLink   Post                   // mails a new link
	Status    Link                   // S5
	Restart   Link                   // start again, at the marketplace
	Stop      Link                   // S7
	Unchosen  bool                   // the form came back without an answer
}

// AnswerState is what a confirmation link finds.
type AnswerState string

const (
	AnswerOpen      AnswerState = "open"
	AnswerEarly     AnswerState = "early"     // before NotBefore
	AnswerAlready   AnswerState = "already"   // answered
	AnswerReplaced  AnswerState = "replaced"  // a newer mail replaced the link
	AnswerLinkOver  AnswerState = "link_over" // the link expired, the window has not
	AnswerSent      AnswerState = "sent"      // a new link is on its way
	AnswerWait      AnswerState = "wait"      // a new link was asked for too soon
	AnswerOver      AnswerState = "over"      // the window closed on ConfirmBy
	AnswerHeld      AnswerState = "held"
	AnswerLocked    AnswerState = "locked"
	AnswerCancelled AnswerState = "cancelled"
	AnswerUnheard   AnswerState = "unverified" // the new address of a contact.change has not answered yet
	AnswerElsewhere AnswerState = "elsewhere"  // a code from this device is not enough
	AnswerAgain     AnswerState = "again"      // freed after a lock or review: approve again first
)

// Answered is what was answered before.
type Answered struct {
	What   GivenAnswer
	At     time.Time
	Device Device // zero: not known
}

// GivenAnswer is one of the answers of S6 and S7, also the value of the form
// field.
type GivenAnswer string

const (
	AnswerYes         GivenAnswer = "yes"
	AnswerChangedMind GivenAnswer = "changed_mind"
	AnswerNotMe       GivenAnswer = "not_me"
	AnswerWasMe       GivenAnswer = "was_me" // of a security notice
)

func (Answer) name() string { return "answer" }

func (p Answer) title(w *words) (string, error) {
	if p.State == AnswerOpen {
		return w.about(p.Facts, "answer.title")
	}
	return w.t("answer.title." + string(p.State))
}

func (p Answer) faults() []fault {
	if !p.Unchosen {
		return nil
	}
	return one("answer-yes", "err.choose")
}
