package session

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

// cookies are the names and attributes of the gateway's cookies. On https the
// names carry the __Host- prefix, so that no other host and no sub-domain can
// set or read them (STANDARDS AS-08). On plain http, which is for loopback
// hosts alone, browsers refuse that prefix.
type cookies struct {
	keys     func() [][]byte
	secure   bool
	sameSite http.SameSite
}

const cookieKeyBytes = 32

func newCookies(keys func() [][]byte, secure bool) (cookies, error) {
	if keys == nil || len(keys()) == 0 {
		return cookies{}, errors.New("session: no cookie key")
	}
	for _, k := range keys() {
		if len(k) < cookieKeyBytes {
			return cookies{}, fmt.Errorf("session: a cookie key has %d bytes, want %d", len(k), cookieKeyBytes)
		}
	}
	return cookies{keys: keys, secure: secure, sameSite: http.SameSiteLaxMode}, nil
}

// codecs are those of the keys as they are now: a key that was added signs from
// then on, and what an older one signed is read for as long as it is kept, so
// that keys change without signing anybody out.
func (c cookies) codecs() []securecookie.Codec {
	var all []securecookie.Codec
	for _, k := range c.keys() {
		// The age of what a cookie names is kept on the server, so the codec's
		// own limit, which reads the machine's clock, is off.
		all = append(all, securecookie.New(k, nil).MaxAge(0).SetSerializer(securecookie.JSONEncoder{}))
	}
	return all
}

// name is the full name of one of our cookies.
func (c cookies) name(kind string) string {
	if c.secure {
		return "__Host-countersign-" + kind
	}
	return "countersign-" + kind
}

// options are the attributes every cookie has. SameSite is Lax and not Strict
// for sellers, who arrive from the marketplace and from their mail, where a
// Strict cookie would be missing on that very first page.
func (c cookies) options(maxAge int) *sessions.Options {
	return &sessions.Options{Path: "/", MaxAge: maxAge, Secure: c.secure, HttpOnly: true, SameSite: c.sameSite}
}

// read decodes the cookie of this kind into value. It reports whether there is
// one, and the raw text where it is not ours. A cookie that comes twice was
// planted beside ours by somebody else; neither is believed.
func (c cookies) read(r *http.Request, kind string, value any) (ok bool, foreign string) {
	name := c.name(kind)
	found := r.CookiesNamed(name)
	if len(found) == 0 {
		return false, ""
	}
	if len(found) > 1 {
		return false, found[0].Value
	}
	if err := securecookie.DecodeMulti(name, found[0].Value, value, c.codecs()...); err != nil {
		return false, found[0].Value
	}
	return true, ""
}

// write sets the cookie of this kind. maxAge is in seconds; 0 is as long as
// the browser runs, -1 takes it away.
func (c cookies) write(w http.ResponseWriter, kind string, value any, maxAge int) error {
	name, text := c.name(kind), ""
	if maxAge >= 0 {
		var err error
		if text, err = securecookie.EncodeMulti(name, value, c.codecs()[0]); err != nil {
			return fmt.Errorf("write cookie %s: %w", name, err)
		}
	}
	o := c.options(maxAge)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: text, Path: o.Path, MaxAge: o.MaxAge,
		Secure: o.Secure, HttpOnly: o.HttpOnly, SameSite: o.SameSite,
	})
	return nil
}
