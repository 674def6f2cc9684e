package templates

import (
	"time"

	"countersign/approvals"
)

// step is one line of the way an action goes.
type step struct {
	Text string
	Mark mark
	At   time.Time
}

// mark says how far a step is.
type mark string

const (
	markDone  mark = "done"
	markHere  mark = "here"
	markNext  mark = "next"
	markEnded mark = "ended"
)

// steps are the five steps of an action. Those that happened have their
// times; an action that ended early stops where it was, with its end as last
// step.
func (w *words) steps(p Status) ([]step, error) {
	l := stepList{words: w}
	l.add("step.asked", p.Facts.Asked.At)
	l.add(stepKey("step.approved", p.Method), p.Times.Approved)
	l.wait(p)
	l.add("step.confirm", p.Times.Confirmed)
	l.aboutStep(p.Facts, p.Times.Executed)
	if l.err != nil {
		return nil, l.err
	}
	done := l.done()
	if p.State.Final() && p.State != approvals.Executed {
		end, err := w.t("step.end." + string(p.State))
		return append(l.steps[:done], step{Text: end, Mark: markEnded, At: p.Times.Ended}), err
	}
	if done < len(l.steps) {
		l.steps[done].Mark = markHere
	}
	return l.steps, nil
}

type stepList struct {
	*words
	steps []step
	err   error
}

func stepKey(key string, m approvals.Method) string {
	if m == "" {
		return key
	}
	return key + "." + string(m)
}

func (l *stepList) add(key string, at time.Time) { l.put(at)(l.t(key)) }

func (l *stepList) put(at time.Time) func(string, error) {
	return func(text string, err error) {
		if err != nil && l.err == nil {
			l.err = err
		}
		l.steps = append(l.steps, step{Text: text, Mark: markNext, At: at})
	}
}

// wait adds the cooling-off, which counts as over once the window has opened.
func (l *stepList) wait(p Status) {
	over := time.Time{}
	if !p.Times.NotBefore.IsZero() && !p.Now.Before(p.Times.NotBefore) {
		over = p.Times.NotBefore
	}
	if p.Wait == 0 {
		l.add("step.cooling", over)
		return
	}
	length, err := l.span(p.Wait)
	if err != nil && l.err == nil {
		l.err = err
	}
	l.put(over)(l.t("step.cooling.length", "Wait", length))
}

func (l *stepList) aboutStep(f Facts, at time.Time) { l.put(at)(l.about(f, "step.inuse")) }

// done marks the steps that have a time, from the first on, and returns how
// many there are.
func (l *stepList) done() int {
	for i := range l.steps {
		if l.steps[i].At.IsZero() {
			return i
		}
		l.steps[i].Mark = markDone
	}
	return len(l.steps)
}
