package templates

import (
	"time"

	"countersign/approvals"
)

// DeskQueue is C2.
type DeskQueue struct {
	DevFrame
	Warnings               []string // too few people, releases halted
	Waiting                *DeskPointer
	Link                   Link // to link an account of the company's sign-on; empty: none, or done
	Open                   bool // else closed ones
	Lines                  []DeskLine
	States, Reasons, Whose []DevChoice
	Search                 string
	Counts                 string // "12 open, 3 of them claimed by nobody"
	Newest                 int64
	Poll                   Link // answers Counts, and how many are new since Newest
	Again, Next            Link // the same filters from the beginning, and further on
}

// DeskLine is one case in the queue.
type DeskLine struct {
	Name, Reason, Seller, SellerID, AtStake, Owner string
	URL                                            Link
	At                                             time.Time // to be decided by, or closed
	Late                                           bool
	Risk                                           approvals.Class
	Locked, Proposed                               bool
	Outcome                                        string
}

// DeskCase is C3, with the controls of C5 and C4 for whoever may use them.
type DeskCase struct {
	DevFrame
	Name      string
	Zone      *time.Location // the seller's
	Tags      []string
	About     []DeskFact
	Refusal   string   // why the last form did nothing
	Moved     []string // what changed meanwhile
	Claim     DeskClaim
	Actions   []DeskAction
	Timeline  []DeskMoment
	Cut       bool // older moments are left out
	Mails     []DeskMail
	Others    []DeskPointer
	Notes     []DeskNote
	NoteForm  *DeskNoteForm
	Decisions []DeskDecided
	Proposal  *DeskProposal
	Decide    *DeskDecide
	Reveal    *DeskReveal
	Reads     string // why there are no controls
	Queue     Link
}

// DeskFact is a name and a value, or a moment in both clocks.
type DeskFact struct {
	Name, Value string
	At          time.Time
}

// DeskClaim says who works on a case. The forms are empty where there is nothing to
// do.
type DeskClaim struct {
	Text        string
	Take, Leave Post
	Over        bool // it is taken from somebody
}

// DeskAction is one thing the seller asked for.
type DeskAction struct {
	Reference, Kind, State, Class string
	Opened                        bool // it opened the case
	AskedAt                       time.Time
	From                          *Account
	To                            Account
	Loan                          *Loan
	Fields                        []DeskField // of a defined kind, in the place of To
	Asked                         string      // by whom, on what, from where
	Signals                       []DeskSignal
	Inputs                        []DevFact
}

// DeskField is one thing that is signed. Account says that it is the account, which To
// shows.
type DeskField struct {
	Name, Value string
	Account     bool
}

// DeskSignal is one rule that fired.
type DeskSignal struct{ Rule, Text string }

// DeskMoment is one line of a timeline.
type DeskMoment struct {
	At                        time.Time
	What, Reference, Who, Now string // Now: what an action became by it
}

// DeskMail is what became of one mail.
type DeskMail struct {
	Kind, To, Reference, State, Answer string
	At                                 time.Time
}

// DeskNote is what somebody wrote.
type DeskNote struct {
	By, Text string
	At       time.Time
}

// DeskNoteForm writes one.
type DeskNoteForm struct {
	Submit Post
	Text   string
}

// DeskDecided is a decision that was made, or came to nothing.
type DeskDecided struct {
	What, By, State string
	At              time.Time
	Reasons         []string
	Notes           []DeskNote
}

// DeskProposal waits for a second person.
type DeskProposal struct {
	What, By, Reason string
	At, Until        time.Time
	Facts            []string
	Moved            []string // nobody can approve it any more
	Own              bool
	Answer           *DeskAnswer
}

// DeskAnswer is the form of the second person.
type DeskAnswer struct {
	Decision         string // what is answered
	Submit           Post
	Chosen, NoteText string
	Reasons          []DevChoice
}

// DeskDecide is the form of who proposes, or decides alone.
type DeskDecide struct {
	Submit  Post
	Beside  bool   // a proposal waits: what one may do alone goes on
	Seen    string // the facts that the page shows
	Choices []DeskChoice
	Reasons []DevChoice
	Note    string
}

// DeskChoice is one decision that is possible.
type DeskChoice struct {
	Value, Text string
	Two, Chosen bool
}

// DeskReveal is the form that shows one masked field.
type DeskReveal struct {
	Submit          Post
	Fields, Reasons []DevChoice
}

// DeskSign shows what is to be signed, and asks for the passkey.
type DeskSign struct {
	DevFrame
	Zone    *time.Location
	What    []DeskFact
	Facts   []string
	Said    *DeskNote // the proposer's note, shown once the second has chosen
	Passkey DevPasskey
	Back    Link
}

// DeskRevealed is C4: one field, for a minute.
type DeskRevealed struct {
	DevFrame
	Case, Field, Value, Shown, Count string
	Back                             Link
}

func (DeskQueue) devName() string       { return "desk/queue" }
func (DeskQueue) devTitle() string      { return "Cases" }
func (DeskCase) devName() string        { return "desk/case" }
func (p DeskCase) devTitle() string     { return "Case " + p.Name }
func (DeskSign) devName() string        { return "desk/sign" }
func (DeskSign) devTitle() string       { return "Sign with your passkey" }
func (DeskRevealed) devName() string    { return "desk/revealed" }
func (p DeskRevealed) devTitle() string { return p.Field }

// moment is an instant in both clocks.
type moment struct {
	ISO, UTC, There string
}

// clocks is an instant as the desk reads it, and on the seller's clock where that
// is another.
func clocks(at time.Time, zone *time.Location) moment {
	m := moment{ISO: at.UTC().Format(time.RFC3339), UTC: at.UTC().Format("2 Jan 2006, 15:04 UTC")}
	if zone == nil || at.In(zone).Format("-0700") == "+0000" {
		return m
	}
	layout := "15:04"
	if at.In(zone).YearDay() != at.UTC().YearDay() {
		layout = "2 Jan, 15:04"
	}
	m.There = at.In(zone).Format(layout) + " in " + cityOf(zone)
	return m
}

// deskWhy is the reason and the note of a form, with what is wrong with the reason.
// ID begins the ids of its fields, so that two forms can be on one page.
type deskWhy struct {
	ID          string
	Reasons     []DevChoice
	Note, Fault string
}

func whyOf(p DeskCase, id string, reasons []DevChoice, note string) deskWhy {
	return deskWhy{ID: id, Reasons: reasons, Note: note, Fault: p.Fault(id + "reason")}
}
