package templates

import "countersign/approvals"

// Sentence is a rule's sentence, by locale.
type Sentence map[string]string

// ReasonOf is the sentence of the rule that decided about an action: why it waits,
// or why it was refused. Of what two people look at there is none, since that would
// tell a thief what was found.
func ReasonOf(a approvals.Action) Sentence {
	d := a.Decision
	if len(d.Rules) == 0 || a.State != approvals.Denied && d.Outcome != approvals.Allow {
		return nil
	}
	return d.Rules[0].Text
}

// rule is a sentence in the reader's language, in English where it has no other.
func (w *words) rule(s Sentence) string {
	if text := s[string(w.locale)]; text != "" {
		return text
	}
	return s[string(EN)]
}

// why says why an action waits, nothing where no rule says it.
func (w *words) why(s Sentence) (string, error) {
	text := w.rule(s)
	if text == "" {
		return "", nil
	}
	return w.t("wait.why", "Rule", text)
}
