package templates

import (
	"time"

	"countersign/approvals"
)

// Security is S11: what protects the seller, and what the seller can set.
type Security struct {
	Frame
	Locked         Link          // S8, where the seller is locked
	Saved          SecuritySaved // what was just done
	Fault          SecurityFault
	Authenticators []AuthenticatorCard
	Enrol          Link // set-up, where the seller has nothing yet
	Add            Link // one more; empty where it is not the moment
	Busy           bool // because something of the seller's waits
	HasCodes       bool // recovery codes were made
	CodesLeft      int
	Codes          Link // printed codes
	Recover        Link // S9
	People         []PersonCard
	AddPerson      Post // name and email; empty where it is not the moment, or there are enough
	RemovePerson   Post // person
	Addresses      []AddressCard
	Devices        []DeviceCard
	Known          []KnownDevice
	Forget         Post // device
	SignOut        Post // one device, named by device
	SignOutAll     Post
	Rename         Post // name and authenticator
	Remove         Post // authenticator
	Choices        Post // locale and zone
	Locale         Locale
	ZoneName       string
	Longer         Post // hours
	Hours          int  // added already
	Travel         Post // until, a date
	TravelUntil    time.Time
	FirstDay       string // the dates the field takes, 2006-01-02
	LastDay        string
	History        Link
	Check          Link // S14
	Return         Link
}

// AuthenticatorCard is one way of the seller's to prove themselves.
type AuthenticatorCard struct {
	ID         string
	Method     approvals.Method
	Name       string
	Provider   string // of a passkey, as far as it says so
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	UsableFrom time.Time // zero: now; set: it cannot approve payouts before
	Pending    bool      // it waits for the confirmation of its action
	Remove     bool      // its removal can be asked for
}

// AddressCard is one mail address.
type AddressCard struct {
	Email     string // masked
	Since     time.Time
	RetiredAt time.Time // zero: it counts
}

// DeviceCard is one live session.
type DeviceCard struct {
	Handle  string
	Device  Device
	BegunAt time.Time
	SeenAt  time.Time
	Here    bool
}

// KnownDevice is a browser the seller has proved themselves in.
type KnownDevice struct {
	ID         string
	Device     Device
	FirstSeen  time.Time
	LastSeenAt time.Time
	KnownFrom  time.Time // zero: a code from it confirms already
}

// SecuritySaved is what a form of this page has just done.
type SecuritySaved string

const (
	SavedChoices SecuritySaved = "choices"
	SavedWait    SecuritySaved = "wait"
	SavedTravel  SecuritySaved = "travel"
	SavedDevice  SecuritySaved = "device"
	SavedName    SecuritySaved = "name"
	SavedForgot  SecuritySaved = "forgot"
)

// SecurityFault is why a form of this page did nothing.
type SecurityFault string

const (
	FaultNone        SecurityFault = ""
	FaultZone        SecurityFault = "zone"        // no such time zone
	FaultHours       SecurityFault = "hours"       // not a number of hours, or too many
	FaultHoursLess   SecurityFault = "hours.less"  // fewer than before
	FaultTravel      SecurityFault = "travel"      // no date, past, or too far ahead
	FaultTravelLess  SecurityFault = "travel.less" // earlier than before
	FaultDevice      SecurityFault = "device"      // it was signed out already
	FaultForgot      SecurityFault = "forgot"      // it was removed already
	FaultName        SecurityFault = "name"        // empty, too long, or not there any more
	FaultGone        SecurityFault = "gone"        // what was to be removed is not there
	FaultLast        SecurityFault = "last"        // the only one is not removed
	FaultPerson      SecurityFault = "person"      // one too many, or not another person's address
	faultDeviceField               = "devices"
)

// field is the element a fault belongs to.
func (f SecurityFault) field() string {
	switch f {
	case FaultZone:
		return "zone"
	case FaultHours, FaultHoursLess:
		return "hours"
	case FaultTravel, FaultTravelLess:
		return "until"
	case FaultDevice:
		return faultDeviceField
	case FaultForgot:
		return "known"
	case FaultName, FaultGone, FaultLast:
		return "passkeys"
	case FaultPerson:
		return "people"
	case FaultNone:
	}
	return ""
}

func (Security) name() string                   { return "security" }
func (Security) title(w *words) (string, error) { return w.t("security.title") }

func (p Security) faults() []fault {
	if p.Fault == FaultNone {
		return nil
	}
	return one(p.Fault.field(), "security.fault."+string(p.Fault))
}

// At reports whether the fault is of this field.
func (p Security) At(field string) bool { return p.Fault != FaultNone && p.Fault.field() == field }

// Locales are the languages to choose from.
func (Security) Locales() []Locale { return Locales() }

// SignedOut says that no device is signed in any more.
type SignedOut struct {
	Frame
	Return Link
}

func (SignedOut) name() string                   { return "signed_out" }
func (SignedOut) title(w *words) (string, error) { return w.t("signedout.title") }

// Check is S14: how to tell a real message. It is there for everybody.
type Check struct {
	Frame
	Host   string // the one address our links lead to
	Lookup Link   // see Problem
	Fault  bool   // what was looked up is no reference
}

func (Check) name() string                   { return "check" }
func (Check) title(w *words) (string, error) { return w.t("check.title") }

func (p Check) faults() []fault {
	if !p.Fault {
		return nil
	}
	return one("reference", "check.fault")
}

// Find is where a reference leads that somebody typed: to signing in, whether
// or not there is such a thing.
type Find struct {
	Frame
	Reference string
	Check     Link
}

func (Find) name() string                   { return "find" }
func (Find) title(w *words) (string, error) { return w.t("find.title") }
