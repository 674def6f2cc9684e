package templates

import (
	"time"

	"countersign/approvals"
)

// Code is S3, for sellers whose only usable authenticator is an app.
type Code struct {
	Frame
	Facts       Facts
	Stage       approvals.Stage
	Submit      Post // receives the field totp
	Device      Post // answers {"options": {"challenge": …}}, for the browser's key to sign
	Back        Link // the review
	Refuse      Link
	Wait        time.Duration // cooling-off with a code; zero when there is none
	PasskeyWait time.Duration // what it would be with a passkey
	TriesLeft   int           // before the action ends
	LastTries   int           // before the app is switched off for good; told when above zero
	Fault       CodeFault
	// Young says that a code may not be enough to confirm with unless it comes from a
	// device known for long enough: one whose key's SHA-256 is in Known, separated by
	// blanks, in base64url. The page's script takes the note away there.
	Young bool
	Known string
}

// CodeFault is why the last code did not count.
type CodeFault string

const (
	CodeOK    CodeFault = ""
	CodeEmpty CodeFault = "empty"
	CodeShape CodeFault = "shape" // not six digits
	CodeWrong CodeFault = "wrong"
	CodeSoon  CodeFault = "soon" // in the pause after a wrong one; it was not looked at
)

func (Code) name() string { return "code" }

func (p Code) title(w *words) (string, error) {
	if p.Stage == approvals.StageConfirmation {
		return w.t("code.title.confirm")
	}
	return w.t("code.title")
}

func (p Code) faults() []fault {
	if p.Fault == CodeOK {
		return nil
	}
	return one("totp", "otp."+string(p.Fault))
}

// Confirming reports whether the code is the second proof.
func (p Code) Confirming() bool { return p.Stage == approvals.StageConfirmation }
