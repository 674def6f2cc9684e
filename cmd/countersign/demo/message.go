package demo

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// Message is one mail as it arrived. It is also an element of /messages.json.
type Message struct {
	ID         int                 `json:"id"`
	ReceivedAt time.Time           `json:"received_at"`
	From       string              `json:"from"` // of the envelope
	To         []string            `json:"to"`   // of the envelope
	Subject    string              `json:"subject"`
	Headers    map[string][]string `json:"headers"`
	Text       string              `json:"text"`
	HTML       string              `json:"html"`
	Links      []string            `json:"links"` // in the text, in order, each once
}

// envelope is a message as it is kept on disk.
type envelope struct {
	ReceivedAt time.Time `json:"received_at"`
	From       string    `json:"from"`
	To         []string  `json:"to"`
	Raw        []byte    `json:"raw"`
}

// message reads what can be read. A mail that is not well-formed keeps its
// bytes as text.
func (e envelope) message(id int) Message {
	m := Message{ID: id, ReceivedAt: e.ReceivedAt, From: e.From, To: e.To, Headers: map[string][]string{}, Links: []string{}}
	parsed, err := mail.ReadMessage(bytes.NewReader(e.Raw))
	if err != nil {
		m.Text = strings.ToValidUTF8(string(e.Raw), "\uFFFD")
		return m
	}
	m.Headers = parsed.Header
	m.Subject = decodeWords(parsed.Header.Get("Subject"))
	m.read(part{parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body}, 0)
	m.Links = linksIn(m.Text)
	return m
}

// decodeWords reads RFC 2047 words.
func decodeWords(s string) string {
	if decoded, err := (&mime.WordDecoder{}).DecodeHeader(s); err == nil {
		return decoded
	}
	return s
}

// part is one part of a multipart body, or a whole body.
type part struct {
	kind, encoding string
	body           io.Reader
}

const maxDepth = 5

// read takes the first text and the first HTML it meets.
func (m *Message) read(p part, depth int) {
	kind, params, err := mime.ParseMediaType(p.kind)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < maxDepth {
		parts := multipart.NewReader(p.body, params["boundary"])
		for {
			next, err := parts.NextRawPart()
			if err != nil {
				return
			}
			m.read(part{next.Header.Get("Content-Type"), next.Header.Get("Content-Transfer-Encoding"), next}, depth+1)
		}
	}
	switch {
	case kind == "text/plain" && m.Text == "":
		m.Text = p.text()
	case kind == "text/html" && m.HTML == "":
		m.HTML = p.text()
	}
}

func (p part) text() string {
	r := p.body
	switch strings.ToLower(p.encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	b, _ := io.ReadAll(r) // what could be decoded is shown
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\r\n", "\n")
}

var linkPattern = regexp.MustCompile(`https?://[^\s<>"')\]]+`)

// linksIn returns the web addresses in a text, without the full stop that
// ends a sentence.
func linksIn(text string) []string {
	links, seen := []string{}, map[string]bool{}
	for _, l := range linkPattern.FindAllString(text, -1) {
		l = strings.TrimRight(l, ".,;:")
		if !seen[l] {
			seen[l] = true
			links = append(links, l)
		}
	}
	return links
}

// span is a piece of a text, a link or not.
type span struct {
	Text string
	Link bool
}

// spans cuts a text at its links, so that a page can make them links.
func spans(text string) []span {
	var out []span
	for text != "" {
		at := linkPattern.FindStringIndex(text)
		if at == nil {
			return append(out, span{Text: text})
		}
		link := strings.TrimRight(text[at[0]:at[1]], ".,;:")
		if at[0] > 0 {
			out = append(out, span{Text: text[:at[0]]})
		}
		out = append(out, span{Text: link, Link: true})
		text = text[at[0]+len(link):]
	}
	return out
}
