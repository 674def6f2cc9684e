package demo

import (
	"context"
	"net/http"

	"countersign/client"
)

type bankPage struct {
	frame
	Locked bool
	Open   *status
	Past   []past
	Form   client.Destination
	Faults []fault
}

// past is a change that is over.
type past struct {
	Reference, When, End string
	To                   client.Destination
}

// fault is what is wrong with the form, with the name of the field.
type fault struct{ Field, Text string }

// bank shows the account, an open change and the form. It is also the
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
	if c, open := m.books.read().openChange(s.ID); open {
		st := m.look(r.Context(), c, s)
		data.Open = &st
	}
	books := m.books.read() // look may have changed the account
	for _, c := range books.changesOf(s.ID) {
		if !c.open() {
			data.Past = append(data.Past, past{c.Reference, local(c.CreatedAt, s), string(c.End), c.Details.To})
		}
	}
	data.frame = m.frame(w, r, "Bank account")
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
