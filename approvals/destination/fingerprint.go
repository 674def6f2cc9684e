package destination

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Canonical returns the one spelling that every way of writing this account
// has in common, such as "GB/601613/31926819" or "DE/370400440532013000". Two
// destinations are the same account exactly when their canonical forms are
// equal. It is "" for an account that does not validate; callers validate
// first. It is the account number in clear: never log it.
func (d Destination) Canonical() string {
	a, problems := d.account()
	if problems != nil {
		return ""
	}
	return a.canonical()
}

// MinFingerprintKey is the least number of bytes a fingerprint key may have.
const MinFingerprintKey = 32

// Fingerprint returns the HMAC-SHA-256 of d's canonical form under key, in
// lower-case hexadecimal (64 characters), or "" where Canonical is "". The key
// makes it useless to try all eight-digit account numbers against a stolen
// database; it must not be in that database. A key shorter than
// MinFingerprintKey is a mistake in construction: Fingerprint panics.
func Fingerprint(key []byte, d Destination) string {
	if len(key) < MinFingerprintKey {
		panic("destination: fingerprint key shorter than 32 bytes")
	}
	canonical := d.Canonical()
	if canonical == "" {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("countersign/destination/v1\n" + canonical))
	return hex.EncodeToString(mac.Sum(nil))
}
