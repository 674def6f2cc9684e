package templates

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestFullDates are UX §7's forms, which follow ICU (CLDR 48) for en-IE and
// it, through both nights the clocks change.
func TestFullDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, at, en, it string
	}{
		{
			"the wireframe", "Europe/Rome", "2026-11-22T16:21:00Z",
			"Sunday 22 November 2026 at 17:21 (Rome time, UTC+1)", "domenica 22 novembre 2026 alle ore 17:21 (ora di Roma, UTC+1)",
		},
		{
			"summer", "Europe/Rome", "2026-03-29T12:05:00Z",
			"Sunday 29 March 2026 at 14:05 (Rome time, UTC+2)", "domenica 29 marzo 2026 alle ore 14:05 (ora di Roma, UTC+2)",
		},
		{
			"a second before the spring change", "Europe/Rome", "2026-03-29T00:59:59Z",
			"Sunday 29 March 2026 at 01:59 (Rome time, UTC+1)", "domenica 29 marzo 2026 alle ore 01:59 (ora di Roma, UTC+1)",
		},
		{
			"the spring change", "Europe/Rome", "2026-03-29T01:00:00Z",
			"Sunday 29 March 2026 at 03:00 (Rome time, UTC+2)", "domenica 29 marzo 2026 alle ore 03:00 (ora di Roma, UTC+2)",
		},
		{
			"half past two for the first time", "Europe/Rome", "2026-10-25T00:30:00Z",
			"Sunday 25 October 2026 at 02:30 (Rome time, UTC+2)", "domenica 25 ottobre 2026 alle ore 02:30 (ora di Roma, UTC+2)",
		},
		{
			"half past two for the second time", "Europe/Rome", "2026-10-25T01:30:00Z",
			"Sunday 25 October 2026 at 02:30 (Rome time, UTC+1)", "domenica 25 ottobre 2026 alle ore 02:30 (ora di Roma, UTC+1)",
		},
		{
			"24 hours over the spring change (UX decision 12)", "Europe/Rome", "2026-03-29T13:00:00Z",
			"Sunday 29 March 2026 at 15:00 (Rome time, UTC+2)", "domenica 29 marzo 2026 alle ore 15:00 (ora di Roma, UTC+2)",
		},
		{
			"24 hours over the autumn change (UX decision 12)", "Europe/Rome", "2026-10-25T12:00:00Z",
			"Sunday 25 October 2026 at 13:00 (Rome time, UTC+1)", "domenica 25 ottobre 2026 alle ore 13:00 (ora di Roma, UTC+1)",
		},
		{
			"west", "America/New_York", "2026-01-05T04:09:00Z",
			"Sunday 4 January 2026 at 23:09 (New York time, UTC-5)", "domenica 4 gennaio 2026 alle ore 23:09 (ora di New York, UTC-5)",
		},
		{
			"half an hour", "Asia/Kolkata", "2026-05-01T00:00:00Z",
			"Friday 1 May 2026 at 05:30 (Kolkata time, UTC+5:30)", "venerdì 1 maggio 2026 alle ore 05:30 (ora di Kolkata, UTC+5:30)",
		},
		{
			"a city with a name of its own", "Europe/London", "2026-12-31T23:59:59Z",
			"Thursday 31 December 2026 at 23:59 (London time, UTC)", "giovedì 31 dicembre 2026 alle ore 23:59 (ora di Londra, UTC)",
		},
		{
			"no zone", "UTC", "2026-02-28T12:00:00Z",
			"Saturday 28 February 2026 at 12:00 (UTC)", "sabato 28 febbraio 2026 alle ore 12:00 (UTC)",
		},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		for l, want := range map[Locale]string{EN: c.en, IT: c.it} {
			if got, err := catalogue(t, l).full(zone(t, c.zone), at); err != nil || got != want {
				t.Errorf("%s in %s:\n got %s, %v\nwant %s", c.name, l, got, err, want)
			}
		}
	}
}

func TestNoZoneIsUTC(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 10, 0, 0, 0, time.FixedZone("", 7200))
	if got, err := catalogue(t, EN).full(nil, at); err != nil || got != "Monday 1 June 2026 at 08:00 (UTC)" {
		t.Errorf("%s, %v", got, err)
	}
	if got := iso(at); got != "2026-06-01T08:00:00Z" {
		t.Error(got)
	}
}

func TestOtherDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 16, 21, 0, 0, time.UTC)
	rome := zone(t, "Europe/Rome")
	for _, c := range []struct {
		name   string
		form   func(w *words) (string, error)
		en, it string
	}{
		{"medium", func(w *words) (string, error) { return w.medium(rome, at) }, "Monday 23 November at 17:21", "lunedì 23 novembre alle ore 17:21"},
		{"short", func(w *words) (string, error) { return w.short(rome, at) }, "Mon 23 Nov 17:21", "lun 23 nov 17:21"},
		{"brief", func(w *words) (string, error) { return w.brief(rome, at) }, "23 Nov 2026, 17:21", "23 nov 2026, 17:21"},
		{"since", func(w *words) (string, error) { return w.since(rome, at) }, "From 23 Nov", "Dal 23 nov"},
		{"since the 8th", func(w *words) (string, error) { return w.since(rome, at.AddDate(0, 0, -15)) }, "From 8 Nov", "Dall'8 nov"},
		{"since the 11th", func(w *words) (string, error) { return w.since(rome, at.AddDate(0, 0, -12)) }, "From 11 Nov", "Dall'11 nov"},
		{"clock", func(w *words) (string, error) { return w.clock(rome, at), nil }, "17:21", "17:21"},
	} {
		for l, want := range map[Locale]string{EN: c.en, IT: c.it} {
			if got, err := c.form(catalogue(t, l)); err != nil || got != want {
				t.Errorf("%s in %s: %q, %v; want %q", c.name, l, got, err, want)
			}
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d           time.Duration
		en, it      string
		short, itSh string
	}{
		{24 * time.Hour, "24 hours", "24 ore", "24 h", "24 ore"},
		{72 * time.Hour, "72 hours", "72 ore", "72 h", "72 ore"},
		{time.Hour, "1 hour", "1 ora", "1 h", "1 ora"},
		{90 * time.Minute, "90 minutes", "90 minuti", "90 min", "90 min"},
		{time.Minute, "1 minute", "1 minuto", "1 min", "1 min"},
		{5 * time.Minute, "5 minutes", "5 minuti", "5 min", "5 min"},
		{30 * time.Second, "30 seconds", "30 secondi", "30 s", "30 s"},
		{1500 * time.Millisecond, "2 seconds", "2 secondi", "2 s", "2 s"},
		{time.Second, "1 second", "1 secondo", "1 s", "1 s"},
	} {
		for l, want := range map[Locale][2]string{EN: {c.en, c.short}, IT: {c.it, c.itSh}} {
			w := catalogue(t, l)
			if got, err := w.span(c.d); err != nil || got != want[0] {
				t.Errorf("span %v in %s: %q, %v; want %q", c.d, l, got, err, want[0])
			}
			if got, err := w.spanShort(c.d); err != nil || got != want[1] {
				t.Errorf("short span %v in %s: %q, %v; want %q", c.d, l, got, err, want[1])
			}
		}
	}
}

func TestRelative(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 2, 21, 0, 0, time.UTC)
	for _, c := range []struct {
		d      time.Duration
		en, it string
	}{
		{15 * time.Hour, "in 15 hours", "tra 15 ore"}, {47 * time.Hour, "in 47 hours", "tra 47 ore"},
		{72 * time.Hour, "in 3 days", "tra 3 giorni"}, {time.Hour, "in 1 hour", "tra 1 ora"},
		{59 * time.Minute, "in 59 minutes", "tra 59 minuti"}, {time.Minute, "in 1 minute", "tra 1 minuto"},
		{30 * time.Second, "in less than a minute", "tra meno di un minuto"}, {0, "", ""}, {-time.Hour, "", ""},
	} {
		for l, want := range map[Locale]string{EN: c.en, IT: c.it} {
			if got, err := catalogue(t, l).relative(now, now.Add(c.d)); err != nil || got != want {
				t.Errorf("%v in %s: %q, %v; want %q", c.d, l, got, err, want)
			}
		}
	}
}
