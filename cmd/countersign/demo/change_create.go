package demo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"countersign/client"
)

// changeCreate is the form that used to save a bank account. Now it creates
// an action and sends the seller to prove themselves.
func (m *Marketplace) changeCreate(w http.ResponseWriter, r *http.Request) {
	s, ok := m.signed(r)
	if !ok {
		seeOther(w, r, "/")
		return
	}
	iban := strings.ToUpper(strings.Join(strings.Fields(r.PostFormValue("iban")), ""))
	to := client.Destination{
		IBAN: iban, Country: iban[:min(len(iban), 2)],
		Holder: strings.TrimSpace(r.PostFormValue("holder")), BankName: strings.TrimSpace(r.PostFormValue("bank_name")),
	}
	action, err := m.ask(r.Context(), asked{
		seller: s, to: to, language: language(r), supersede: r.PostFormValue("supersede") == "yes",
		context: client.Context{IP: address(r), UserAgent: shorten(r.UserAgent()), LoginMethod: "none (demo)"},
	})
	if err != nil {
		m.showBank(w, r, s, to, faultsOf(err))
		return
	}
	if action.Next.URL == "" { // held or denied at once: nothing to prove
		seeOther(w, r, "/bank")
		return
	}
	seeOther(w, r, action.Next.URL)
}

// asked is what somebody signed in as a seller asks for: to be paid into to, a loan,
// or a payout at once.
type asked struct {
	seller    seller
	to        client.Destination
	loan      *client.Loan
	payout    *payout
	language  string
	supersede bool
	byThief   bool
	context   client.Context
}

// ask creates the action and remembers it. When the second half fails the
// action is cancelled again: one that we do not know could never be claimed.
func (m *Marketplace) ask(ctx context.Context, q asked) (*client.Action, error) {
	made := change{Seller: q.seller.ID, ByThief: q.byThief, Loan: q.loan, Payout: q.payout}
	if made.kind() == client.PayoutAccountChange {
		from := q.seller.Account
		made.Details = client.AccountChange{From: &from, To: q.to}
	}
	action, err := m.gateway.CreateAction(ctx, m.newAction(q, made))
	if err != nil {
		return nil, err
	}
	made.ID, made.Reference, made.CreatedAt = action.ID, action.Reference, action.CreatedAt
	err = m.books.write(func(l *ledger) error {
		l.Changes = append(l.Changes, made)
		return nil
	})
	if err != nil {
		_, undo := m.gateway.CancelAction(ctx, action.ID, "marketplace")
		return nil, errors.Join(err, undo)
	}
	return action, nil
}

// newAction is what the gateway is told.
func (m *Marketplace) newAction(q asked, c change) client.NewAction {
	q.context.SessionStartedAt = m.config.Now().Add(-time.Minute).UTC()
	return client.NewAction{
		Kind: c.kind(),
		Seller: client.Seller{
			ID: q.seller.ID, Email: q.seller.Email, Name: q.seller.Name, Locale: q.language,
			TimeZone: q.seller.TimeZone, Country: q.seller.Country, OnboardedAt: m.config.Now().UTC(),
		},
		Details: c.payload(), Context: q.context, ReturnURL: m.ReturnURL(), Supersede: q.supersede,
	}
}

// faultsOf puts a refusal into words beside the field it is about.
func faultsOf(err error) []fault {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok {
		return []fault{{"iban", "Countersign could not be asked. Nothing changed. Try again."}}
	}
	if p.Code == client.CodeActionAlreadyOpen {
		return []fault{{"iban", "Another change is open. Cancel it first, or choose to replace it."}}
	}
	var all []fault
	for _, e := range p.Errors {
		name := e.Field[strings.LastIndexByte(e.Field, '.')+1:]
		label, known := map[string]string{"iban": "IBAN", "holder": "Account holder", "bank_name": "Bank"}[name]
		if !known {
			name, label = "iban", e.Field
		}
		all = append(all, fault{name, label + " " + e.Message + "."})
	}
	if len(all) == 0 {
		all = []fault{{"iban", "Countersign refused: " + p.Title + " (" + p.Code + ")."}}
	}
	return all
}

// shorten keeps what the gateway takes of a user agent.
func shorten(s string) string {
	runes := []rune(strings.ToValidUTF8(s, ""))
	return string(runes[:min(len(runes), 512)])
}
