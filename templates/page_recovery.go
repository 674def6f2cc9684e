package templates

import (
	"time"

	"countersign/approvals"
)

// Recovery is the page that takes a printed code in the place of a passkey, for
// the addition of an authenticator alone (S9).
type Recovery struct {
	Frame
	Facts  Facts
	Stage  approvals.Stage
	Submit Post // receives the field code
	Back   Link
	Refuse Link
	Wait   time.Duration // the cooling-off; zero at the confirmation
	Fault  CodeFault
}

func (Recovery) name() string                   { return "recovery" }
func (Recovery) title(w *words) (string, error) { return w.t("recovery.title") }

func (p Recovery) faults() []fault {
	if p.Fault == CodeOK {
		return nil
	}
	return one("code", "recovery."+string(p.Fault))
}

// Recovered shows the code that takes the place of the one just spent, once.
type Recovered struct {
	Frame
	Code string
	Next Link
}

func (Recovered) name() string                   { return "recovered" }
func (Recovered) title(w *words) (string, error) { return w.t("recovered.title") }

// RecoveryCodes is where a seller makes printed codes. Made is shown once.
type RecoveryCodes struct {
	Frame
	Left   int
	MadeAt time.Time
	From   time.Time // when the codes count, while that is to come
	Made   []string  // just made; nil shows how the codes stand

	Way     Way      // how the seller shows that it is them, which makes new ones; empty: not at all now
	Passkey *Passkey // WayPasskey
	Prove   Post     // WayCode: receives the field totp
	Device  Post     // and what the browser's key signs beside it
	Until   time.Time
	Failed  ProofFault // of a passkey
	Fault   CodeFault
	Back    Link
}

func (RecoveryCodes) name() string                   { return "codes" }
func (RecoveryCodes) title(w *words) (string, error) { return w.t("codes.title") }

func (p RecoveryCodes) faults() []fault {
	switch {
	case p.Failed != ProofOK:
		return one("prove", "proof."+string(p.Failed))
	case p.Fault != CodeOK:
		return one("totp", "otp."+string(p.Fault))
	}
	return nil
}

// Recover is S9: the ways back, the strongest first, and the whole calendar
// before anything begins.
type Recover struct {
	Frame
	Left int       // recovery codes
	From time.Time // when the codes count, while that is to come
	Open time.Time // when a recovery begun now can be confirmed
	Add  Post      // begins it; empty without codes, while something waits, and outside a visit of the whole seller
	Out  bool      // this visit is of one action: another one has to begin at the marketplace
	Busy bool      // something of the seller's waits
	Back Link

	// The last way: people at the desk.
	Ask      Post      // opens a case; empty where one is open, a recovery runs, or there is nothing to replace
	Preview  Calendar  // of a recovery that two people would agree on now; with Ask
	Asked    time.Time // a case is open since then, and nothing is decided
	Running  Calendar  // of the recovery that runs; zero where none does
	LinkSent bool      // the mails with its link are out
}

// Calendar is when what of a recovery happens. It is shown before anything begins.
type Calendar = approvals.Calendar

func (Recover) name() string                   { return "recover" }
func (Recover) title(w *words) (string, error) { return w.t("recover.title") }
