package templates

import "time"

// InvitedMail invites another person to approve with a seller. Its greeting is
// theirs: Facts.Name is the person, Owner the seller.
type InvitedMail struct {
	MailFrame
	Owner string
	Join  Link
	Until time.Time
}

// ForetoldMail tells such a person that they will be asked for their word.
type ForetoldMail struct {
	MailFrame
	Owner string
	Stop  Link
}

// AskedMail asks such a person for their word.
type AskedMail struct {
	MailFrame
	Owner   string
	Approve Link
	Until   time.Time
	Again   bool // this link replaces the one before
}

// AgreedMail tells them that they agreed.
type AgreedMail struct {
	MailFrame
	Owner string
	At    time.Time
}

// toAnother sets what closes a mail to another person than the seller.
func (c *composer) toAnother() { c.last, c.why = "mail.approver.other", "mail.approver.why" }

func (m InvitedMail) subject(w *words) (string, error) { return w.t("mail.approver.invited.subject") }

func (m InvitedMail) body(c *composer) {
	c.toAnother()
	c.say("mail.approver.invited.lead", "Name", m.Owner)
	c.add(block{Kind: blockLink, Text: sentence(c.word("mail.approver.invited.do", "Until", c.fullDate(m.Until))), URL: m.Join})
	c.say("mail.approver.invited.not", "Name", m.Owner)
}

func (m ForetoldMail) subject(w *words) (string, error) {
	return w.t("mail.approver.told.subject", "Ref", m.Facts.ShortReference())
}

func (m ForetoldMail) body(c *composer) {
	c.toAnother()
	c.say("mail.approver.told.lead", "Name", m.Owner)
	c.facts()
	c.link("mail.approver.told.here", m.Stop)
	c.say("mail.approver.asked.call", "Name", m.Owner)
}

func (m AskedMail) subject(w *words) (string, error) {
	if m.Again {
		return w.t("mail.approver.asked.again", "Ref", m.Facts.ShortReference())
	}
	return w.t("mail.approver.asked.subject", "Ref", m.Facts.ShortReference())
}

func (m AskedMail) body(c *composer) {
	c.toAnother()
	c.say("mail.approver.asked.lead", "Name", m.Owner, "Until", c.fullDate(m.Until))
	c.facts()
	c.link("mail.approver.asked.here", m.Approve)
	c.say("mail.approver.asked.call", "Name", m.Owner)
}

func (m AgreedMail) subject(w *words) (string, error) {
	return w.t("mail.approver.done.subject", "Ref", m.Facts.ShortReference())
}

func (m AgreedMail) body(c *composer) {
	c.toAnother()
	c.say("mail.approver.done.lead", "Name", m.Owner, "When", c.fullDate(m.At))
	c.facts()
	c.say("mail.approver.done.not", "Name", m.Owner)
}
