package templates

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a seller's zone must not depend on the machine
)

// Instants come in as they are; every function shows them in the given zone.
// Patterns follow CLDR 48 for en-IE and it, which Go's standard library does
// not have. A nil zone is UTC.

// full is the form that stands alone: "Sunday 22 November 2026 at 17:21
// (Rome time, UTC+1)".
func (w *words) full(zone *time.Location, at time.Time) (string, error) {
	label, err := w.zoneLabel(zone, at)
	if err != nil {
		return "", err
	}
	return w.dated("date.full", zone, at, "Zone", label)
}

// medium names no zone and no year: "Thursday 26 November at 17:21". It
// follows a full date on the same page.
func (w *words) medium(zone *time.Location, at time.Time) (string, error) {
	return w.dated("date.medium", zone, at)
}

// short is for lists: "Sun 22 Nov 17:21".
func (w *words) short(zone *time.Location, at time.Time) (string, error) {
	return w.dated("date.short", zone, at)
}

// brief is a date with its year and time: "30 Nov 2026, 09:05".
func (w *words) brief(zone *time.Location, at time.Time) (string, error) {
	return w.dated("date.brief", zone, at)
}

// month is for what is long ago: "March 2026".
func (w *words) month(zone *time.Location, at time.Time) (string, error) {
	return w.dated("date.month", zone, at)
}

// since opens a sentence with a day: "From 23 Nov". Italian elides before the
// two numbers that begin with a vowel ("Dall'8", "Dall'11").
func (w *words) since(zone *time.Location, at time.Time) (string, error) {
	if day := in(zone, at).Day(); day == 8 || day == 11 {
		return w.dated("date.since.vowel", zone, at)
	}
	return w.dated("date.since", zone, at)
}

// clock is a time of day: "14:20".
func (w *words) clock(zone *time.Location, at time.Time) string {
	return in(zone, at).Format("15:04")
}

// iso is the instant in UTC, for <time datetime>.
func iso(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Zone loads a seller's time zone; one that does not load is UTC.
func Zone(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}

func in(zone *time.Location, at time.Time) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone)
}

func (w *words) dated(pattern string, zone *time.Location, at time.Time, more ...any) (string, error) {
	local := in(zone, at)
	weekday, err := w.t("weekday." + strings.ToLower(local.Weekday().String()))
	if err != nil {
		return "", err
	}
	month, err := w.t("month." + strings.ToLower(local.Month().String()))
	if err != nil {
		return "", err
	}
	pairs := append([]any{
		"Weekday", weekday, "WeekdayShort", firstRunes(weekday, 3),
		"Day", local.Day(), "Month", month, "MonthShort", firstRunes(month, 3),
		"Year", local.Year(), "Clock", local.Format("15:04"),
	}, more...)
	return w.t(pattern, pairs...)
}

// firstRunes cuts a word; three letters are the CLDR abbreviation of every
// weekday and month in English and Italian ("Sept" apart, where en-IE takes
// four and we keep three).
func firstRunes(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}

// zoneLabel is our own: the city in the reader's language and the offset at
// that instant. Abbreviations differ between systems and say little.
func (w *words) zoneLabel(zone *time.Location, at time.Time) (string, error) {
	local := in(zone, at)
	name := local.Location().String()
	_, seconds := local.Zone()
	offset := utcOffset(seconds)
	if name == "UTC" || name == "Local" || name == "" || strings.HasPrefix(name, "Etc/") {
		return offset, nil
	}
	city := cityOf(local.Location())
	if key := "city." + strings.ReplaceAll(city, " ", "_"); w.keys[key] != nil {
		translated, err := w.t(key)
		if err != nil {
			return "", err
		}
		city = translated
	}
	return w.t("date.zone", "City", city, "Offset", offset)
}

// cityOf is the city that a zone is named for.
func cityOf(zone *time.Location) string {
	name := zone.String()
	return strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
}

// utcOffset prints "UTC", "UTC+1" or "UTC-3:30".
func utcOffset(seconds int) string {
	if seconds == 0 {
		return "UTC"
	}
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("UTC%c%d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("UTC%c%d", sign, seconds/3600)
}
