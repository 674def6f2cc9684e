package templates

import (
	"slices"
	"time"

	"countersign/approvals"
)

// sampleLoan makes a loan of the story's change, paid into the new account.
func sampleLoan(f Facts) Facts {
	f.Kind, f.Reference, f.From = approvals.LoanDisbursement, "LN-3P8T-5V7W", nil
	f.Loan = &Loan{Sum{"12500.50", "EUR"}, "Bottega Capital S.p.A.", "L-2026-118"}
	f.Before = &Before{Since: time.Date(2026, time.November, 8, 8, 30, 0, 0, time.UTC)}
	return f
}

// sampleSwitch makes a switch of it, to an account used until the spring.
func sampleSwitch(f Facts) Facts {
	at := time.Date(2026, time.March, 12, 8, 30, 0, 0, time.UTC)
	f.Kind, f.Reference, f.Before = approvals.PayoutAccountSwitch, "SW-5V7W-3P8T", &Before{Since: at.AddDate(-1, 0, 0), Until: at}
	return f
}

// samplePound is a loan in another currency, to an account nobody has paid into.
func samplePound(f Facts) Facts {
	f = sampleLoan(f)
	f.Loan, f.Before = &Loan{Sum: Sum{"200.00", "GBP"}, Lender: "Bottega Capital Ltd"}, &Before{}
	return f
}

// sampleYen is one in a currency without a sign of its own, too large for a subject.
func sampleYen(f Facts) Facts {
	f = sampleLoan(f)
	f.Loan = &Loan{Sum: Sum{"123456789012345678", "JPY"}, Lender: "Bottega Capital KK"}
	return f
}

// loanPages are the samples whose words differ for a loan, by name.
var loanPages = []string{
	"review-open", "review-confirm", "review-no-match", "review-again", "code-open",
	"answer-open", "answer-over", "answer-held", "answer-locked", "answer-cancelled",
	"stop-open", "stop-late", "stopped-mind", "stopped-not-me", "stopped-not-me-late",
	"status-awaiting-step-up", "status-cooling-off", "status-approved", "status-releasing", "status-executed", "status-unresolved",
	"status-execution-failed", "status-held-bounced", "status-held-notice", "status-held-locked", "status-held-mismatch", "status-held-agent",
	"status-cancelled-superseded", "status-denied", "status-expired-silence", "status-expired-marketplace", "status-expired-hold", "status-failed",
}

var switchPages = []string{"review-open", "review-confirm", "code-open", "answer-open", "stop-open", "status-executed"}

var loanMails = []string{
	"01-requested", "02-notice", "02-notice-code", "02-notice-again", "02-notice-now", "03-soon", "04-confirm", "04b-confirm-again", "05-executed",
	"06-cancelled-changed_mind", "06-cancelled-not_me", "06-cancelled-marketplace", "06-cancelled-superseded", "06-cancelled-support",
	"07-ended-silence", "07-ended-marketplace", "07-ended-hold", "07-ended-failed", "08-locked-not-me", "08-locked-not-me-late", "09b-held", "10b-again",
}

var switchMails = []string{"01-requested", "02-notice", "02-notice-now", "05-executed", "06-cancelled-changed_mind"}

// sampleKindPages are the pages of a loan and of a switch: the very samples of a
// change, about something else.
func sampleKindPages() []Sample {
	all := slices.Concat(sampleOwnPages(), SampleReviews(), SampleCodes(), SampleStatuses(), SampleAnswers(), SampleStops())
	var out []Sample
	add := func(suffix string, names []string, as func(Facts) Facts) {
		for _, s := range all {
			if slices.Contains(names, s.Name) {
				out = append(out, Sample{s.Name + "-" + suffix, pageAs(s.Page, as)})
			}
		}
	}
	add("loan", loanPages, sampleLoan)
	add("loan-pound", []string{"review-open"}, samplePound)
	add("loan-yen", []string{"review-open"}, sampleYen)
	add("switch", switchPages, sampleSwitch)
	add("defined", definedPages, sampleDefined)
	add("bare", []string{"review-open", "status-held-review"}, sampleBare)
	return out
}

// pageAs is a page about an action, about another one.
func pageAs(p Page, as func(Facts) Facts) Page {
	switch p := p.(type) {
	case Review:
		p.Facts, p.Signed = as(p.Facts), nil
		return p
	case Code:
		p.Facts = as(p.Facts)
		return p
	case Status:
		p.Facts = as(p.Facts)
		return p
	case Answer:
		p.Facts = as(p.Facts)
		return p
	case Stop:
		p.Facts = as(p.Facts)
		return p
	case Stopped:
		p.Facts = as(p.Facts)
		return p
	case Approver:
		p.Facts = as(p.Facts)
		return p
	}
	return p
}

// sampleKindMails are the mails of a loan and of a switch.
func sampleKindMails(all []MailSample) []MailSample {
	var out []MailSample
	add := func(suffix string, names []string, as func(Facts) Facts) {
		for _, s := range all {
			if slices.Contains(names, s.Name) {
				out = append(out, MailSample{s.Name + "-" + suffix, mailAs(s.Mail, as)})
			}
		}
	}
	add("loan", loanMails, sampleLoan)
	add("loan-yen", []string{"01-requested"}, sampleYen)
	add("switch", switchMails, sampleSwitch)
	add("defined", definedMails, sampleDefined)
	add("bare", []string{"01-requested", "02-notice", "04b-confirm-again"}, sampleBare)
	return out
}

func mailAs(m Mail, as func(Facts) Facts) Mail {
	switch m := m.(type) {
	case RequestedMail:
		m.Facts = as(m.Facts)
		return m
	case NoticeMail:
		m.Facts = as(m.Facts)
		return m
	case SoonMail:
		m.Facts = as(m.Facts)
		return m
	case ConfirmMail:
		m.Facts = as(m.Facts)
		return m
	case ExecutedMail:
		m.Facts = as(m.Facts)
		return m
	case CancelledMail:
		m.Facts = as(m.Facts)
		return m
	case EndedMail:
		m.Facts = as(m.Facts)
		return m
	case LockedMail:
		m.Facts = as(m.Facts)
		return m
	case HeldMail:
		m.Facts = as(m.Facts)
		return m
	case AgainMail:
		m.Facts = as(m.Facts)
		return m
	case AskedMail:
		m.Facts = as(m.Facts)
		return m
	}
	return m
}
