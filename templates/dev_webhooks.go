package templates

import "time"

// DevEndpoints is D3.
type DevEndpoints struct {
	DevFrame
	Endpoints []DevEndpoint
	Add       Post
	URL       string // as typed
}

// DevEndpoint is one endpoint and what can be done with it.
type DevEndpoint struct {
	ID, URL                     string
	Events                      []string // empty: all
	Secrets                     int      // that sign now
	Failures                    int      // in a row
	DisabledAt                  time.Time
	Gone                        bool // it answered 410
	Deliveries                  Link
	Resend                      Link // empty while it is disabled
	Roll, Disable, Enable, Test Post
}

// DevSecretMade shows the secret of an endpoint, once.
type DevSecretMade struct {
	DevFrame
	URL, Secret, Public string
	Stored              Link
}

// DevDeliveries is the list of D4.
type DevDeliveries struct {
	DevFrame
	Endpoint   string
	States     []DevChoice
	Deliveries []DevWebhook
	Next       Link
}

// DevDeliveryShow is one delivery with each attempt, the newest first.
type DevDeliveryShow struct {
	DevFrame
	Delivery DevWebhook
	Event    string // the webhook-id
	Body     string // as it is posted
	Headers  []DevHeader
	Signed   string // what the signature is made over, of the newest attempt
	NextAt   time.Time
	Attempts []DevAttempt
	Resend   Post // empty while it is under way
}

// DevResend counts what a range of time holds for one endpoint, and offers to
// send it again.
type DevResend struct {
	DevFrame
	Look     Link
	From, To string // as typed, local date and time in UTC
	All      bool   // also what was delivered
	Count    int
	Send     Post // empty where there is no range
}

// DevAttempt is one attempt to deliver.
type DevAttempt struct {
	Number                  int
	At                      time.Time
	Status, Latency, Answer string
}

// DevHeader is one header of a webhook.
type DevHeader struct{ Name, Value string }

func (DevResend) devName() string        { return "resend" }
func (DevResend) devTitle() string       { return "Send webhooks again" }
func (DevEndpoints) devName() string     { return "endpoints" }
func (DevEndpoints) devTitle() string    { return "Webhook endpoints" }
func (DevSecretMade) devName() string    { return "endpoint_made" }
func (DevSecretMade) devTitle() string   { return "The endpoint's new secret" }
func (DevDeliveries) devName() string    { return "deliveries" }
func (DevDeliveries) devTitle() string   { return "Webhook deliveries" }
func (DevDeliveryShow) devName() string  { return "delivery" }
func (DevDeliveryShow) devTitle() string { return "One delivery" }
