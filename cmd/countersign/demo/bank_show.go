package demo

import (
	"context"
	"net/http"

	"countersign/client"
)

type bankPage struct {
	frame
	Locked bool
	Latest *status // the newest change, also when it is over
	Open   bool    // it is not over
	Loan   string  // reference of a loan that is on its way
	Past   []past
	Form   client.Destination
	Faults []fault
}

// past is an earlier change.
type past struct {
	Reference, When, End string
	To                   client.Destination
}

// fault is what is wrong with the form, with the name of the field.
type fault struct{ Field, Text string }

// bank shows the account, the newest change and the form. It is also the
// return_url: where things stand is asked over the API, never read from the
// address the seller came back with.
func (m *Marketplace) bank(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	m.showBank(w, r, s, newAccount(s), nil)
}

func (m *Marketplace) showBank(w http.ResponseWriter, r *http.Request, s seller, form client.Destination, faults []fault) {
	data := bankPage{Form: form, Faults: faults, Locked: m.locked(r.Context(), s)}
	if all := m.books.read().changesOf(s.ID); len(all) > 0 {
		st := m.look(r.Context(), all[0], s)
		data.Latest, data.Open = &st, !over(st.State)
		for _, c := range all[1:] {
			data.Past = append(data.Past, past{c.Reference, local(c.CreatedAt, s), string(c.End), c.Details.To})
		}
	}
	if loans := m.books.read().loansOf(s.ID); len(loans) > 0 && loans[0].open() {
		data.Loan = loans[0].Reference
	}
	data.frame = m.frame(w, r, "Bank account") // after look, which may have changed the account
	code := http.StatusOK
	if len(faults) > 0 {
		data.Title = "Error: Bank account"
		code = http.StatusUnprocessableEntity
	}
	page{"bank", data}.write(w, r, code)
}

// locked asks whether the seller pressed "I did not ask for this". A seller
// the gateway has never heard of is not locked.
func (m *Marketplace) locked(ctx context.Context, s seller) bool {
	known, err := m.gateway.Seller(ctx, s.ID)
	return err == nil && known.Locked
}
