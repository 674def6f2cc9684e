package templates

import "time"

// Message is a rendered mail. The text is complete by itself; the HTML says
// the same words.
type Message struct {
	Subject string // at most 60 characters
	Text    string
	HTML    string
}

// Mail is one mail of UX §6. Only this package defines mails.
type Mail interface {
	// subject is at most 60 characters and names no more than four digits of
	// an account.
	subject(w *words) (string, error)
	// body appends what happened, the facts, and what to do. Greeting and
	// footer are the same for all and not its business.
	body(c *composer)
	mailFrame() MailFrame
}

// MailFrame is what every mail carries around its message.
type MailFrame struct {
	Marketplace string
	Facts       Facts          // Name and Business alone when the mail is about no action
	Zone        *time.Location // the seller's; nil is UTC
	Stop        Link           // the page of S7; empty when the mail is about no action
	Over        bool           // from releasing on: Stop only reports "I did not ask for this"
}

func (f MailFrame) mailFrame() MailFrame { return f }

// blockKind is how a block of a mail is set.
type blockKind string

const (
	blockText  blockKind = "text"
	blockFacts blockKind = "facts"
	blockLink  blockKind = "link"
	blockSmall blockKind = "small"
	blockOther blockKind = "other" // one line in the other language
)

// block is a paragraph, a list of facts, or a paragraph that ends in a link on
// a line of its own.
type block struct {
	Kind blockKind
	Text string
	Rows []row
	URL  Link
	Lang Locale // of blockOther
}
