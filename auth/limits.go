package auth

import "time"

// The numbers of STANDARDS §0.3 and RELIABILITY §11.
const (
	MaxTries      = 5                // wrong in a row before proving is blocked (PS-05)
	MaxPause      = 20 * time.Second // between two of those (C8)
	MaxFailures   = 100              // wrong in a row before an authenticator is switched off (NI-12)
	ChallengeLife = 5 * time.Minute  // WA-02
	MaxChallenges = 5                // live ones of one action and stage; the oldest is void (RELIABILITY B23)
	EnrolmentLife = 15 * time.Minute // of a shown but unconfirmed seed: as long as a session lasts

	PendingLife = 24 * time.Hour // of a pending authenticator that no action is about
	MaxPasskeys = 10             // of one seller, pending ones counted
	MaxApps     = 3              //

	MaxDevices = 10 // of one seller

	RecoverySize = 10 // recovery codes that are good at once (NI-17)

	FirstQuarantine = 168 * time.Hour // of a first enrolment that nobody vouches for (DESIGN rule 11, TA-03)
	BarLife         = 720 * time.Hour // how long a passkey that could approve money keeps codes out (DESIGN rule 10)
	VouchLife       = 24 * time.Hour  // how long a marketplace's onboarding vouches for a first enrolment
	DeviceKnown     = 720 * time.Hour // after which a device is one that is known (THREATS finding 2)

	maxCredential   = 64 << 10 // bytes of a credential's JSON
	maxClientData   = 8 << 10
	maxCredentialID = 1023 // WebAuthn §4
	minRSABits      = 2048
	maxRSABits      = 8192
	nonceSize       = 32
	seedSize        = 20 // bytes, RFC 4226 §4 R6
	period          = 30 * time.Second
)

// pauseAfter is how long nothing is looked at after the first, second, third and
// fourth wrong try in a row (STANDARDS C8, NI-13). MaxPause is the longest.
var pauseAfter = [MaxTries - 1]time.Duration{0, 5 * time.Second, 10 * time.Second, MaxPause}

// pauseTimes returns the ends of those pauses, were they to begin now.
func pauseTimes(now time.Time) []time.Time {
	ends := make([]time.Time, len(pauseAfter))
	for i, d := range pauseAfter {
		ends[i] = now.Add(d)
	}
	return ends
}

// blockFor is how long proving is blocked: after the first five wrong tries in
// a row, the next five, and so on. A success starts again from the first.
var blockFor = [...]time.Duration{
	15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour,
}

// blockTimes returns the ends of those blocks, were they to begin now.
func blockTimes(now time.Time) []time.Time {
	ends := make([]time.Time, len(blockFor))
	for i, d := range blockFor {
		ends[i] = now.Add(d)
	}
	return ends
}
