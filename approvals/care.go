package approvals

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"countersign/approvals/audit"
)

// Limits of what a seller may ask for.
const (
	MaxExtraWait = 30 * 24 * time.Hour
	MaxTravel    = 90 * 24 * time.Hour
)

// Choices are what a seller chose on the seller's own pages. The language and
// the zone go before what the marketplace says. The others add care: they rise
// at once and never fall here, or whoever gets into the seller's session could
// take them back.
type Choices struct {
	Locale      string        // empty: none
	TimeZone    string        // IANA name; empty: none
	ExtraWait   time.Duration // added to every wait
	TravelUntil time.Time     // nothing goes forward before; zero: none
}

// Travelling reports whether the seller asked that nothing goes forward now.
func (s Seller) Travelling(now time.Time) bool { return now.Before(s.Choices.TravelUntil) }

// stays refuses what would go forward while the seller travels. Stopping and
// waiting go on as ever.
func (s Seller) stays(now time.Time) error {
	if !s.Travelling(now) {
		return nil
	}
	return Refuse(CodeTravelLock).With("retry_at", FormatTime(s.Choices.TravelUntil))
}

// longer adds what the seller asked for to every wait of a decision.
func (d Decision) longer(s Seller) Decision {
	if s.Choices.ExtraWait <= 0 {
		return d
	}
	d.Wait = maps.Clone(d.Wait)
	for m := range d.Wait {
		d.Wait[m] += s.Choices.ExtraWait
	}
	d.Rules = append(d.Rules[:len(d.Rules):len(d.Rules)], Rule{ID: "SELLER-LONGER", Text: map[string]string{
		"en": "You chose to wait longer than we ask for.",
		"it": "Hai scelto di aspettare più a lungo di quanto chiediamo.",
	}})
	return d
}

// Prefer sets the language and the time zone of a seller's pages and mails.
// Both must be known to the caller.
func (s *Service) Prefer(ctx context.Context, key SellerKey, locale, zone string) error {
	return s.choose(ctx, key, "preferences_changed", func(c *Choices, _ time.Time) (map[string]string, error) {
		c.Locale, c.TimeZone = locale, zone
		return map[string]string{"locale": locale, "time_zone": zone}, nil
	})
}

// WaitLonger adds hours to every wait of actions that are created from now on.
// Less than was asked for before is CodeLessCare, more than MaxExtraWait
// CodeInvalid.
func (s *Service) WaitLonger(ctx context.Context, key SellerKey, extra time.Duration) error {
	if extra < 0 || extra > MaxExtraWait {
		return Invalid(FieldError{Field: "hours", Message: "must be 0 to 720"})
	}
	return s.choose(ctx, key, "wait_lengthened", func(c *Choices, _ time.Time) (map[string]string, error) {
		if extra < c.ExtraWait {
			return nil, Refuse(CodeLessCare)
		}
		c.ExtraWait = extra
		return map[string]string{"extra": extra.String()}, nil
	})
}

// TravelLock lets nothing of a seller go forward before until. An earlier end
// than the one in force is CodeLessCare; a time that is past or more than
// MaxTravel ahead is CodeInvalid.
func (s *Service) TravelLock(ctx context.Context, key SellerKey, until time.Time) error {
	return s.choose(ctx, key, "travel_locked", func(c *Choices, now time.Time) (map[string]string, error) {
		if !until.After(now) || until.Sub(now) > MaxTravel {
			return nil, Invalid(FieldError{Field: "until", Message: "must be ahead, by 90 days at most"})
		}
		if until.Before(c.TravelUntil) {
			return nil, Refuse(CodeLessCare)
		}
		c.TravelUntil = until
		return map[string]string{"until": FormatTime(until)}, nil
	})
}

// choose changes a seller's choices. What changes nothing leaves no event.
func (s *Service) choose(ctx context.Context, key SellerKey, verb string, change func(*Choices, time.Time) (map[string]string, error)) error {
	_, err := s.Store.UpdateSeller(ctx, key, func(seller Seller, _ []Action) (SellerChange, error) {
		now, before := s.Now(), seller.Choices
		data, err := change(&seller.Choices, now)
		if err != nil || seller.Choices == before {
			return SellerChange{Seller: seller}, err
		}
		was := seller.Locale
		seller = seller.preferred()
		return SellerChange{Seller: seller, Changed: true, Notices: append(seller.Choices.told(before, now), seller.toldLanguage(was, now)...), Event: audit.Event{
			Marketplace: string(key.Marketplace), Seller: string(key.Seller), Verb: verb,
			Actor: audit.Actor{Type: audit.Seller, ID: string(key.Seller)}, At: now, Data: data,
		}}, nil
	})
	if err != nil {
		s.refused(ctx, Action{Marketplace: key.Marketplace, Seller: key.Seller}, verb, err)
		return fmt.Errorf("change a seller's choices: %w", err)
	}
	return nil
}

// told is what the contacts learn of a change of choices: care that somebody in
// the seller's session added cannot be taken back there.
func (c Choices) told(before Choices, now time.Time) []SecurityNotice {
	var all []SecurityNotice
	if c.ExtraWait > before.ExtraWait {
		all = append(all, SecurityNotice{What: SecurityWait, At: now})
	}
	if c.TravelUntil.After(before.TravelUntil) {
		all = append(all, SecurityNotice{What: SecurityTravel, At: now})
	}
	return all
}

// toldLanguage is what the contacts learn where another language was chosen, in
// the one of before: whoever sits in the seller's session could choose one that
// the owner does not read, and then ask for what the mails warn of.
func (s Seller) toldLanguage(was string, now time.Time) []SecurityNotice {
	was = cmp.Or(was, "en")
	before, _, _ := strings.Cut(was, "-")
	if after, _, _ := strings.Cut(s.Locale, "-"); strings.EqualFold(before, after) {
		return nil
	}
	return []SecurityNotice{{What: SecurityLanguage, At: now, Locale: was}}
}

// preferred is s with the language and the zone that the seller chose.
func (s Seller) preferred() Seller {
	if s.Choices.Locale != "" {
		s.Locale = s.Choices.Locale
	}
	if s.Choices.TimeZone != "" {
		s.TimeZone = s.Choices.TimeZone
	}
	return s
}
