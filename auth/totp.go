package auth

import (
	"encoding/base32"
	"fmt"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// codeOptions are the ones every authenticator app knows (RFC 6238; STANDARDS
// OT-03). Skew 0: the library alone cannot say which step matched.
var codeOptions = totp.ValidateOpts{Period: uint(period / time.Second), Skew: 0, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// stepAt is the time step T of RFC 6238 §4.2.
func stepAt(t time.Time) int64 { return t.Unix() / int64(period/time.Second) }

// matchCode returns the highest of the steps T-1, T and T+1 whose code this
// is, or 0. It does the same work whatever the code.
func matchCode(seed []byte, code string, now time.Time) (int64, error) {
	secret := base32Plain.EncodeToString(seed)
	var match int64
	for _, d := range []int64{-1, 0, 1} {
		ok, err := totp.ValidateCustom(code, secret, now.Add(time.Duration(d)*period), codeOptions)
		if err != nil {
			return 0, fmt.Errorf("evaluate code: %w", err)
		}
		if ok {
			match = stepAt(now) + d
		}
	}
	return match, nil
}

// spentStep is how a proof names the step it spends.
func spentStep(authenticator string, step int64) string {
	return authenticator + ":" + strconv.FormatInt(step, 10)
}
