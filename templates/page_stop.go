package templates

import "time"

// Stop is S7: cancel, or "I did not ask for this". No sign-in is needed and
// opening it changes nothing.
type Stop struct {
	Frame
	Facts    Facts
	State    StopState
	Submit   Post // receives the field answer: changed_mind or not_me
	Back     Link
	Status   *Status        // where the action stands, told in one line; nil leaves it out
	Notice   SecurityNotice // StopNotice: what the page is about, in place of Facts
	Unchosen bool           // the form came back without an answer
}

// StopState is what can still be stopped.
type StopState string

const (
	StopOpen StopState = "open" // before releasing: both answers
	StopLate StopState = "late" // from releasing on, or ended: only "I did not ask for this"
	// StopNotice is about a security notice. "This was me" comes first: a program
	// that takes the first answer of every form does no harm (STANDARDS EM-10).
	StopNotice StopState = "notice"
)

func (Stop) name() string { return "stop" }

func (p Stop) title(w *words) (string, error) {
	switch p.State {
	case StopLate:
		return w.t("stop.title.late")
	case StopNotice:
		return w.t("notice.title")
	case StopOpen:
	}
	return w.about(p.Facts, "stop.title")
}

func (p Stop) faults() []fault {
	if !p.Unchosen {
		return nil
	}
	switch p.State {
	case StopLate:
		return one("answer-not-me", "err.choose")
	case StopNotice:
		return one("answer-me", "err.choose")
	case StopOpen:
	}
	return one("answer-mind", "err.choose")
}

// Stopped is the done page of S7.
type Stopped struct {
	Frame
	Facts     Facts
	Answer    GivenAnswer // AnswerChangedMind, AnswerNotMe, or AnswerWasMe
	Cancelled time.Time   // zero when it was too late to cancel
	Locked    time.Time   // zero when the seller was not locked
	SignOut   time.Time   // when the marketplace was asked to sign out every device; zero: not asked
	TooLate   bool        // the action could not be stopped any more (see TooLate)
	Case      string      // "C-10442"; empty when none was opened
	Restart   Link        // start again, at the marketplace
	NotMe     Link        // "Actually, I did not ask for this"
	LockedURL Link        // S8
	All       bool        // everything that waited was cancelled, and the seller's visits ended
	Fast      bool        // the answer came faster than a person reads: NotMe asks once more
}

func (Stopped) name() string { return "stopped" }

func (p Stopped) title(w *words) (string, error) {
	if p.Answer != AnswerChangedMind {
		return w.t("stopped.title.notme")
	}
	return w.t("stopped.title.mind")
}

// Did reports whether the answer led to more than a cancellation.
func (p Stopped) Did() bool { return p.Answer == AnswerNotMe }

// Fine reports whether the answer was that all is well.
func (p Stopped) Fine() bool { return p.Answer == AnswerWasMe }
