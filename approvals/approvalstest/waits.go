package approvalstest

import (
	"time"

	"countersign/approvals"
)

// FixedWaits is a policy without rules: a wait by kind and method. A gateway decides
// by package risk. PasskeyWait is the short one, TOTPWait the middle one.
//
// What adds an authenticator or a contact waits no less than Added with a
// passkey and AddedByCode with a code, however short the others are: that wait
// is the quarantine of what is added (DESIGN rule 11).
type FixedWaits struct {
	PasskeyWait, TOTPWait, LongWait time.Duration
	Added, AddedByCode              time.Duration
}

// DefaultWaits are 24, 72 and 168 hours.
var DefaultWaits = FixedWaits{
	PasskeyWait: 24 * time.Hour, TOTPWait: 72 * time.Hour, LongWait: 168 * time.Hour, Added: approvals.QuarantineAdded, AddedByCode: approvals.QuarantineAddedByCode,
}

// securityLately is how long after a change of contact or authenticator money
// waits longest: a thief changes those first (THREATS B2, B3).
const securityLately = 30 * 24 * time.Hour

// Decide implements Policy.
func (p FixedWaits) Decide(f approvals.Facts) approvals.Decision {
	long := max(p.LongWait, p.TOTPWait)
	added := map[approvals.Method]time.Duration{approvals.Passkey: max(p.TOTPWait, p.Added), approvals.TOTP: max(long, p.AddedByCode)}
	d := approvals.Decision{Version: "fixed-4", Class: approvals.Medium, Outcome: approvals.Allow, Wait: map[approvals.Method]time.Duration{approvals.Passkey: p.PasskeyWait, approvals.TOTP: p.TOTPWait}}
	switch {
	case f.Kind == approvals.ContactChange:
		d.Wait = added
		d.Rules = []approvals.Rule{contactRule}
	case f.Kind == approvals.AuthenticatorAdd:
		// With printed codes alone it is a recovery: the wait of one, and then the
		// quarantine (THREATS §6).
		added[approvals.RecoveryCode] = added[approvals.Passkey] + added[approvals.TOTP]
		d.Wait = added
		d.Rules = []approvals.Rule{addRule}
	case f.Kind == approvals.AuthenticatorRemove:
		d.Rules = []approvals.Rule{removeRule}
	case f.Kind == approvals.ApproverAdd:
		d.Wait = added
		d.Rules = []approvals.Rule{approverRule}
	case f.Kind == approvals.ApproverRemove:
		d.Wait = added
		d.Rules = []approvals.Rule{approverGoneRule}
	case !f.Seller.SecurityAt.IsZero() && f.Now.Before(f.Seller.SecurityAt.Add(securityLately)):
		d.Class = approvals.High
		d.Wait = map[approvals.Method]time.Duration{approvals.Passkey: long, approvals.TOTP: long}
		d.Rules = []approvals.Rule{latelyRule, methodRule}
	case f.CounterBack:
		d.Class = approvals.High
		d.Wait = map[approvals.Method]time.Duration{approvals.Passkey: long, approvals.TOTP: long}
		d.Rules = []approvals.Rule{counterRule, methodRule}
	default:
		d.Rules = []approvals.Rule{methodRule}
	}
	return d
}

// The sentences a seller reads.
var (
	methodRule = approvals.Rule{ID: "WAIT-BY-METHOD", Text: map[string]string{
		"en": "This has to be approved twice, with a wait between.",
		"it": "Questa richiesta va approvata due volte, con un'attesa in mezzo.",
	}}
	latelyRule = approvals.Rule{ID: "SECURITY-CHANGED-LATELY", Text: map[string]string{
		"en": "An email address or a sign-in method was changed in the last 30 days.",
		"it": "Negli ultimi 30 giorni è cambiato un indirizzo email o un metodo di accesso.",
	}}
	counterRule = approvals.Rule{ID: "PASSKEY-COUNTER-BACK", Text: map[string]string{
		"en": "The passkey may exist twice: its counter did not rise.",
		"it": "La passkey potrebbe esistere in due copie: il suo contatore non è aumentato.",
	}}
	contactRule = approvals.Rule{ID: "CONTACT-WAITS", Text: map[string]string{
		"en": "Every change of email address waits, and both addresses have to agree.",
		"it": "Ogni cambio di indirizzo email prevede un'attesa, ed entrambi gli indirizzi devono confermare.",
	}}
	addRule = approvals.Rule{ID: "AUTHENTICATOR-WAITS", Text: map[string]string{
		"en": "A new sign-in method waits before it can approve payouts: less when added with a passkey.",
		"it": "Un nuovo metodo di accesso attende prima di poter approvare i pagamenti: meno se aggiunto con una passkey.",
	}}
	removeRule = approvals.Rule{ID: "REMOVAL-WAITS", Text: map[string]string{
		"en": "Removing a sign-in method waits, so that you can stop it if it was not you.",
		"it": "La rimozione di un metodo di accesso prevede un'attesa, così puoi fermarla se non l'hai chiesta tu.",
	}}
	approverRule = approvals.Rule{ID: "APPROVER-WAITS", Text: map[string]string{
		"en": "Adding a person who approves with you waits, so that you can stop it if it was not you.",
		"it": "L'aggiunta di una persona che approva con te prevede un'attesa, così puoi fermarla se non l'hai chiesta tu.",
	}}
	approverGoneRule = approvals.Rule{ID: "APPROVER-REMOVAL-WAITS", Text: map[string]string{
		"en": "Removing a person who approves with you waits, so that you can stop it if it was not you.",
		"it": "La rimozione di una persona che approva con te prevede un'attesa, così puoi fermarla se non l'hai chiesta tu.",
	}}
)
