package templates

import "countersign/approvals"

// SecurityMail is a security notice: mails 11 to 13 and their kin. Stop leads to
// the page of "this was not me".
type SecurityMail struct {
	MailFrame
	Notice  SecurityNotice
	Recover Link // sets up what is new; of an open recovery alone, and in no page
}

func (m SecurityMail) subject(w *words) (string, error) { return w.noticeSubject(m.Notice) }

func (m SecurityMail) body(c *composer) {
	c.add(block{Kind: blockText, Text: c.keep(c.noticeLead(m.Notice, m.Marketplace, m.Zone))})
	effect, err := c.noticeEffect(m.Notice, m.Zone)
	c.keep("", err)
	for _, s := range effect {
		c.add(block{Kind: blockText, Text: s})
	}
	rows, err := c.noticeRows(m.Notice, m.Zone)
	c.keep("", err)
	c.add(block{Kind: blockFacts, Rows: rows})
	you, stop := "notice.you", "notice.stop"
	if m.Notice.What.Support() || m.Notice.What == approvals.SecurityRecoveryDeclined {
		you, stop = "notice.you.support", "notice.stop.support"
	}
	if m.Recover != "" {
		c.link("support.link", m.Recover)
	} else {
		c.say(you)
	}
	c.stop, c.last = stop, "notice.other"
}
