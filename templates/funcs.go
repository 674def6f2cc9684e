package templates

import (
	"html/template"
	"strings"
)

// funcs are the words a template can use. They are bound to one locale, so
// that a template cannot mix two.
func (r *Renderer) funcs(w *words) template.FuncMap {
	return template.FuncMap{
		"lang":       func() string { return string(w.locale) },
		"t":          w.t,
		"n":          w.n,
		"side":       func(f Facts, which, key string) (string, error) { return w.side(f, which, key) },
		"about":      func(f Facts, key string, pairs ...any) (string, error) { return w.about(f, key, pairs...) },
		"full":       w.full,
		"medium":     w.medium,
		"short":      w.short,
		"brief":      w.brief,
		"clock":      w.clock,
		"iso":        iso,
		"relative":   w.relative,
		"span":       w.span,
		"spoken":     w.spoken,
		"where":      w.where,
		"money":      w.money,
		"moneyWords": w.moneyWords,
		"before":     w.before,
		"who":        w.who,
		"place":      w.place,
		"device":     w.device,
		"holdText":   w.hold,
		"nameCheck":  w.nameCheck,
		"kindName":   w.kindName,
		"label":      w.label,
		"method":     w.method,
		"title":      func(p Page) (string, error) { return p.title(w) },
		"faults":     func(p Page) []fault { return p.faults() },
		"others":     func(p Page) []Language { return others(p.frame().Languages, w.locale) },
		"csrf":       func(p Page) string { return p.frame().CSRF },
		"asset":      r.Asset,
		"domain":     func() string { return r.cfg.PasskeyDomain },
		"typed":      func() string { return r.typed(w.locale) },
		"demo":       func() (string, error) { return r.demo(w) },
		"groups":     groups,
		"langName":   func(l Locale) (string, error) { return r.words[l].t("language.name") },
		"stateText":  w.stateText,
		"why":        w.why,
		"noticeLead": w.noticeLead,
		"noticeThen": w.noticeEffect,
		"noticeRows": w.noticeRows,
		"stateMore":  w.stateMore,
		"resultText": w.resultText,
		"steps":      w.steps,

		"capital":     sentence,
		"entryWhat":   w.entryWhat,
		"entryResult": w.entryResult,
	}
}

// others leaves the page's own language out.
func others(all []Language, own Locale) []Language {
	out := make([]Language, 0, len(all))
	for _, l := range all {
		if l.Locale != own {
			out = append(out, l)
		}
	}
	return out
}

// groups writes a key or digest in groups of four characters.
func groups(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
