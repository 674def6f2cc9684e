package templates

import (
	"slices"

	"golang.org/x/text/language"
)

// Locale is a language the pages and mails are written in.
type Locale string

const (
	EN Locale = "en"
	IT Locale = "it"
)

// Locales lists every locale, the source language first.
func Locales() []Locale { return []Locale{EN, IT} }

// Known reports whether pages and mails exist in l.
func (l Locale) Known() bool { return slices.Contains(Locales(), l) }

var matcher = language.NewMatcher([]language.Tag{language.English, language.Italian})

// Match returns the locale that serves the preferences best, the first of
// them that says something winning: a seller's stored locale, the value of an
// Accept-Language header. It returns EN when none fits.
func Match(preferred ...string) Locale {
	for _, p := range preferred {
		tags, _, err := language.ParseAcceptLanguage(p)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := matcher.Match(tags...); confidence != language.No {
			return Locales()[i]
		}
	}
	return EN
}
