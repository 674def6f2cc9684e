package templates

import (
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nicksnyder/go-i18n/v2/i18n"
)

func catalogue(t *testing.T, l Locale) *words {
	t.Helper()
	w, err := loadWords(l)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestLocalesHaveTheSameKeys: a missing key would stop a page in one language
// only.
func TestLocalesHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	source := catalogue(t, EN)
	for _, l := range Locales() {
		other := catalogue(t, l)
		for key := range source.keys {
			if other.keys[key] == nil {
				t.Errorf("%s lacks %q", l, key)
			}
		}
		for key := range other.keys {
			if source.keys[key] == nil {
				t.Errorf("%s has %q, which %s lacks", l, key, EN)
			}
		}
	}
}

var placeholder = regexp.MustCompile(`{{\.(\w+)}}`)

func placeholders(m *i18n.Message) []string {
	found := map[string]bool{}
	for _, match := range placeholder.FindAllStringSubmatch(m.One+m.Few+m.Many+m.Other, -1) {
		found[match[1]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// TestLocalesNameTheSameThings: a translation that drops a digit or a date
// says less than its source.
func TestLocalesNameTheSameThings(t *testing.T) {
	t.Parallel()
	source, other := catalogue(t, EN), catalogue(t, IT)
	for key, m := range source.keys {
		if strings.HasPrefix(key, "date.") || other.keys[key] == nil {
			continue
		}
		if got, want := placeholders(other.keys[key]), placeholders(m); !slices.Equal(got, want) {
			t.Errorf("%s names %v in %s and %v in %s", key, got, IT, want, EN)
		}
	}
}

// TestPluralForms: Italian takes "many" for a million; English has two forms.
func TestPluralForms(t *testing.T) {
	t.Parallel()
	for key, m := range catalogue(t, IT).keys {
		if (m.One == "") != (m.Many == "") {
			t.Errorf("it %s: plural forms one and many go together", key)
		}
	}
}

var urgent = regexp.MustCompile(`(?i)\burgent|immediately|within 24 hours or|act now|subito il link|urgente|immediatamente|!`)

// TestCalmWords: no urgency and no exclamation marks, the mark of phishing.
func TestCalmWords(t *testing.T) {
	t.Parallel()
	for _, l := range Locales() {
		for key, m := range catalogue(t, l).keys {
			if found := urgent.FindString(m.One + m.Other); found != "" {
				t.Errorf("%s %s says %q", l, key, found)
			}
		}
	}
}

// TestEveryWordIsUsed renders every sample and finds the words nobody reads.
func TestEveryWordIsUsed(t *testing.T) {
	t.Parallel()
	cfg := sampleConfig()
	cfg.DemoWait = 1
	r, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	used := map[string]bool{}
	for _, w := range r.words {
		w.used = func(key string) { mu.Lock(); used[key] = true; mu.Unlock() }
	}
	for _, l := range Locales() {
		for _, s := range allSamples() {
			if err := r.Page(io.Discard, l, s.Page); err != nil {
				t.Error(err)
			}
		}
		if err := r.HistoryCSV(io.Discard, l, SampleHistories()[0].Page.(History), true); err != nil {
			t.Error(err)
		}
		for _, s := range SampleMails() {
			if _, err := r.Mail(l, s.Mail); err != nil {
				t.Error(err)
			}
		}
	}
	free := []string{"weekday.", "month.", "country.", "city.", "span.", "relative."} // chosen by values, not by pages
	for key := range r.words[EN].keys {
		chosen := slices.ContainsFunc(free, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if !used[key] && !chosen {
			t.Errorf("no page or mail says %q", key)
		}
	}
}

func TestMissingWordsAreErrors(t *testing.T) {
	t.Parallel()
	w := catalogue(t, EN)
	if s, err := w.t("no.such.key"); err == nil {
		t.Errorf("a missing key printed %q", s)
	}
	if s, err := w.t("wait.old"); err == nil {
		t.Errorf("a missing argument printed %q", s)
	}
	if s, err := w.t("wait.old", "Old"); err == nil {
		t.Errorf("an argument without value printed %q", s)
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		locale     Locale
		code, want string
	}{
		{EN, "NL", "Netherlands"}, {IT, "NL", "Paesi Bassi"}, {EN, "gb", "United Kingdom"}, {IT, "US", "Stati Uniti"},
		{EN, "ZZ", "ZZ"}, {EN, "", ""},
	} {
		got, err := catalogue(t, c.locale).country(c.code)
		if err != nil || got != c.want {
			t.Errorf("%s in %s: %q, %v; want %q", c.code, c.locale, got, err, c.want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		names []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a e b"}, {[]string{"a", "b", "c"}, "a, b e c"}} {
		if got, err := catalogue(t, IT).list(c.names); err != nil || got != c.want {
			t.Errorf("%v: %q, %v; want %q", c.names, got, err, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		preferred []string
		want      Locale
	}{
		{nil, EN}, {[]string{""}, EN}, {[]string{"it"}, IT}, {[]string{"it-CH"}, IT}, {[]string{"en-GB"}, EN},
		{[]string{"", "it,en;q=0.5"}, IT}, {[]string{"en", "it"}, EN}, {[]string{"de-DE,it;q=0.5"}, IT},
		{[]string{"ja", "it"}, IT}, {[]string{"ja"}, EN}, {[]string{"%%", "it"}, IT},
	} {
		if got := Match(c.preferred...); got != c.want {
			t.Errorf("Match(%q) = %s, want %s", c.preferred, got, c.want)
		}
	}
}
