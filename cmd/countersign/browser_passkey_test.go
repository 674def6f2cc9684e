package main

import (
	"github.com/chromedp/cdproto/webauthn"
)

// fingerprint is the platform authenticator of a tab's device: a passkey that asks
// for a fingerprint, which is there unless a test takes it away.
type fingerprint struct {
	p  *tab
	id webauthn.AuthenticatorID
}

// addFingerprint gives the tab's device an authenticator.
func (p *tab) addFingerprint() fingerprint {
	p.t.Helper()
	return p.addAuthenticator(webauthn.AuthenticatorTransportInternal)
}

// addSecurityKey plugs another one in: a security key that knows the finger.
func (p *tab) addSecurityKey() fingerprint {
	p.t.Helper()
	return p.addAuthenticator(webauthn.AuthenticatorTransportUsb)
}

func (p *tab) addAuthenticator(transport webauthn.AuthenticatorTransport) fingerprint {
	p.t.Helper()
	call(p, webauthn.Enable, webauthn.EnableParams{})
	made := call(p, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: transport,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	return fingerprint{p, made.AuthenticatorID}
}

// recognises says whether the device will know the finger from now on. When it
// does not, the browser ends the dialog as it does when somebody closes it.
func (f fingerprint) recognises(yes bool) {
	f.p.t.Helper()
	call(f.p, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: f.id, IsUserVerified: yes})
}

// waits says whether the device waits for a finger from now on, as it does
// while its dialog is open.
func (f fingerprint) waits(yes bool) {
	f.p.t.Helper()
	call(f.p, webauthn.SetAutomaticPresenceSimulation, webauthn.SetAutomaticPresenceSimulationParams{AuthenticatorID: f.id, Enabled: !yes})
}

// forges says whether the device answers with a wrong signature from now on.
func (f fingerprint) forges(yes bool) {
	f.p.t.Helper()
	call(f.p, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: f.id, IsBogusSignature: &yes})
}

// forgets deletes every passkey of the device.
func (f fingerprint) forgets() {
	f.p.t.Helper()
	call(f.p, webauthn.ClearCredentials, webauthn.ClearCredentialsParams{AuthenticatorID: f.id})
}
