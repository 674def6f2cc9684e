package templates

import (
	"unicode/utf8"

	"countersign/approvals"
)

func (m RequestedMail) subject(w *words) (string, error) {
	if m.Facts.Loan == nil {
		return w.about(m.Facts, "mail.requested.subject")
	}
	sum, err := w.moneyPlain(m.Facts.Loan.Sum)
	if err != nil {
		return "", err
	}
	subject, err := w.about(m.Facts, "mail.requested.subject", "Sum", sum)
	if err == nil && utf8.RuneCountInString(subject) > subjectLimit { // the sum has up to 18 digits
		return w.t("mail.requested.subject.long", "Ref", m.Facts.ShortReference())
	}
	return subject, err
}

func (m RequestedMail) body(c *composer) {
	c.sayAbout("mail.requested.lead", "When", c.fullDate(m.Facts.Asked.At))
	c.facts()
	c.say("mail.requested.you")
	c.sayAbout("mail.safe")
}

func (m NoticeMail) subject(w *words) (string, error) {
	if m.Wait == 0 {
		return w.about(m.Facts, "mail.notice.subject.now")
	}
	wait, err := w.spanShort(m.Wait)
	if err != nil {
		return "", err
	}
	return w.about(m.Facts, "mail.notice.subject", "Wait", wait)
}

func (m NoticeMail) body(c *composer) {
	how := c.keep(c.method(m.Method, m.Label))
	switch {
	case m.Again:
		c.say("mail.notice.again", "How", how, "From", c.fullDate(m.NotBefore))
	case m.Wait == 0:
		c.say("mail.notice.now", "How", how)
	default:
		c.say("mail.notice.lead", "How", how, "Wait", c.length(m.Wait))
		if text := c.keep(c.words.why(m.Why)); text != "" {
			c.add(block{Kind: blockText, Text: sentence(text)})
		}
	}
	c.say("mail.notice.then." + string(m.Method))
	c.facts()
	c.say("mail.requested.you")
	c.sayAbout("mail.safe")
	if !m.Again {
		c.stop = "mail.notice.stop"
	}
}

func (m VerifyMail) subject(w *words) (string, error) {
	return w.t("mail.verify.subject", "Ref", m.Facts.ShortReference())
}

func (m VerifyMail) body(c *composer) {
	c.say("mail.verify.lead", "When", c.fullDate(m.Facts.Asked.At), "Name", m.Facts.Name) // and no more: it may be a stranger's address
	c.link("mail.verify.do", m.Verify)
	c.say("mail.verify.not")
}

// method names an authenticator as mails do: `your passkey "MacBook"`.
func (w *words) method(m approvals.Method, label string) (string, error) {
	if label == "" {
		return w.t("method." + string(m))
	}
	return w.t("method.named."+string(m), "Label", label)
}

func (m SoonMail) subject(w *words) (string, error) {
	since, err := w.since(m.Zone, m.NotBefore)
	if err != nil {
		return "", err
	}
	return w.about(m.Facts, "mail.soon.subject", "Since", since)
}

func (m SoonMail) body(c *composer) {
	c.say("mail.soon.lead", "From", c.fullDate(m.NotBefore))
	c.facts()
	c.say("mail.requested.you")
	c.sayAbout("mail.safe")
}

func (m ConfirmMail) subject(w *words) (string, error) {
	if m.Again {
		return w.about(m.Facts, "mail.confirm.again.subject")
	}
	return w.about(m.Facts, "mail.confirm.subject")
}

func (m ConfirmMail) body(c *composer) {
	until := c.fullDate(m.ConfirmBy)
	if m.Again {
		c.sayAbout("mail.confirm.again", "Until", until)
	} else {
		c.sayAbout("mail.confirm.lead", "Until", until)
	}
	c.facts()
	c.link("mail.confirm.here", m.Confirm)
	c.say("mail.confirm.life", "Life", c.length(m.LinkLife))
	c.say("mail.confirm.three." + string(m.Method))
	c.say("wait.safe")
}

func (m ExecutedMail) subject(w *words) (string, error) {
	return w.about(m.Facts, "mail.executed.subject")
}

func (m ExecutedMail) body(c *composer) {
	c.sayAbout("mail.executed.lead", "When", c.fullDate(m.At))
	c.facts()
	c.say("mail.executed.you")
}

func (m CancelledMail) subject(w *words) (string, error) {
	return w.about(m.Facts, "mail.cancelled.subject")
}

func (m CancelledMail) body(c *composer) {
	c.say("mail.cancelled."+string(m.Reason), "When", c.fullDate(m.At))
	c.sayAbout("mail.nothing")
	c.facts()
	c.say("mail.requested.you")
}

func (m EndedMail) subject(w *words) (string, error) {
	return w.about(m.Facts, "mail.ended.subject")
}

func (m EndedMail) body(c *composer) {
	at := c.fullDate(m.At)
	if m.Failed {
		c.say("mail.ended.failed", "When", at)
		if !m.Retry.IsZero() {
			c.say("more.failed", "When", c.fullDate(m.Retry))
		}
	} else {
		c.say("mail.ended."+string(m.End), "When", at)
	}
	c.sayAbout("mail.nothing")
	c.facts()
	c.say("mail.ended.again")
}

func (m LockedMail) subject(w *words) (string, error) {
	return w.cased("mail.locked.subject."+string(m.why()), m.Case)
}

func (m LockedMail) why() approvals.LockReason { return lockedBy(m.Why) }

// cased adds the case number in brackets where there is one.
func (w *words) cased(key, number string) (string, error) {
	subject, err := w.t(key)
	if err != nil || number == "" {
		return subject, err
	}
	return subject + " (" + number + ")", nil
}

func (m LockedMail) body(c *composer) {
	why := "mail.locked." + string(m.why())
	if m.Facts.Reference == "" && m.why() == approvals.LockNotMe {
		why += ".alone"
	}
	c.say(why, "When", c.fullDate(m.At))
	switch {
	case m.Facts.Reference == "":
	case m.TooLate:
		c.sayAbout("locked.toolate")
	default:
		c.sayAbout("mail.nothing")
	}
	c.facts()
	c.say("locked.held.text")
	c.say("locked.do.1")
	c.say("locked.do.2")
	if m.Case != "" {
		c.say("mail.locked.case", "Case", m.Case)
	} else {
		c.say("mail.locked.nocase")
	}
}

func (m HeldMail) subject(w *words) (string, error) {
	return w.cased("mail.held.subject", m.Case)
}

func (m HeldMail) body(c *composer) {
	c.say("mail.held.lead")
	c.add(block{Kind: blockText, Text: c.keep(c.hold(m.Hold, m.Marketplace))})
	c.facts()
	c.say("wait.idle")
	c.sayAbout("mail.safe")
}

// hold is the sentence that says why an action is on hold.
func (w *words) hold(h Hold, marketplace string) (string, error) {
	if h.Code == approvals.HoldNotice && h.Address != "" {
		return w.t("hold.notice_failed.address", "Address", h.Address)
	}
	return w.t("hold."+string(h.Code), "Marketplace", marketplace)
}

func (m AgainMail) subject(w *words) (string, error) {
	return w.about(m.Facts, "mail.again.subject")
}

func (m AgainMail) body(c *composer) {
	c.say("mail.again.lead", "Until", c.fullDate(m.StepUpBy))
	c.facts()
	c.say("mail.again.how")
	c.sayAbout("mail.safe")
}
