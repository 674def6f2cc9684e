package templates

import (
	"time"

	"countersign/approvals"
)

// DevFrame is what the pages carry that ask who the reader is.
type DevFrame struct {
	Marketplace string // display name; empty where nobody is signed in
	Role        string // at the desk
	Person      string
	Test        bool   // the gateway is in test mode
	CSRF        string // page token, a hidden field of every form
	Now         time.Time
	Done        string // what was just done, told once
	// Until is when the reader is signed out unless they go on, and Final that they
	// are then, whatever they do; zero: the page does not say.
	Until time.Time
	Final bool
	Wrong []DevFault
}

// DevFault is one thing that is wrong with what was sent, and the field to mend.
type DevFault struct{ Field, Message string }

func (f DevFrame) devFrame() *DevFrame { return &f }

// Fault is what is wrong with a field, empty where nothing is.
func (f DevFrame) Fault(field string) string {
	for _, w := range f.Wrong {
		if w.Field == field {
			return w.Message
		}
	}
	return ""
}

// devFrameOf is the frame of a page that has one, else nil.
func devFrameOf(p DevPage) *DevFrame {
	if framed, ok := p.(interface{ devFrame() *DevFrame }); ok {
		return framed.devFrame()
	}
	return nil
}

// devWhen is a time as engineers read it.
func devWhen(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// DevPasskey is the form of a passkey: where its options come from, and where the
// answer goes. The page itself has none, so that opening it begins nothing.
type DevPasskey struct {
	Ask     string // get or create
	Submit  Post   // receives the field credential
	Refresh Post   // answers {"options": …} with a fresh challenge
	CSRF    string
	Subject string // what is shown; comes back with both, so that nothing else is signed
	Button  string
	Refused bool // the last answer was
}

// Until says when a session ends.
func Until(t time.Time, final bool) string {
	if final {
		return "Signed in until " + t.UTC().Format("15:04 UTC") + "; then sign in again."
	}
	return "Signed in until " + t.UTC().Format("15:04 UTC") + " unless you go on."
}

// DevSignIn asks for a passkey and for nothing else.
type DevSignIn struct {
	DevFrame
	Passkey DevPasskey
	Back    bool // the reader wanted a page, and is led to it
}

// DevJoin lets somebody who was invited make their passkey.
type DevJoin struct {
	DevFrame
	Name    string
	For     string // the marketplace
	Passkey DevPasskey
}

// DevProblem is a refusal.
type DevProblem struct {
	DevFrame
	Title, Detail, Request string
	SignIn                 Link // where the reader has to sign in first
}

// DevHome is D1.
type DevHome struct {
	DevFrame
	Steps  []DevStep
	Errors []DevRefused // newest first
}

// DevRefused is one refused call of the API.
type DevRefused struct {
	At                    time.Time
	Method, Route, Status string
	Code                  string
	Help                  Link
	Request               string // the request id
}

// DevStep is one step towards going live, done or not, as far as the gateway
// can see.
type DevStep struct {
	Done       bool
	What, Fact string
	URL        Link
}

// DevKeys is D2.
type DevKeys struct {
	DevFrame
	Keys []DevKey
	New  Link
}

// DevKey is one key in the list.
type DevKey struct {
	approvals.APIKey
	Live bool
	URL  Link // roll or revoke; empty where it has ended
}

// DevKeyNew asks what a new key is to reach.
type DevKeyNew struct {
	DevFrame
	Submit Post
	Name   string
	Scopes []DevChoice
	Ranges string
	Days   []DevChoice
}

// DevChoice is one of several.
type DevChoice struct {
	Value, Text string
	Chosen      bool
}

// DevKeyShow is one key, to be rolled or revoked.
type DevKeyShow struct {
	DevFrame
	Key      approvals.APIKey
	Roll     Post
	Revoke   Post
	Overlaps []DevChoice
}

// DevDecide asks for a fresh passkey over what is to be done with a live key or
// the secret of an endpoint.
type DevDecide struct {
	DevFrame
	What    []DevFact
	Passkey DevPasskey
	Back    Link
}

// DevFact is a name and a value.
type DevFact struct{ Name, Value string }

// DevKeyMade shows a key, once.
type DevKeyMade struct {
	DevFrame
	Key    approvals.APIKey
	Secret string
	Stored Link
}

// DevActions is the list of D7.
type DevActions struct {
	DevFrame
	Seller  string
	States  []DevChoice
	Kinds   []DevChoice
	Actions []DevAction
	Next    Link // older ones
}

// DevAction is one action in the list.
type DevAction struct {
	Reference, Kind, State, Seller string
	CreatedAt                      time.Time
	URL                            Link
}

// DevActionShow is one action of D7, end to end.
type DevActionShow struct {
	DevFrame
	Reference string
	Facts     []DevFact
	Timeline  []DevMoment
	Mails     []DevMail
	Webhooks  []DevWebhook
	Clock     *DevClock
	Sellers   Link // the seller's other actions
}

// DevMoment is one line of a timeline.
type DevMoment struct {
	At               time.Time
	What, Who, State string
	Refused          string
}

// DevMail is one mail about an action; the address is masked.
type DevMail struct {
	Kind, To, State, Answer string
	Attempts                int
	MadeAt, SettledAt       time.Time
}

// DevWebhook is one delivery in a list.
type DevWebhook struct {
	ID, Type, Endpoint, State string
	Status, Attempts          int
	At                        time.Time
	URL                       Link
}

func (DevSignIn) devName() string     { return "sign_in" }
func (DevSignIn) devTitle() string    { return "Sign in" }
func (DevJoin) devName() string       { return "join" }
func (DevJoin) devTitle() string      { return "Make your passkey" }
func (DevProblem) devName() string    { return "problem" }
func (p DevProblem) devTitle() string { return p.Title }
func (DevHome) devName() string       { return "home" }
func (p DevHome) devTitle() string {
	if p.Test {
		return "Test gateway"
	}
	return "Live gateway"
}
func (DevKeys) devName() string          { return "keys" }
func (DevKeys) devTitle() string         { return "API keys" }
func (DevKeyNew) devName() string        { return "key_new" }
func (DevKeyNew) devTitle() string       { return "New API key" }
func (DevKeyShow) devName() string       { return "key" }
func (DevKeyShow) devTitle() string      { return "Roll or revoke a key" }
func (DevDecide) devName() string        { return "decide" }
func (DevDecide) devTitle() string       { return "Confirm with your passkey" }
func (DevKeyMade) devName() string       { return "key_made" }
func (DevKeyMade) devTitle() string      { return "Your new API key" }
func (DevActions) devName() string       { return "actions" }
func (DevActions) devTitle() string      { return "Actions" }
func (DevActionShow) devName() string    { return "action" }
func (p DevActionShow) devTitle() string { return "Action " + p.Reference }
