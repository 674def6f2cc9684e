package approvals

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"unicode/utf8"
)

// ContactSwap is the details of a contact.change: the address that is told and
// confirms today, and the one that is to do so.
type ContactSwap struct {
	From EmailAddress `json:"from"`
	To   EmailAddress `json:"to"`
}

// EmailAddress is a mail address in canonical form.
type EmailAddress struct {
	Email string `json:"email"`
}

func (c *ContactSwap) wrong() []FieldError {
	var fields []FieldError
	for path, e := range map[string]string{"details.from.email": c.From.Email, "details.to.email": c.To.Email} {
		if canonical, err := ParseEmail(e); err != nil {
			fields = append(fields, FieldError{path, err.Error()})
		} else if canonical != e {
			fields = append(fields, FieldError{path, "must have its domain in lower-case ASCII"})
		}
	}
	if len(fields) == 0 && c.From == c.To {
		fields = append(fields, FieldError{"details.to.email", "is the address of today"})
	}
	return fields
}

func (c *ContactSwap) subject(key []byte) string { return keyed(key, "contact", c.To.Email) }

// AuthenticatorRef names an authenticator in the details of authenticator.add
// and authenticator.remove, so that what is signed says which.
type AuthenticatorRef struct {
	ID     string `json:"id"`
	Method Method `json:"method"`
	Name   string `json:"name"`
}

type authenticatorDetails struct {
	Authenticator AuthenticatorRef `json:"authenticator"`
}

func (d *authenticatorDetails) wrong() []FieldError {
	var fields []FieldError
	r := d.Authenticator
	if r.ID == "" || len(r.ID) > 64 {
		fields = append(fields, FieldError{"details.authenticator.id", "must have 1 to 64 characters"})
	}
	if r.Method != Passkey && r.Method != TOTP {
		fields = append(fields, FieldError{"details.authenticator.method", "must be passkey or totp"})
	}
	if utf8.RuneCountInString(r.Name) > 64 {
		fields = append(fields, FieldError{"details.authenticator.name", "must have 64 characters at most"})
	}
	return fields
}

func (d *authenticatorDetails) subject(key []byte) string {
	return keyed(key, "authenticator", d.Authenticator.ID)
}

// AuthenticatorOf returns the authenticator that an authenticator.add or
// authenticator.remove is about; false for any other action.
func AuthenticatorOf(a Action) (AuthenticatorRef, bool) {
	var d authenticatorDetails
	if a.Kind != AuthenticatorAdd && a.Kind != AuthenticatorRemove || json.Unmarshal(a.Details, &d) != nil {
		return AuthenticatorRef{}, false
	}
	return d.Authenticator, true
}

// ContactsOf returns the addresses that a contact.change is about; false for
// any other action.
func ContactsOf(a Action) (ContactSwap, bool) {
	var c ContactSwap
	if a.Kind != ContactChange || json.Unmarshal(a.Details, &c) != nil {
		return ContactSwap{}, false
	}
	return c, true
}

// keyed is the fingerprint of what is no destination: HMAC-SHA-256 with a tag of
// its own, in lower-case hexadecimal.
func keyed(key []byte, what, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("countersign/" + what + "/v1\n" + value))
	return hex.EncodeToString(mac.Sum(nil))
}
