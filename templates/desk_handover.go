package templates

import "time"

// DeskHandover is C9: what the next shift has to know.
type DeskHandover struct {
	DevFrame
	Promises []DeskDue // of the reader
	Lapsing  []DeskDue
	Bounced  []DeskDue
	Open     []DevFact // cases by reason
	More     bool      // there are more open cases than were read
	Reveals  []DevFact
	Paces    []DeskPace
}

// DeskDue is something that has to be done by a time.
type DeskDue struct {
	DeskPointer
	By time.Time
}

// DeskPace is how fast cases were answered.
type DeskPace struct {
	Period             string
	Answer, Resolution string
	Reopened           string
}

func (DeskHandover) devName() string  { return "desk/handover" }
func (DeskHandover) devTitle() string { return "Handover" }
