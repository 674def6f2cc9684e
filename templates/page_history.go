package templates

import (
	"slices"
	"time"

	"countersign/approvals"
)

// History is S10: what was asked for and what happened to the seller's
// security, the newest first.
type History struct {
	Frame
	Entries  []HistoryEntry
	Kind     HistoryKind
	Defined  []Defined // the marketplace's own kinds among the choices
	Period   HistoryPeriod
	Self     Link // the filters are sent there by GET, as kind and period
	CSV      Link // the same entries, and the older ones of the period
	Older    Link // the next page; empty on the last
	Newest   Link // the first page; empty there
	Security Link // S11
	Return   Link // back to the marketplace
}

// HistoryEntry is one line: an action, or an event.
type HistoryEntry struct {
	At        time.Time
	Verb      string            // of an event; empty for an action
	Kind      approvals.Kind    // of an action
	Name      map[string]string // of a defined kind, by locale
	New       string            // last four of the account it was about; empty where there is none
	Reference string
	State     approvals.State
	Device    Device
	Place     Place
	Open      Link // the action
	Stop      Link // "this was not me"
}

// HistoryKind narrows the history. It is a kind of action, or one of these.
type HistoryKind string

const (
	HistoryAll      HistoryKind = "all"
	HistorySecurity HistoryKind = "security" // what is about no action
)

// HistoryKinds lists the choices.
func HistoryKinds() []HistoryKind {
	all := []HistoryKind{HistoryAll}
	for _, k := range approvals.Kinds {
		all = append(all, HistoryKind(k))
	}
	return append(all, HistorySecurity)
}

// HistoryPeriod is how far back to look.
type HistoryPeriod string

const (
	HistoryWhole   HistoryPeriod = "13m"
	HistoryQuarter HistoryPeriod = "90d"
	HistoryMonth   HistoryPeriod = "30d"
)

// HistoryPeriods lists the choices.
func HistoryPeriods() []HistoryPeriod {
	return []HistoryPeriod{HistoryWhole, HistoryQuarter, HistoryMonth}
}

// Since is the beginning of the period.
func (p HistoryPeriod) Since(now time.Time) time.Time {
	switch p {
	case HistoryQuarter:
		return now.AddDate(0, 0, -90)
	case HistoryMonth:
		return now.AddDate(0, 0, -30)
	case HistoryWhole:
	}
	return now.AddDate(0, -approvals.HistoryKept, 0)
}

// historyVerbs are the events a history tells.
var historyVerbs = []string{
	"account_checked", "approver_joined",
	"authenticator_added", "authenticator_disabled", "authenticator_pending", "authenticator_removed", "authenticator_renamed",
	"authenticator_usable",
	"contact_changed", "destination_declared", "destination_undeclared", "device_added", "device_removed", "lock", "passkey_counter_back", "preferences_changed", "proving_blocked",
	"recovery_agreed", "recovery_asked", "recovery_code_used", "recovery_codes_made", "recovery_declined", "recovery_done", "recovery_lapsed", "recovery_opened", "recovery_stopped",
	"reveal", "session_ended", "signed_out_everywhere", "travel_locked", "unlock", "wait_lengthened",
}

// HistoryVerbs lists the events that have words here.
func HistoryVerbs() []string { return slices.Clone(historyVerbs) }

func (History) name() string                   { return "history" }
func (History) title(w *words) (string, error) { return w.t("history.title") }

// Kinds and Periods are the choices of the filters.
func (History) Kinds() []HistoryKind     { return HistoryKinds() }
func (History) Periods() []HistoryPeriod { return HistoryPeriods() }

// Filtered reports whether something may be left out.
func (p History) Filtered() bool { return p.Kind != HistoryAll || p.Period != HistoryWhole }

// entryWhat says what an entry is about.
func (w *words) entryWhat(e HistoryEntry) (string, error) {
	if e.Verb != "" {
		return w.t("history.event." + e.Verb)
	}
	if w.keys["history.kind."+string(e.Kind)] == nil { // a marketplace's own
		name := w.kindName(Defined{Kind: e.Kind, Name: e.Name})
		if e.New == "" {
			return name, nil
		}
		return w.t("history.kind.defined", "Kind", name, "New", e.New)
	}
	if e.New != "" {
		return w.t("history.kind."+string(e.Kind), "New", e.New)
	}
	return w.t("history.kind." + string(e.Kind))
}

// entryResult says what became of an action.
func (w *words) entryResult(e HistoryEntry) (string, error) {
	if e.Verb != "" {
		return "", nil
	}
	return w.of(e.facts()).t("history.state." + string(e.State))
}

// facts are as much of an entry as decides which words it is told in.
func (e HistoryEntry) facts() Facts {
	if !e.Kind.Defined() {
		return Facts{}
	}
	return Facts{Defined: &Defined{Kind: e.Kind}}
}
