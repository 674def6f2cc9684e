package templates

import "time"

// composer collects the blocks of one mail. The first error sticks and the
// mail is not sent.
type composer struct {
	*words
	other  *words
	frame  MailFrame
	typed  string // the address a reader can type
	stop   string // the words before the stop link
	last   string // the line in the other language
	why    string // the words that say why the mail came
	blocks []block
	err    error
}

// say appends a paragraph.
func (c *composer) say(key string, pairs ...any) {
	c.add(block{Kind: blockText, Text: sentence(c.word(key, pairs...))})
}

// sayAbout appends a paragraph that fits the facts.
func (c *composer) sayAbout(key string, pairs ...any) {
	c.add(block{Kind: blockText, Text: sentence(c.keep(c.about(c.frame.Facts, key, append(pairs, "Marketplace", c.frame.Marketplace)...)))})
}

// link appends a paragraph that ends in a link on a line of its own.
func (c *composer) link(key string, url Link) {
	c.add(block{Kind: blockLink, Text: sentence(c.word(key)), URL: url})
}

func (c *composer) add(b block) { c.blocks = append(c.blocks, b) }

// word and keep note the first error and go on, so that a mail's body reads
// from top to bottom.
func (c *composer) word(key string, pairs ...any) string {
	return c.keep(c.t(key, append(pairs, "Marketplace", c.frame.Marketplace)...))
}

func (c *composer) keep(s string, err error) string {
	if err != nil && c.err == nil {
		c.err = err
	}
	return s
}

func (c *composer) fullDate(at time.Time) string  { return c.keep(c.full(c.frame.Zone, at)) }
func (c *composer) length(d time.Duration) string { return c.keep(c.span(d)) }

// facts appends the block of facts, the same in every mail about an action; a
// mail about the seller alone has none.
func (c *composer) facts() {
	f := c.frame.Facts
	if f.Reference == "" {
		return
	}
	rows := []row{}
	add := func(key, value string) { rows = append(rows, row{Label: c.word(key), Value: value}) }
	if f.Loan != nil {
		add("loan.sum", c.keep(c.money(f.Loan.Sum)))
		add("loan.words", c.keep(c.moneyWords(f.Loan.Sum)))
		add("loan.lender", f.Loan.Lender)
		if f.Loan.Reference != "" {
			add("loan.reference", f.Loan.Reference)
		}
	}
	if f.Defined != nil {
		rows = append(rows, c.definedRows(f)...)
	} else {
		rows = append(rows, c.sides(f)...)
	}
	if f.Before != nil {
		add("age", c.keep(c.before(*f.Before, c.frame.Zone)))
	}
	add("when", c.fullDate(f.Asked.At))
	add("device", c.keep(c.device(f.Asked.Device)))
	if place := c.keep(c.place(f.Asked.Place)); place != "" {
		add("place", place)
	}
	add("reference", f.Reference)
	c.add(block{Kind: blockFacts, Rows: rows})
}

// sides are the old and the new side of a change.
func (c *composer) sides(f Facts) []row {
	var rows []row
	if f.From != nil {
		rows = append(rows, row{Label: c.keep(c.side(f, "now", "mail.now")), Value: c.numbered(*f.From)})
	}
	rows = append(rows, row{Label: c.keep(c.side(f, "next", "mail.next")), Value: c.numbered(f.To)})
	if f.To.NameCheck != "" {
		rows = append(rows, row{Label: c.word("check"), Value: c.keep(c.checked(f.To))})
	}
	return rows
}

func (c *composer) numbered(a Account) string {
	if a.Text != "" {
		return a.Text
	}
	return a.Plain + "  " + c.keep(c.line(a))
}

// greet opens the mail with what only the marketplace knows: the name.
func (c *composer) greet() {
	name := c.frame.Facts.Name
	if b := c.frame.Facts.Business; b != "" && b != name {
		name += ", " + b
	}
	c.add(block{Kind: blockText, Text: name})
}

// close says how to stop the action, how to reach the marketplace by typing,
// and why the mail came.
func (c *composer) close() {
	switch {
	case c.frame.Stop == "":
	case c.frame.Over:
		c.link("mail.report", c.frame.Stop)
		c.say("mail.inert")
	default:
		c.link(c.stop, c.frame.Stop)
		c.say("mail.inert")
	}
	c.small("mail.typed", "Address", c.typed)
	c.small("never")
	c.small(c.why)
	other, err := c.other.t(c.last)
	c.add(block{Kind: blockOther, Text: c.keep(other, err), Lang: c.other.locale})
}

func (c *composer) small(key string, pairs ...any) {
	c.add(block{Kind: blockSmall, Text: c.word(key, pairs...)})
}
