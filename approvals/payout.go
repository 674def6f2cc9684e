package approvals

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/approvals/destination"
)

// InstantAge is how long ago the seller has to have been paid there first for an
// instant payout to go to a destination (THREATS C1).
const InstantAge = 168 * time.Hour

// idleFor is after how many times InstantAge an account that is not paid into any
// more has lost its age: after four weeks.
const idleFor = 4

// Speed is how fast a payout leaves.
type Speed string

const (
	Instant   Speed = "instant"   // at the seller's request, and gone at once
	Scheduled Speed = "scheduled" // on the marketplace's own day
)

// Payout is money the marketplace is about to send a seller. It is no action:
// nothing is kept of the question.
type Payout struct {
	Speed       Speed                   `json:"speed"`
	Amount      string                  `json:"amount,omitempty"` // with Currency, or neither
	Currency    string                  `json:"currency,omitempty"`
	Destination destination.Destination `json:"destination"`
}

// ParsePayout checks a payout against its closed schema.
func ParsePayout(raw json.RawMessage) (Payout, error) {
	var p Payout
	if len(raw) == 0 {
		return p, Invalid(FieldError{"details", "must be there"})
	}
	if err := DecodeStrict(raw, &p, ""); err != nil {
		return p, inside("details", err)
	}
	if fields := p.wrong(); len(fields) > 0 {
		return p, Invalid(fields...)
	}
	return p, nil
}

func (p Payout) wrong() []FieldError {
	var fields []FieldError
	if p.Speed != Instant && p.Speed != Scheduled {
		fields = append(fields, FieldError{"details.speed", "must be instant or scheduled"})
	}
	if p.Amount != "" || p.Currency != "" {
		units, known := MinorUnits(p.Currency)
		if !known {
			fields = append(fields, FieldError{"details.currency", "must be a currency code of ISO 4217, in capital letters, such as EUR"})
		} else if problem := amountProblem(p.Amount, units); problem != "" {
			fields = append(fields, FieldError{"details.amount", problem})
		}
	}
	return append(fields, destinationErrors("details.destination", p.Destination)...)
}

// AssessPayout says whether a payout may leave now: none to a destination known to be
// young about which something is wrong, an instant one to no young destination, not while a change of account waits and not for a locked seller;
// none at all to a destination that two agents have to look at first, which the
// seller's own aged one never is for what others did or said. A
// destination whose age is not known, or that the seller was not paid into for
// four weeks, is young. It does nothing and keeps nothing.
func (s *Service) AssessPayout(ctx context.Context, seller SellerKey, p Payout) (Assessment, error) {
	stored, err := s.Reader.Seller(ctx, seller)
	if err != nil && !errors.Is(err, Refuse(CodeNotFound)) {
		return Assessment{}, fmt.Errorf("assess payout of seller: %w", err)
	}
	now := s.Now()
	seen, err := s.seen(ctx, Look{Seller: seller, Fingerprint: destination.Fingerprint(s.FingerprintKey, p.Destination), Now: now})
	if err != nil {
		return Assessment{}, err
	}
	to, err := destination.Parse(p.Destination)
	if err != nil {
		return Assessment{}, fmt.Errorf("assess payout: %w", err)
	}
	class, err := s.classOf(p, stored, seen, now)
	if err != nil {
		return Assessment{}, err
	}
	return Assessment{Decision: s.payout(p.Speed, stored, seen, class, now), To: &to}, nil
}

// classOf is what the policy would think of switching to the destination now: payouts
// are no action, and have no rules of their own.
func (s *Service) classOf(p Payout, seller Seller, seen Signals, now time.Time) (Class, error) {
	if err := s.ruled(); err != nil {
		return "", err
	}
	details, err := json.Marshal(map[string]any{"to": p.Destination})
	if err != nil {
		return "", fmt.Errorf("assess payout: %w", err)
	}
	return s.decide(Facts{Kind: PayoutAccountSwitch, Seller: seller, Details: details, Signals: seen, Now: now}).Class, nil
}

// payout judges by one rule, the first that holds.
func (s *Service) payout(speed Speed, seller Seller, seen Signals, class Class, now time.Time) Decision {
	d := Decision{Version: "payout-1", Class: High, Outcome: Deny}
	week := cmp.Or(s.InstantAge, InstantAge)
	young := seen.DestinationSince.IsZero() || now.Before(seen.DestinationSince.Add(week)) ||
		!seen.DestinationUsed.IsZero() && now.After(seen.DestinationUsed.Add(idleFor*week))
	fresh := !seen.DestinationSince.IsZero() && now.Before(seen.DestinationSince.Add(week))
	switch {
	case seen.Denied, !seen.settled(now, s.aged()) && (seen.Frozen || seen.Disputed || seen.Disowned), seen.Disowned && seller.Locked:
		d.Class, d.Rules = Critical, []Rule{payoutStopped}
	case fresh && (class == High || class == Critical):
		d.Rules = []Rule{payoutUnusual}
	case speed != Scheduled && seller.Locked:
		d.Rules = []Rule{payoutLocked}
	case speed != Scheduled && seen.ChangeOpen:
		d.Rules = []Rule{payoutDuringChange}
	case speed != Scheduled && young:
		d.Rules = []Rule{payoutYoung}
	default:
		d.Class, d.Outcome, d.Rules = Low, Allow, []Rule{payoutFine}
	}
	return d
}

var (
	payoutStopped = Rule{ID: "PAYOUT-STOPPED", Text: map[string]string{
		"en": "This account has to be checked by two people before anything is paid there.",
		"it": "Due persone devono verificare questo conto prima che vi venga pagato qualcosa.",
	}}
	payoutLocked = Rule{ID: "PAYOUT-LOCKED", Text: map[string]string{
		"en": "The account is locked, so no payout leaves at once.",
		"it": "L'account è bloccato, quindi nessun pagamento parte subito.",
	}}
	payoutDuringChange = Rule{ID: "PAYOUT-DURING-CHANGE", Text: map[string]string{
		"en": "A change of payout account is waiting, so no payout leaves at once.",
		"it": "È in attesa un cambio del conto per i pagamenti, quindi nessun pagamento parte subito.",
	}}
	payoutYoung = Rule{ID: "PAYOUT-TO-YOUNG", Text: map[string]string{
		"en": "You have been paid into this account for less than 7 days, so no payout leaves at once.",
		"it": "I pagamenti arrivano su questo conto da meno di 7 giorni, quindi nessun pagamento parte subito.",
	}}
	payoutUnusual = Rule{ID: "PAYOUT-TO-YOUNG-UNUSUAL", Text: map[string]string{
		"en": "You have been paid into this account for less than 7 days and something about it is unusual, so no payout leaves yet.",
		"it": "I pagamenti arrivano su questo conto da meno di 7 giorni e c'è qualcosa di insolito, quindi per ora nessun pagamento parte.",
	}}
	payoutFine = Rule{ID: "PAYOUT-FINE", Text: map[string]string{
		"en": "Nothing stands in the way of this payout.",
		"it": "Nulla impedisce questo pagamento.",
	}}
)
