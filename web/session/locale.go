package session

import "net/http"

const (
	localeCookie = "lang"
	localeLife   = 365 * 24 * 60 * 60 // seconds
)

// SetLocale remembers the language a reader chose. It is a preference and no
// secret, so a GET may set it.
func (s *Store) SetLocale(w http.ResponseWriter, locale string) error {
	return s.cookies.write(w, localeCookie, locale, localeLife)
}

// Locale returns the language the reader chose, empty if none was.
func (s *Store) Locale(r *http.Request) string {
	var l string
	if ok, _ := s.cookies.read(r, localeCookie, &l); !ok {
		return ""
	}
	return l
}
