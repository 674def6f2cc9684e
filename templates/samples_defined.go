package templates

import (
	"fmt"
	"slices"
	"strings"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// sampleDefined makes an instant payout of the story's change: a kind that the
// marketplace defines, with an account.
func sampleDefined(f Facts) Facts {
	f.Kind, f.Reference, f.From = "payout.instant", "AC-7W4K-9D2P", nil
	f.To = AccountOf(destination.Destination{
		IBAN: "NL91ABNA0417164300", Holder: "G. Ferri", BankName: "ABN AMRO",
		PayeeCheck: &destination.PayeeCheck{Scheme: destination.VerificationOfPayee, Result: destination.PayeeClose},
	})
	f.Before = &Before{}
	f.Defined = &Defined{
		Kind: f.Kind, Name: map[string]string{"en": "Instant payout", "it": "Pagamento immediato"},
		Fields: []DefinedFact{
			{Path: "amount", Text: map[string]string{"en": "Amount", "it": "Importo"}, Value: "1240.50"},
			{Path: "currency", Text: map[string]string{"en": "Currency", "it": "Valuta"}, Value: "EUR"},
			{Path: "destination", Text: map[string]string{"en": "Paid into", "it": "Accreditato su"}, Account: true},
			{Path: "note", Text: map[string]string{"en": "Note", "it": "Nota"}},
		},
	}
	return f
}

// sampleBare is one without an account and without words for what it says, of which
// much was made up by somebody: an address to go to, a text that does not end.
func sampleBare(f Facts) Facts {
	f.Kind, f.Reference, f.From, f.To, f.Before = "shop.close", "AC-2M9X-7K4Q", nil, Account{}, nil
	f.Defined = &Defined{Kind: f.Kind, Name: map[string]string{"it": "Chiusura del negozio e di tutti gli annunci"}, Fields: []DefinedFact{
		{Path: "why", Text: map[string]string{"en": "Why"}, Value: "<b>call</b> www.evil.example \u05e9\u05dc\u05d5\u05dd 12"},
		{Path: "token", Value: strings.Repeat("x", 230)},
		{Path: "request.method", Value: "POST"},
		{Path: "request.target", Value: "/shop/close?now=1"},
		{Path: "request.content_type", Value: "application/json"},
		{Path: "request.content_digest", Value: "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"},
	}}
	for i := range mailFields {
		f.Defined.Fields = append(f.Defined.Fields, DefinedFact{Path: fmt.Sprintf("items.%d", i), Value: "true"})
	}
	return f
}

// definedPages and definedMails are the samples whose words differ for a defined
// kind, by name.
var (
	definedPages = append(slices.Clone(loanPages), "review-young", "review-quarantine", "review-quarantine-app",
		"code-young-confirm", "status-held-review", "answer-elsewhere", "approver-asked")
	definedMails = append(slices.Clone(loanMails), "13-asked")
)

// sampleDefinedEntries are lines of a history.
func sampleDefinedEntries(from HistoryEntry) []HistoryEntry {
	var out []HistoryEntry
	for _, s := range []approvals.State{approvals.Releasing, approvals.Executed, approvals.ExecutionFailed} {
		e := from
		e.Kind, e.Reference, e.State, e.New = "payout.instant", "AC-7W4K-9D2P", s, "4300"
		e.Name = sampleDefined(Facts{}).Defined.Name
		out = append(out, e)
	}
	out[1].New, out[1].Name = "", map[string]string{"it": "Chiusura del negozio"}
	return out
}

// sampleDefinedCase is a case at the desk about both.
func sampleDefinedCase() DeskCase {
	c := sampleClosed()
	line := c.Actions[0]
	c.Actions = nil
	for _, f := range []Facts{sampleDefined(SampleFacts()), sampleBare(SampleFacts())} {
		line.Kind, line.Reference, line.From, line.To, line.Fields = "Instant payout", f.Reference, nil, f.To, f.Defined.DeskFields()
		line.To.Holder = MaskName(line.To.Holder)
		c.Actions = append(c.Actions, line)
	}
	c.Actions[1].Kind, c.Actions[1].Opened = "Chiusura del negozio", false
	return c
}
