package templates

import (
	"encoding/json"
	"time"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// Sample is one page in one state, with the data of UX §5.5. Tests render
// every sample in every locale; so can a storybook.
type Sample struct {
	Name string // "review-open"
	Page Page
}

// Samples lists every page in every state.
func Samples() []Sample {
	all := [][]Sample{
		SampleReviews(), sampleOwnPages(), sampleRecoveries(), SampleCodes(), SampleSetups(), SampleStatuses(), SampleAnswers(), SampleStops(), SampleNoticeStops(),
		SampleLocked(), SampleHandoffs(), SampleProblems(),
	}
	all = append(all, sampleKindPages(), SampleHistories(), SampleSecurities(), SampleChecks())
	var out []Sample
	for _, some := range all {
		out = append(out, some...)
	}
	return out
}

// sampleZone is the zone of the samples' seller.
func sampleZone() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.UTC
	}
	return zone
}

// sampleTime is a moment of the samples' story, in the seller's zone.
func sampleTime(day, hour, minute int) time.Time {
	return time.Date(2026, time.November, day, hour, minute, 0, 0, sampleZone())
}

func sampleFrame() Frame {
	return Frame{
		Marketplace: "Bottega Demo",
		Languages:   []Language{{EN, "?lang=en"}, {IT, "?lang=it"}},
		Help:        "https://market.example/help",
		CSRF:        "mX2v0o3sV1xq6n8aTt4Jb5",
		Now:         sampleTime(22, 17, 25),
		Zone:        sampleZone(),
	}
}

// SampleFacts is the change of UX §5.5: Giulia Ferri's account against one in
// the Netherlands.
func SampleFacts() Facts {
	from := AccountOf(destination.Destination{
		IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche S.r.l.", BankName: "Intesa Sanpaolo",
	})
	to := AccountOf(destination.Destination{
		IBAN: "NL91ABNA0417164300", Holder: "G. Ferri", BankName: "ABN AMRO",
		PayeeCheck: &destination.PayeeCheck{Scheme: destination.VerificationOfPayee, Result: destination.PayeeClose},
	})
	return Facts{
		Reference: "BD-7K4Q-2M9X",
		Kind:      approvals.PayoutAccountChange,
		Name:      "Giulia Ferri",
		Business:  "Ferri Ceramiche",
		From:      &from,
		To:        to,
		Asked: Asked{
			At:     sampleTime(22, 17, 21),
			Login:  LoginPassword,
			Device: Device{Browser: "Chrome", System: "Windows", New: true},
			Place:  Place{Country: "NL", IP: "203.0.113.24", Usual: "IT"},
		},
	}
}

// sampleFirst is a seller's first account, a UK one, with little known about
// the request.
func sampleFirst() Facts {
	f := SampleFacts()
	f.From = nil
	f.To = AccountOf(destination.Destination{SortCode: "401276", AccountNumber: "12345674", Holder: "G. Ferri"})
	f.Asked.Login = LoginUnknown
	f.Asked.Device = Device{}
	f.Asked.Place = Place{}
	return f
}

func samplePasskey(submit, refresh Post, options string) Passkey {
	return Passkey{
		Options: json.RawMessage(options), Submit: submit, Refresh: refresh,
		Elsewhere: sampleElsewhere(),
	}
}

func sampleElsewhere() Elsewhere {
	const url = "https://approve.market.example/h/h3Zk0V1xq6n8aTt4Jb5mX2v0o3sW7yRr9uEe1cGg2dI"
	code, err := NewQR(url)
	if err != nil {
		return Elsewhere{}
	}
	return Elsewhere{URL: url, QR: code}
}

const (
	sampleGet = `{"publicKey":{"challenge":"T2Zmc3ByaW5nIG9mIHRoaXJ0eS10d28gYnl0ZXMhIWRpZ2VzdGRpZ2VzdGRpZ2VzdA",` +
		`"rpId":"market.example","allowCredentials":[{"type":"public-key","id":"AQIDBAUGBwgJCgsMDQ4PEA"}],"userVerification":"required","timeout":300000}}`
	sampleCreate = `{"publicKey":{"challenge":"T2Zmc3ByaW5nIG9mIHRoaXJ0eS10d28gYnl0ZXMhIQ","rp":{"id":"market.example","name":"Bottega Demo"},` +
		`"user":{"id":"c2VsbGVyLTQ3MTE","name":"giulia@ferri.example","displayName":"Giulia Ferri"},"pubKeyCredParams":[{"type":"public-key","alg":-7}],` +
		`"authenticatorSelection":{"residentKey":"required","userVerification":"required"},"timeout":300000}}`
)
