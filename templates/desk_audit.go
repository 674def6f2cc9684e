package templates

import "time"

// DeskAudit is C7: what was done, by whom, and whether the log of it is whole.
type DeskAudit struct {
	DevFrame
	// Filters, as they were given.
	Actor, Verb, Seller, Action, From, To, Zone string

	Broken  []DeskPointer // the log is not as it was written; none is well
	Checked []DevFact
	Events  []DeskAuditEvent
	Local   string // what the zone is called, empty where none was asked for
	Next    Link   // older ones
	Empty   string // why there is no event here
	Export  Post   // takes the filters
}

// DeskAuditEvent is one line of the log.
type DeskAuditEvent struct {
	ID                          string
	Move                        int // of its action, 0 for what moved nothing
	At                          time.Time
	Local                       string
	Actor, Verb, States, Why    string
	Seller, Action, Hash        string
	ByActor, BySeller, ByAction Link // the same events of this one alone
}

func (DeskAudit) devName() string  { return "desk/audit" }
func (DeskAudit) devTitle() string { return "Audit" }
