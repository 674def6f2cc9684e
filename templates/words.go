package templates

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed locale
var localeFiles embed.FS

// words is the catalogue of one locale. Every sentence a person reads comes
// from it; a missing key or argument is an error, so that no key is ever
// printed.
type words struct {
	locale    Locale
	keys      map[string]*i18n.Message
	localizer *i18n.Localizer
	parser    *template.TextParser
	used      func(key string)  // set by tests to find words nobody reads
	kinds     map[string]*words // the same by kind of request, where the words of a change do not fit
	suffix    string            // of these: what the keys have that the kind has words of its own for
	plain     *words            // of these: what they fall back on
}

// The kinds of request that have words of their own.
const (
	wordsLoan    = ".loan"
	wordsDefined = ".defined"
)

// spoken is the kind of request that decides which words these facts are told in;
// empty for a change.
func (f Facts) spoken() string {
	switch {
	case f.Loan != nil:
		return wordsLoan
	case f.Defined != nil:
		return wordsDefined
	}
	return ""
}

// of returns the words to speak of an action in. A loan's are those of every
// action, but where the catalogue has the same key with ".loan"; those of a kind
// that a marketplace defines likewise.
func (w *words) of(f Facts) *words {
	if kind := w.kinds[f.spoken()]; kind != nil {
		return kind
	}
	return w
}

// loadWords reads every file of the locale's folder.
func loadWords(l Locale) (*words, error) {
	w := &words{locale: l, keys: map[string]*i18n.Message{}, parser: &template.TextParser{Option: "missingkey=error"}}
	// One bundle a locale: a bundle of several would answer a missing key in
	// its default language.
	tag, err := language.Parse(string(l))
	if err != nil {
		return nil, fmt.Errorf("locale %s: %w", l, err)
	}
	bundle := i18n.NewBundle(tag)
	files, err := fs.Glob(localeFiles, "locale/"+string(l)+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("list locale %s: %w", l, err)
	}
	for _, file := range files {
		if err := w.load(bundle, tag, file); err != nil {
			return nil, fmt.Errorf("load %s: %w", file, err)
		}
	}
	w.localizer = i18n.NewLocalizer(bundle, string(l))
	kinds := map[string]*words{}
	for _, suffix := range []string{wordsLoan, wordsDefined} {
		kind := *w
		kind.plain, kind.suffix = w, suffix
		kinds[suffix] = &kind
	}
	w.kinds = kinds
	return w, nil
}

func (w *words) load(bundle *i18n.Bundle, tag language.Tag, file string) error {
	data, err := localeFiles.ReadFile(file)
	if err != nil {
		return err
	}
	messages, err := i18n.ParseMessageBytes(data, json.Unmarshal)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if w.keys[m.ID] != nil {
			return fmt.Errorf("key %s is there twice", m.ID)
		}
		w.keys[m.ID] = m
	}
	return bundle.AddMessages(tag, messages...)
}

// t returns the message of key. The arguments are pairs of name and value.
func (w *words) t(key string, pairs ...any) (string, error) {
	return w.localize(key, nil, pairs)
}

// n returns the message of key in the plural form of count, which it can name
// as {{.N}}.
func (w *words) n(key string, count int, pairs ...any) (string, error) {
	return w.localize(key, count, append(pairs, "N", count))
}

func (w *words) localize(key string, count any, pairs []any) (string, error) {
	if w.plain != nil {
		if w.keys[key+w.suffix] != nil {
			key += w.suffix
		}
		return w.plain.localize(key, count, pairs)
	}
	if w.used != nil {
		w.used(key)
	}
	if w.keys[key] == nil {
		return "", fmt.Errorf("no words for %q in %s", key, w.locale)
	}
	data, err := args(pairs)
	if err != nil {
		return "", fmt.Errorf("words for %q: %w", key, err)
	}
	s, err := w.localizer.Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: data, PluralCount: count, TemplateParser: w.parser,
	})
	if err != nil {
		return "", fmt.Errorf("words for %q in %s: %w", key, w.locale, err)
	}
	return s, nil
}

func args(pairs []any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("argument %v has no value", pairs[len(pairs)-1])
	}
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("argument name %v is no string", pairs[i])
		}
		data[name] = pairs[i+1]
	}
	return data, nil
}

// country returns the name of an ISO 3166-1 alpha-2 country in words, or the
// code itself where the catalogue has no name for it.
func (w *words) country(code string) (string, error) {
	key := "country." + strings.ToUpper(code)
	if w.keys[key] == nil {
		return strings.ToUpper(code), nil
	}
	return w.t(key)
}

// sentence begins with a capital, also where an Italian date comes first.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// list joins names: "a, b and c".
func (w *words) list(names []string) (string, error) {
	if len(names) < 2 {
		return strings.Join(names, ""), nil
	}
	last := len(names) - 1
	return w.t("list", "Names", strings.Join(names[:last], ", "), "Last", names[last])
}
