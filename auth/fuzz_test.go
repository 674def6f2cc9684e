package auth

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
)

// B20: whatever the client data, reading it neither panics nor finds more than
// one value for a member; what passes the check says exactly what was asked.
func FuzzParseClientData(f *testing.F) {
	f.Add([]byte(`{"type":"webauthn.get","challenge":"AAAA","origin":"https://approve.market.example","crossOrigin":false}`))
	f.Add([]byte(`{"type":"webauthn.get","challenge":"AAAA","origin":"https://approve.market.example","topOrigin":""}`))
	f.Add([]byte(`{"type":"webauthn.get","type":"webauthn.get"}`))
	f.Add([]byte(`{"challenge":"\u0041\ud800","origin":1}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseClientData(raw)
		if err != nil {
			return
		}
		if !utf8.Valid(raw) || len(raw) > maxClientData {
			t.Error("read what it should refuse")
		}
		if c.check(protocol.AssertCeremony, []string{"https://approve.market.example"}) == "" &&
			(c.kind != protocol.AssertCeremony || c.crossOrigin || c.topOrigin || c.origin != "https://approve.market.example") {
			t.Errorf("passes: %+v", c)
		}
	})
}

// B19: whatever comes as a credential, reading it does not panic.
func FuzzParseCredential(f *testing.F) {
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"` +
		strings.Repeat("A", 50) + `","signature":"AA","userHandle":null},"clientExtensionResults":{}}`))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZQ"}}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if a, err := parseAssertion(raw); err == nil && len(a.RawID) > maxCredentialID {
			t.Error("a credential id too long passes")
		}
		if r, err := parseRegistration(raw); err == nil {
			checkKey(r.Response.AttestationObject.AuthData.AttData.CredentialPublicKey)
		}
	})
}

// A9: a code is six ASCII digits, and cleaning it twice changes nothing.
func FuzzCleanCode(f *testing.F) {
	for _, s := range []string{"123456", "123 456", "123-456", "１２３４５６", "+12345", "1e5", "", "\u202e123456"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		code, ok := cleanCode(raw)
		if !ok {
			return
		}
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("%q became %q", raw, code)
		}
		if again, ok := cleanCode(code); !ok || again != code {
			t.Errorf("%q became %q", code, again)
		}
	})
}

// FuzzCleanRecoveryCode: what is read as a code has the form of one, however it
// was typed.
func FuzzCleanRecoveryCode(f *testing.F) {
	for _, seed := range []string{"", "7K2M-9QXT-4RWA-B3CD-E5FG-0H1J", " 7k2m 9qxt 4rwa b3cd e5fg 0h1j ", "O0I1L-9QXT-4RWA-B3CD-E5FG-0H1J", "7K2M", "é", "\u2013\u2014-", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		plain, ok := cleanRecoveryCode(typed)
		if !ok {
			return
		}
		if again, same := cleanRecoveryCode(plain); !same || again != plain {
			t.Errorf("%q becomes %q and then %q", typed, plain, again)
		}
	})
}
