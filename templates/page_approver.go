package templates

import "time"

// Approver is what the mails to another person on a seller's account open: the
// invitation, and the question about one action. Opening it changes nothing.
type Approver struct {
	Frame
	State   ApproverState
	Owner   string // the seller
	Facts   Facts  // of the action that is asked about
	Passkey *Passkey
	Stop    Post // this should not happen
	Until   time.Time
	From    time.Time // ApproverJoined: when their word counts
	Fault   bool      // the last answer did not count
}

// ApproverState is what such a link finds.
type ApproverState string

const (
	ApproverInvited ApproverState = "invited"
	ApproverJoined  ApproverState = "joined"
	ApproverGone    ApproverState = "gone"  // the invitation is over
	ApproverEarly   ApproverState = "early" // they will be asked, and can stop it now
	ApproverAsked   ApproverState = "asked"
	ApproverAgreed  ApproverState = "agreed"
	ApproverStopped ApproverState = "stopped"
	ApproverOld     ApproverState = "old"  // a newer link replaced it, or its time is over: it still stops
	ApproverOver    ApproverState = "over" // there is nothing to agree to any more
)

func (Approver) name() string                     { return "approver" }
func (p Approver) title(w *words) (string, error) { return w.t("approver.title." + string(p.State)) }
func (p Approver) facts() Facts                   { return p.Facts }

func (p Approver) faults() []fault {
	if !p.Fault {
		return nil
	}
	return one("prove", "approver.fault")
}

// About reports whether the page is about an action.
func (p Approver) About() bool { return p.Facts.Reference != "" }

// PersonCard is one person on the page of what protects a seller.
type PersonCard struct {
	ID         string
	Name       string
	Email      string // masked
	State      string // of approvals.ApproverState
	Until      time.Time
	UsableFrom time.Time
	Remove     bool // their removal can be asked for
}
