package templates

// Verify is the page that the mail to a new address opens: is this address
// yours? Opening it changes nothing.
type Verify struct {
	Frame
	Facts  Facts
	State  VerifyState
	Submit Post
}

// VerifyState is what the link of a new address finds.
type VerifyState string

const (
	VerifyOpen VerifyState = "open"
	VerifyDone VerifyState = "done" // the address has answered
	VerifyOver VerifyState = "over" // the change is over, or back at its beginning
)

func (Verify) name() string                   { return "verify" }
func (Verify) title(w *words) (string, error) { return w.t("verify.title") }
