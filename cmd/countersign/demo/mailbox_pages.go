package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// The HTML of a mail is shown as a mail program would: no script, no form, no
// picture from elsewhere, and in an origin of its own (CSP sandbox). Its links
// open new windows that are like any other.
const mailCSP = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

// Handler serves the pages of the mailbox: the list at /, a message at
// /messages/{id}, its HTML at /messages/{id}/html, and for tests all messages,
// oldest first, at /messages.json (?to= names one recipient). All of it only
// reads.
func (m *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", m.list)
	mux.HandleFunc("GET /messages/{id}", m.show)
	mux.HandleFunc("GET /messages/{id}/html", m.showHTML)
	mux.HandleFunc("GET /messages.json", m.listJSON)
	mux.HandleFunc("GET /style.css", style)
	return mux
}

type mailboxPage struct {
	Title, Notice string
	Messages      []Message // newest first
}

func (m *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	messages := m.Messages()
	slices.Reverse(messages)
	page{"mailbox", mailboxPage{"Mailbox", m.config.Notice, messages}}.write(w, r, http.StatusOK)
}

type messagePage struct {
	Title, Notice string
	Message       Message
	Text          []span
}

func (m *Mailbox) show(w http.ResponseWriter, r *http.Request) {
	if found, ok := m.named(w, r); ok {
		page{"message", messagePage{found.Subject, m.config.Notice, found, spans(found.Text)}}.write(w, r, http.StatusOK)
	}
}

func (m *Mailbox) showHTML(w http.ResponseWriter, r *http.Request) {
	found, ok := m.named(w, r)
	if !ok {
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailCSP)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(found.HTML)) // the reader may be gone
}

func (m *Mailbox) listJSON(w http.ResponseWriter, r *http.Request) {
	messages := []Message{}
	to := r.URL.Query().Get("to")
	for _, one := range m.Messages() {
		if to == "" || slices.Contains(one.To, to) {
			messages = append(messages, one)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Messages []Message `json:"messages"`
	}{messages}) // the reader may be gone
}

// named finds the message a path names, or answers 404.
func (m *Mailbox) named(w http.ResponseWriter, r *http.Request) (Message, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if found, ok := m.message(id); err == nil && ok {
		return found, true
	}
	http.NotFound(w, r)
	return Message{}, false
}
