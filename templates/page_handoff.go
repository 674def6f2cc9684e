package templates

// Handoff is S12 when the link from the marketplace no longer opens anything.
type Handoff struct {
	Frame
	State  HandoffState
	Return Link // back to the marketplace, where a new link is made
}

// HandoffState is why a hand-off link does not work.
type HandoffState string

const (
	HandoffUsed    HandoffState = "used"    // spent by the first proof
	HandoffExpired HandoffState = "expired" // older than ten minutes
)

func (Handoff) name() string                     { return "handoff" }
func (p Handoff) title(w *words) (string, error) { return w.t("handoff.title." + string(p.State)) }
