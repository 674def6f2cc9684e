package demo

import (
	"net/http"

	"countersign/client"
)

type thiefPage struct {
	frame
	Victims []victim
	Account client.Destination
	Loan    string // the sum, as it is read
	Faults  []fault
}

// victim is a seller to choose, the first free one chosen already.
type victim struct {
	seller
	Busy, Chosen bool
}

// thief is the box in which the newcomer plays the attack of 2018.
func (m *Marketplace) thief(w http.ResponseWriter, r *http.Request) {
	m.showThief(w, r, http.StatusOK, nil)
}

func (m *Marketplace) showThief(w http.ResponseWriter, r *http.Request, code int, faults []fault) {
	data := thiefPage{frame: m.frame(w, r, "Play the thief"), Account: thiefAccount(), Loan: "12,000.00", Faults: faults}
	books := m.books.read()
	chosen := false
	for _, s := range books.Sellers {
		_, busy := books.openChange(s.ID)
		data.Victims = append(data.Victims, victim{s, busy, !busy && !chosen})
		chosen = chosen || !busy
	}
	page{"thief", data}.write(w, r, code)
}

// attackCreate signs in as the seller on the thief's own device and asks for
// the seller's money, or for a loan in the seller's name. The marketplace cannot tell: the password was right.
func (m *Marketplace) attackCreate(w http.ResponseWriter, r *http.Request) {
	books := m.books.read()
	s, ok := books.seller(r.PostFormValue("seller"))
	if !ok {
		m.showThief(w, r, http.StatusUnprocessableEntity, []fault{{"seller", "Choose one of the sellers."}})
		return
	}
	q := asked{
		seller: *s, to: thiefAccount(), language: language(r), byThief: true,
		context: client.Context{IP: thiefIP, UserAgent: thiefUserAgent, LoginMethod: "password"},
	}
	if r.PostFormValue("what") == "loan" {
		q.loan = offer(*s, "12000.00", thiefAccount())
	}
	action, err := m.ask(r.Context(), q)
	if err != nil {
		faults := faultsOf(err)
		for i := range faults {
			faults[i].Field = "seller"
		}
		m.showThief(w, r, http.StatusUnprocessableEntity, faults)
		return
	}
	seeOther(w, r, "/attacks/"+action.ID)
}

type attackPage struct {
	frame
	Victim seller // as they are paid now
	Status status
	NotMe  bool // the owner said so
	Lost   bool // the thief got the money
}

// attack shows what came of it.
func (m *Marketplace) attack(w http.ResponseWriter, r *http.Request) {
	books := m.books.read()
	c, ok := books.change(r.PathValue("id"))
	if !ok || !c.ByThief {
		m.oops(w, r, http.StatusNotFound, "There is no such attack.")
		return
	}
	s, ok := books.seller(c.Seller)
	if !ok {
		m.oops(w, r, http.StatusNotFound, "There is no such seller.")
		return
	}
	data := attackPage{Status: m.look(r.Context(), *c, *s)}
	books = m.books.read() // look may have changed the account
	if s, ok = books.seller(c.Seller); ok {
		data.Victim = *s
	}
	data.NotMe = data.Status.Reason == "not_me"
	data.Lost = data.Status.State == client.ExecutedState
	data.frame = m.frame(w, r, "What the thief got")
	page{"attack", data}.write(w, r, http.StatusOK)
}
