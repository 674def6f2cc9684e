package templates

import (
	"html/template"
	"net/url"
	"strings"
	"time"

	"countersign/approvals"
)

// SetupChoose is the first screen of S4: why, and which authenticator.
type SetupChoose struct {
	Frame
	Passkey Link
	App     Link
	NotNow  Link // empty where the seller has nothing else and an action waits
}

// SetupPasskey is the second screen with a passkey.
type SetupPasskey struct {
	Frame
	Passkey Passkey // creation options; Submit also receives the field name
	Label   string  // name to start with, from the provider
	Back    Link    // the first screen
	Fault   SetupFault
}

// SetupFault is why a new passkey was not added.
type SetupFault string

const (
	SetupOK      SetupFault = ""
	SetupRefused SetupFault = "refused"
	SetupLate    SetupFault = "late"
	SetupExists  SetupFault = "exists" // this device already has one for the seller
)

// SetupApp is the second screen with an authenticator app.
type SetupApp struct {
	Frame
	App    AppKey
	QR     QR   // of App.URI
	Submit Post // receives the field totp
	Device Post // what the browser's key signs beside it
	Back   Link
	Fault  CodeFault
}

// AppKey is what an authenticator app stores: base32 secret, issuer, account.
type AppKey struct {
	Issuer  string
	Account string
	Secret  string
}

// URI is the key in the form apps read, with the parameters every app knows
// (SHA-1, six digits, 30 seconds).
func (k AppKey) URI() string {
	label := url.PathEscape(k.Issuer) + ":" + url.PathEscape(k.Account)
	return "otpauth://totp/" + label + "?secret=" + url.QueryEscape(k.Secret) +
		"&issuer=" + url.PathEscape(strings.ReplaceAll(k.Issuer, "&", " ")) + "&algorithm=SHA1&digits=6&period=30"
}

// Href is URI as a link; html/template lets no scheme but the web's through
// unless the code that built the address vouches for it.
func (k AppKey) Href() template.URL { return template.URL(k.URI()) }

// SetupDone is the last screen: what was added and from when it counts.
type SetupDone struct {
	Frame
	Method     approvals.Method
	Label      string
	UsableFrom time.Time // zero: at once
	Continue   Link      // back to the action or the marketplace
	ToAction   bool      // Continue leads to the action
	Another    Link      // add a second one
}

func (SetupChoose) name() string                    { return "setup_choose" }
func (SetupChoose) title(w *words) (string, error)  { return w.t("setup.title") }
func (SetupPasskey) name() string                   { return "setup_passkey" }
func (SetupPasskey) title(w *words) (string, error) { return w.t("setup.passkey.title") }
func (SetupApp) name() string                       { return "setup_app" }
func (SetupApp) title(w *words) (string, error)     { return w.t("setup.app.title") }
func (SetupDone) name() string                      { return "setup_done" }
func (p SetupDone) title(w *words) (string, error) {
	return w.t("setup.done.title." + string(p.Method))
}

func (p SetupPasskey) faults() []fault {
	if p.Fault == SetupOK {
		return nil
	}
	return one("prove", "setup.fault."+string(p.Fault))
}

func (p SetupApp) faults() []fault {
	if p.Fault == CodeOK {
		return nil
	}
	return one("totp", "otp."+string(p.Fault))
}
