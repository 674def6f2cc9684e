package demo

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"countersign/client"
)

// loanOffers are the sums that a seller can ask for.
var loanOffers = []string{"5000.00", "12000.00", "20000.00"}

type loanPage struct {
	frame
	Locked   bool
	Latest   *status // the newest loan, also when it is over
	Open     bool    // it is not over
	Past     []past
	Offers   []string
	Currency string
	Outlook  outlook
	Faults   []fault
}

// outlook is what the gateway says of a loan before it is asked for.
type outlook struct {
	Kind  string // of the note: info or warn
	Rules []string
}

// offer is the loan a seller is offered, paid into an account.
func offer(s seller, amount string, to client.Destination) *client.Loan {
	return &client.Loan{Amount: amount, Currency: currencyOf(s), Lender: "Bottega Capital", Reference: "CAP-" + s.ID, Destination: to}
}

func currencyOf(s seller) string {
	if s.Country == "GB" {
		return "GBP"
	}
	return "EUR"
}

// loan shows the newest loan and the form.
func (m *Marketplace) loan(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	m.showLoan(w, r, s, nil)
}

func (m *Marketplace) showLoan(w http.ResponseWriter, r *http.Request, s seller, faults []fault) {
	data := loanPage{Offers: loanOffers, Currency: currencyOf(s), Faults: faults, Locked: m.locked(r.Context(), s)}
	if all := m.books.read().loansOf(s.ID); len(all) > 0 {
		st := m.look(r.Context(), all[0], s)
		data.Latest, data.Open = &st, !over(st.State)
		for _, c := range all[1:] {
			data.Past = append(data.Past, past{c.Reference, local(c.CreatedAt, s), string(c.End), c.Loan.Destination})
		}
	}
	if !data.Open {
		data.Outlook = m.outlook(r.Context(), asked{seller: s, loan: offer(s, loanOffers[0], s.Account), language: language(r)})
	}
	data.frame = m.frame(w, r, "Loan")
	code := http.StatusOK
	if len(faults) > 0 {
		data.Title, code = "Error: Loan", http.StatusUnprocessableEntity
	}
	page{"loan", data}.write(w, r, code)
}

// outlook asks what would become of a loan to the account of today. Right after
// a change of account it is another answer than a month later.
func (m *Marketplace) outlook(ctx context.Context, q asked) outlook {
	said, err := m.gateway.Assess(ctx, m.newAction(q, change{Loan: q.loan}))
	if err != nil {
		m.config.Log.WarnContext(ctx, "assess a loan", "error", err)
		return outlook{}
	}
	out := outlook{Kind: "info"}
	if !said.Allowed() {
		out.Kind = "warn"
	}
	for _, rule := range said.Policy.Rules {
		out.Rules = append(out.Rules, rule.Text)
	}
	return out
}

// loanCreate asks for a loan. It is paid into the account of today: whoever wants
// it elsewhere has to change that first, as the thieves of 2018 did.
func (m *Marketplace) loanCreate(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	amount := r.PostFormValue("amount")
	if !slices.Contains(loanOffers, amount) {
		m.showLoan(w, r, s, []fault{{"amount", "Choose one of the sums."}})
		return
	}
	action, err := m.ask(r.Context(), asked{
		seller: s, loan: offer(s, amount, s.Account), language: language(r), supersede: r.PostFormValue("supersede") == "yes",
		context: client.Context{IP: address(r), UserAgent: shorten(r.UserAgent()), LoginMethod: "none (demo)"},
	})
	if err != nil {
		m.showLoan(w, r, s, []fault{{"amount", loanFault(err)}})
		return
	}
	if action.Next.URL == "" { // held or denied at once: nothing to prove
		seeOther(w, r, "/loan")
		return
	}
	seeOther(w, r, action.Next.URL)
}

func loanFault(err error) string {
	p, ok := errors.AsType[*client.Problem](err)
	switch {
	case !ok:
		return "Countersign could not be asked. Nothing is paid out. Try again."
	case p.Code == client.CodeActionAlreadyOpen:
		return "Another loan is open. Cancel it first, or choose to replace it."
	}
	return "Countersign refused: " + p.Title + " (" + p.Code + ")."
}

// sum writes an amount of money as people read it: "12,000.00".
func sum(amount string) string {
	whole, fraction, _ := strings.Cut(amount, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String() + "." + fraction
}
