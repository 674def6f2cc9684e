package templates

import (
	"regexp"
	"time"

	"countersign/approvals"
)

// SecurityNotice is what a security notice says. Its mail and its page print
// the same value, so that they cannot differ (STANDARDS EM-07).
type SecurityNotice struct {
	What   approvals.SecurityEvent
	At     time.Time
	Device Device
	Place  Place
	Remote bool // Device and Place are of a request; else the gateway did it by itself
	Method approvals.Method
	Label  string // of the authenticator; may be empty
	From   time.Time
	Until  time.Time
	Left   int
}

// NoticeOf reads a stored notice.
func NoticeOf(n approvals.SecurityNotice) SecurityNotice {
	return SecurityNotice{
		What: n.What, At: n.At, Device: DeviceFrom(n.Origin.UserAgent), Place: Place{Country: n.Origin.Country, IP: n.Origin.IP},
		Remote: n.Origin != approvals.Origin{}, Method: n.Method, Label: harmless(n.Name),
		From: n.From, Until: n.Until, Left: n.Left,
	}
}

// linked matches what mail programs make a link of, in a name that whoever
// added an authenticator chose.
var linked = regexp.MustCompile(`[/@\\]|\pL\.\pL|\d{5}`)

// harmless leaves out a name that could lead the reader somewhere, or give a
// number to call (THREATS B8).
func harmless(label string) string {
	if linked.MatchString(label) {
		return ""
	}
	return label
}

// noticeSubject is short, so that it can be read on a phone, and names nobody
// and nothing that was chosen by somebody else.
func (w *words) noticeSubject(n SecurityNotice) (string, error) {
	thing, err := w.t("notice.thing." + methodKey(n.Method))
	if err != nil {
		return "", err
	}
	subject, err := w.t("notice.subject."+string(n.What), "Thing", thing)
	return sentence(subject), err
}

// methodKey is the end of the keys that differ by method.
func methodKey(m approvals.Method) string {
	if m == approvals.Passkey || m == approvals.TOTP {
		return string(m)
	}
	return "other"
}

// noticeLead says what happened and when.
func (w *words) noticeLead(n SecurityNotice, marketplace string, zone *time.Location) (string, error) {
	when, err := w.full(zone, n.At)
	if err != nil {
		return "", err
	}
	until, err := w.full(zone, n.Until)
	if err != nil {
		return "", err
	}
	how, err := w.which(n)
	if err != nil {
		return "", err
	}
	key := "notice.lead." + string(n.What)
	if n.What == approvals.SecurityAuthenticatorOff {
		key += "." + methodKey(n.Method)
	}
	lead, err := w.t(key, "Marketplace", marketplace, "When", when, "Until", until, "How", how)
	return sentence(lead), err
}

// which is `the passkey "iPhone"` of a new one and `your passkey "iPhone"` of
// one that was there; of a device, its browser and system.
func (w *words) which(n SecurityNotice) (string, error) {
	if n.What == approvals.SecurityDeviceAdded {
		return w.device(n.Device)
	}
	if n.What == approvals.SecurityApproverJoined {
		if n.Label == "" {
			return w.t("notice.person")
		}
		return w.t("notice.person.named", "Label", n.Label)
	}
	if n.What.Support() {
		return n.Label, nil // the reference of what it is about
	}
	key := "notice.old."
	if n.What == approvals.SecurityFirstAuthenticator || n.What == approvals.SecurityAuthenticatorAdded || n.What == approvals.SecurityRecoveryDone {
		key = "notice.new."
	}
	if n.Label == "" {
		return w.t(key + methodKey(n.Method))
	}
	return w.t(key+"named."+methodKey(n.Method), "Label", n.Label)
}

// noticeEffect are the sentences that say what follows, none where the lead
// says it all.
func (w *words) noticeEffect(n SecurityNotice, zone *time.Location) ([]string, error) {
	var out []string
	var failed error
	add := func(s string, err error) {
		if err != nil && failed == nil {
			failed = err
		}
		out = append(out, sentence(s))
	}
	waits := n.From.After(n.At)
	from, err := "", error(nil)
	if waits {
		if from, err = w.full(zone, n.From); err != nil {
			return nil, err
		}
	}
	switch n.What {
	case approvals.SecurityRecoveryAsked, approvals.SecurityRecoveryAgreed, approvals.SecurityRecoveryOpen, approvals.SecurityRecoveryStopped, approvals.SecurityRecoveryDeclined, approvals.SecurityRecoveryLapsed, approvals.SecurityRecoveryDone:
		return w.recoveryEffect(n, zone)
	case approvals.SecurityFirstAuthenticator, approvals.SecurityAuthenticatorAdded:
		if waits {
			add(w.t("notice.effect.added.from", "From", from))
		} else {
			add(w.t("notice.effect.added.now"))
		}
	case approvals.SecurityAuthenticatorUsable:
		add(w.t("notice.effect.added.now"))
	case approvals.SecurityDeviceAdded:
		if waits {
			add(w.t("notice.effect.device_added", "From", from))
		}
	case approvals.SecurityApproverJoined:
		add(w.t("notice.effect.approver_joined", "From", from))
	case approvals.SecurityCodeUsed:
		if n.Left > 0 {
			add(w.n("notice.effect.codes", n.Left))
		}
	case approvals.SecurityLastTries:
		add(w.n("notice.effect.tries", n.Left))
		if !n.Until.IsZero() {
			until, err := w.full(zone, n.Until)
			if err != nil {
				return nil, err
			}
			add(w.t("notice.effect.until", "Until", until))
		}
	case approvals.SecurityRecoveryStarted, approvals.SecurityWait, approvals.SecurityTravel, approvals.SecurityAuthenticatorOff, approvals.SecurityBlocked, approvals.SecurityDowngrade, approvals.SecurityReplay, approvals.SecurityCounter, approvals.SecuritySupportChecked, approvals.SecuritySupportKnown, approvals.SecuritySupportUnknown:
		add(w.t("notice.effect." + string(n.What)))
	case approvals.SecuritySupportUnlocked, approvals.SecuritySupportKept, approvals.SecuritySupportExtended:
		until, err := w.full(zone, n.Until)
		if err != nil {
			return nil, err
		}
		add(w.t("notice.effect."+string(n.What), "Until", until))
	case approvals.SecuritySupportDenied, approvals.SecuritySupportFailed, approvals.SecuritySupportRevealed:
	case approvals.SecurityAuthenticatorRemoved, approvals.SecurityCodesMade, approvals.SecuritySignedOut, approvals.SecurityLanguage,
		approvals.SecurityWrongCode:
	}
	return out, failed
}

// noticeRows are the facts: which, when, from where.
func (w *words) noticeRows(n SecurityNotice, zone *time.Location) ([]row, error) {
	var rows []row
	var failed error
	add := func(key string, value string, err error) {
		label, missing := w.t(key)
		for _, e := range []error{err, missing} {
			if e != nil && failed == nil {
				failed = e
			}
		}
		if value != "" {
			rows = append(rows, row{Label: label, Value: value})
		}
	}
	at, err := w.full(zone, n.At)
	add("when", at, err)
	if n.Remote {
		device, err := w.device(n.Device)
		add("device", device, err)
		place, err := w.place(n.Place)
		add("place", place, err)
	}
	return rows, failed
}
