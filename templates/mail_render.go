package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"
)

// letter is what both mail templates print, so that text and HTML say the
// same words.
type letter struct {
	Locale  Locale
	Subject string
	Demo    string
	Blocks  []block
}

// subjectLimit is the length most programs show (UX §6.2).
const subjectLimit = 60

// Mail renders m in locale l.
func (r *Renderer) Mail(l Locale, m Mail) (Message, error) {
	if !l.Known() {
		return Message{}, fmt.Errorf("render mail %T: no locale %q", m, l)
	}
	letter, err := r.compose(l, m)
	if err != nil {
		return Message{}, fmt.Errorf("render mail %T: %w", m, err)
	}
	var text, html bytes.Buffer
	if err := r.mailText[l].Execute(&text, letter); err != nil {
		return Message{}, fmt.Errorf("render mail %T: text: %w", m, err)
	}
	if err := r.mailHTML[l].Execute(&html, letter); err != nil {
		return Message{}, fmt.Errorf("render mail %T: HTML: %w", m, err)
	}
	return Message{Subject: letter.Subject, Text: text.String(), HTML: html.String()}, nil
}

func (r *Renderer) compose(l Locale, m Mail) (letter, error) {
	about := m.mailFrame().Facts
	w := r.words[l].of(about)
	subject, err := m.subject(w)
	if err != nil {
		return letter{}, err
	}
	if n := utf8.RuneCountInString(subject); n > subjectLimit {
		return letter{}, fmt.Errorf("subject has %d characters, more than %d", n, subjectLimit)
	}
	c := &composer{words: w, other: r.words[otherLocale(l)].of(about), frame: m.mailFrame(), typed: r.typed(l), stop: "mail.stop", last: "mail.other", why: "mail.why"}
	c.greet()
	m.body(c)
	c.close()
	if c.err != nil {
		return letter{}, c.err
	}
	demo, err := r.demo(w)
	if err != nil {
		return letter{}, err
	}
	return letter{Locale: l, Subject: subject, Demo: demo, Blocks: c.blocks}, nil
}

// otherLocale is the language of a mail's last line.
func otherLocale(l Locale) Locale {
	if l == EN {
		return IT
	}
	return EN
}

// demo is the banner of a demo, or nothing.
func (r *Renderer) demo(w *words) (string, error) {
	if r.cfg.DemoWait == 0 {
		return "", nil
	}
	wait, err := w.span(r.cfg.DemoWait)
	if err != nil {
		return "", err
	}
	return w.t("demo", "Wait", wait)
}

func (r *Renderer) loadMails(l Locale) error {
	text, err := texttemplate.New("mail.txt").Funcs(texttemplate.FuncMap{
		"wrap": wrap, "table": table,
	}).ParseFS(templateFiles, "mail/mail.txt")
	if err != nil {
		return fmt.Errorf("parse text mail: %w", err)
	}
	html, err := template.New("mail.html").ParseFS(templateFiles, "mail/mail.html")
	if err != nil {
		return fmt.Errorf("parse HTML mail: %w", err)
	}
	r.mailText[l], r.mailHTML[l] = text, html
	return nil
}

// lineWidth keeps text mails readable in a narrow window.
const lineWidth = 78

// wrap breaks a paragraph at spaces, but for those that do not break. A word
// longer than a line, such as an address, stays whole.
func wrap(s string) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > lineWidth:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += length
	}
	return b.String()
}

// table sets rows in two columns, indented by two spaces.
func table(rows []row) string {
	width := 0
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r.Label))
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(r.Label)+2)
		lines[i] = "  " + r.Label + pad + r.Value
	}
	return strings.Join(lines, "\n")
}
