package demo

import (
	"errors"
	"net/http"
	"slices"

	"countersign/client"
)

// payoutKind is a kind of Bottega Demo's own: the gateway knows it because its policy
// file defines it, with a name, a schema of its details and a table of waits.
const payoutKind = "payout.instant"

// payout is the details of one, as the policy file says they have to be.
type payout struct {
	Amount      string             `json:"amount"` // decimal, "250.00"
	Currency    string             `json:"currency"`
	Destination client.Destination `json:"destination"`
}

// payoutSums are what a seller can have paid out at once.
var payoutSums = []string{"100.00", "250.00", "900.00"}

type payoutPage struct {
	frame
	Locked   bool
	Latest   *status // the newest one, also when it is over
	Open     bool    // it is not over
	Past     []past
	Sums     []string
	Currency string
	Faults   []fault
}

// payout shows the newest payout and the form.
func (m *Marketplace) payout(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	m.showPayout(w, r, s, nil)
}

func (m *Marketplace) showPayout(w http.ResponseWriter, r *http.Request, s seller, faults []fault) {
	data := payoutPage{Sums: payoutSums, Currency: currencyOf(s), Faults: faults, Locked: m.locked(r.Context(), s)}
	if all := m.books.read().of(s.ID, payoutKind); len(all) > 0 {
		st := m.look(r.Context(), all[0], s)
		data.Latest, data.Open = &st, !over(st.State)
		for _, c := range all[1:] {
			data.Past = append(data.Past, past{c.Reference, local(c.CreatedAt, s), string(c.End), c.Payout.Destination})
		}
	}
	data.frame = m.frame(w, r, "Payout")
	code := http.StatusOK
	if len(faults) > 0 {
		data.Title, code = "Error: Payout", http.StatusUnprocessableEntity
	}
	page{"payout", data}.write(w, r, code)
}

// payoutCreate asks for a payout to the account of today.
func (m *Marketplace) payoutCreate(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	amount := r.PostFormValue("amount")
	if !slices.Contains(payoutSums, amount) {
		m.showPayout(w, r, s, []fault{{"amount", "Choose one of the sums."}})
		return
	}
	action, err := m.ask(r.Context(), asked{
		seller: s, payout: &payout{Amount: amount, Currency: currencyOf(s), Destination: s.Account}, language: language(r),
		supersede: r.PostFormValue("supersede") == "yes",
		context:   client.Context{IP: address(r), UserAgent: shorten(r.UserAgent()), LoginMethod: "none (demo)"},
	})
	if err != nil {
		m.showPayout(w, r, s, []fault{{"amount", payoutFault(err)}})
		return
	}
	if action.Next.URL == "" { // held or denied at once: nothing to prove
		seeOther(w, r, "/payout")
		return
	}
	seeOther(w, r, action.Next.URL)
}

func payoutFault(err error) string {
	p, ok := errors.AsType[*client.Problem](err)
	switch {
	case !ok:
		return "Countersign could not be asked. Nothing is paid out. Try again."
	case p.Code == client.CodeActionAlreadyOpen:
		return "Another payout is open. Cancel it first, or choose to replace it."
	}
	return "Countersign refused: " + p.Title + " (" + p.Code + ")."
}
