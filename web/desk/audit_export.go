package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"countersign/approvals"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
	"countersign/web/problem"
)

// exported is one line of an export: what the page shows of an event.
type exported struct {
	ID          string `json:"id"`
	At          string `json:"at"`
	ActorType   string `json:"actor_type"`
	ActorID     string `json:"actor_id,omitempty"`
	Verb        string `json:"verb"`
	Marketplace string `json:"marketplace,omitempty"`
	Seller      string `json:"seller,omitempty"`
	Action      string `json:"action,omitempty"`
	Move        int    `json:"move,omitempty"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Hash        string `json:"hash"` // SHA-256 of the event's canonical bytes
}

// end is the last line: without it an export was cut off.
type end struct {
	Complete bool `json:"complete"`
	Events   int  `json:"events"`
}

// auditTake writes the events that the filters ask for, one a line, and notes it
// before the first.
func (s *Site) auditTake(w http.ResponseWriter, r *http.Request, v *visit) error {
	q, wrong := auditQuery(v.form.Get)
	if len(wrong) > 0 {
		return approvals.Invalid(approvals.FieldError{Field: wrong[0].Field, Message: wrong[0].Message})
	}
	by := audit.Actor{Type: audit.Agent, ID: string(v.Person.ID)}
	events, err := desk.Export(r.Context(), s.Views.Audit, q, by, s.Now())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", `attachment; filename="countersign-audit.ndjson"`)
	lines, last := json.NewEncoder(w), end{Complete: true}
	for e, err := range events {
		if err == nil {
			err = writeLine(lines, e)
		}
		if err != nil {
			problem.TraceOf(r.Context()).Cause = err
			last.Complete = false
			break
		}
		last.Events++
	}
	_ = lines.Encode(last) // the reader may be gone
	return nil
}

func writeLine(to *json.Encoder, e audit.Event) error {
	hash, err := hashOf(e)
	if err != nil {
		return err
	}
	return to.Encode(exported{
		ID: e.ID, At: approvals.FormatTime(e.At), ActorType: string(e.Actor.Type), ActorID: e.Actor.ID, Verb: e.Verb, Marketplace: e.Marketplace,
		Seller: e.Seller, Action: e.Action, Move: e.Version, From: e.From, To: e.To, Reason: whyOf(e), Hash: hash,
	})
}

// hashOf is the SHA-256 of an event.
func hashOf(e audit.Event) (string, error) {
	raw, err := e.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// whys are what an event says of why, and the only part of what it keeps that is
// shown: nothing by which a person, a device or an account is known.
var whys = []string{"reason", "refused", "hold", "why", "what", "purpose", "method", "stage", "role", "case", "policy", "count"}

func whyOf(e audit.Event) string {
	var parts []string
	for _, name := range whys {
		if value := e.Data[name]; value != "" {
			parts = append(parts, name+" "+value)
		}
	}
	return strings.Join(parts, "; ")
}

// movedOf says what a move did.
func movedOf(e audit.Event) string {
	switch {
	case e.To == "":
		return ""
	case e.From == "" || e.From == e.To:
		return "to " + e.To
	}
	return "from " + e.From + " to " + e.To
}
