package authtest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// App is an authenticator app with one account (RFC 6238: SHA-1, 6 digits, 30 s).
type App struct{ seed []byte }

// NewApp sets an app up from an otpauth URL or a base32 secret.
func NewApp(secret string) (*App, error) {
	if u, err := url.Parse(secret); err == nil && u.Scheme == "otpauth" {
		secret = u.Query().Get("secret")
	}
	secret = strings.ToUpper(strings.ReplaceAll(strings.TrimRight(secret, "="), " ", ""))
	seed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(seed) == 0 {
		return nil, fmt.Errorf("not an otpauth URL or a base32 secret")
	}
	return &App{seed}, nil
}

// Code is what the app shows at this time.
func (a *App) Code(at time.Time) string { return a.CodeOfStep(at.Unix() / 30) }

// CodeOfStep is what the app shows in this time step (RFC 4226 §5.3).
func (a *App) CodeOfStep(step int64) string {
	mac := hmac.New(sha1.New, a.seed)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}
