package templates

import (
	"strconv"

	"countersign/approvals/desk"
)

// DeskSignIn is C1.
type DeskSignIn struct {
	DevSignIn
	SignOn Link   // where the company's sign-on is asked; empty: there is none
	Host   string // whose it is
}

// DeskSignOnBack is where the company's sign-on leads back to: opening it does
// nothing.
type DeskSignOnBack struct {
	DevFrame
	Host        string
	Submit      Post
	Code, State string
	Issuer      string
	Refused     string // what it said instead of a code
	Again       Link
}

// DeskLink asks for the passkey that links an account.
type DeskLink struct {
	DevFrame
	What    []DevFact
	Passkey DevPasskey
}

// DeskJoin lets somebody who was invited to the desk make their passkey.
type DeskJoin struct {
	DevFrame
	Name    string
	Role    string
	Passkey DevPasskey
}

// DeskProblem is a refusal.
type DeskProblem struct{ DevProblem }

// DeskPointer leads to something, with what is to be said of it.
type DeskPointer struct {
	Name, Text string
	URL        Link
}

// DeskPolicy is the policy in force, and those before it.
type DeskPolicy struct {
	DevFrame
	Facts    []DevFact
	Open     *DeskPointer
	New      Link // empty for who may not propose
	Policy   PolicyView
	Versions []DeskPointer
}

// DeskPolicyNew is where a policy is written.
type DeskPolicyNew struct {
	DevFrame
	Submit Post
	Source string
	Back   Link
}

// DeskPolicyVersion is one version: what it changes, and who decided.
type DeskPolicyVersion struct {
	DevFrame
	Number          int
	Facts           []DevFact
	Note            string
	Approve, Reject Post // empty where the reader may not
	Milder          []string
	Replay          *PolicyReplay
	Diff            []string
	Back            Link
}

// DeskPolicySign shows what is to be signed, and asks for the passkey.
type DeskPolicySign struct {
	DevFrame
	What    []DevFact
	Milder  []string
	Replay  *PolicyReplay
	Diff    []string
	Passkey DevPasskey
	Back    Link
}

// PolicyReplay is what a draft would have done.
type PolicyReplay struct {
	Days, Judged, Changed, Blind int
	More                         bool
	Counts                       []desk.Difference
	Examples                     []DevFact
}

// DevPolicy is D5.
type DevPolicy struct {
	DevFrame
	Facts  []DevFact
	Open   *DevPolicyOpen
	Policy PolicyView
	Before string // the version before
	Diff   []string
}

// DevPolicyOpen is a version on its way.
type DevPolicyOpen struct {
	Text   string
	Milder []string
	Replay *PolicyReplay
	Diff   []string
}

// DevSimulator is D6.
type DevSimulator struct {
	DevFrame
	Submit         Link
	Kinds, Methods []DevChoice
	Signals        []DevSignal
	Known          bool // some signal is given
	Result         *DevSimulated
	Clock          *DevClock
}

// DevSignal is one signal that can be given.
type DevSignal struct {
	Name, About, Value string
	Choices            []DevChoice // none for a number
}

// DevSimulated is what the policy says.
type DevSimulated struct {
	Class string
	Facts []DevFact
	Rules []DevFact
	Case  string
}

func (DeskSignIn) devName() string           { return "desk/sign_in" }
func (DeskSignOnBack) devName() string       { return "desk/sign_on_back" }
func (DeskSignOnBack) devTitle() string      { return "Go on to the desk" }
func (DeskLink) devName() string             { return "desk/link" }
func (DeskLink) devTitle() string            { return "Link your company's account" }
func (DeskJoin) devName() string             { return "desk/join" }
func (DeskJoin) devTitle() string            { return "Make your passkey" }
func (DeskProblem) devName() string          { return "desk/problem" }
func (DeskPolicy) devName() string           { return "desk/policy" }
func (DeskPolicy) devTitle() string          { return "Policy" }
func (DeskPolicyNew) devName() string        { return "desk/policy_new" }
func (DeskPolicyNew) devTitle() string       { return "Propose another policy" }
func (DeskPolicyVersion) devName() string    { return "desk/policy_version" }
func (p DeskPolicyVersion) devTitle() string { return "Policy " + strconv.Itoa(p.Number) }
func (DeskPolicySign) devName() string       { return "desk/policy_sign" }
func (DeskPolicySign) devTitle() string      { return "Sign with your passkey" }
func (DevPolicy) devName() string            { return "policy" }
func (DevPolicy) devTitle() string           { return "Policy" }
func (DevSimulator) devName() string         { return "simulator" }
func (DevSimulator) devTitle() string        { return "Simulator" }
