package desk

import (
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/templates"
)

// summaryOf says a ring in one sentence.
func summaryOf(r desk.RingDossier) string {
	parts := []string{sellersOf(r.RingView), templates.DeskCount(1+len(r.Others), desk.RingOthers+1, "destination", "destinations"), templates.DeskSpan(r.Last.Sub(r.First))}
	out := "Ring " + r.Name() + ": " + strings.Join(parts, ", ") + ", "
	if stake := stakeOf(r.Stake); stake != "nothing" {
		return out + stake + " at stake."
	}
	return out + "nothing waits."
}

func sellersOf(r desk.RingView) string {
	out := templates.DeskCount(r.Sellers, desk.RingSellers, "seller", "sellers")
	if r.Declared > 0 {
		out += " and " + templates.DeskCount(r.Declared, desk.RingSellers, "declared one", "declared ones")
	}
	return out
}

// stakeOf says what waits. Of a change of where payouts go no sum is known here.
func stakeOf(s desk.Stake) string {
	var parts []string
	for _, sum := range s.Loans {
		parts = append(parts, templates.DeskMoney(sum.Amount, sum.Currency))
	}
	if s.Changes > 0 {
		parts = append(parts, templates.DeskCount(s.Changes, desk.RingSellers, "change of payout account", "changes of payout account"))
	}
	switch {
	case len(parts) == 0:
		return "nothing"
	case s.More:
		return strings.Join(parts, " and ") + ", or more"
	}
	return strings.Join(parts, " and ")
}

func ringState(s desk.RingState) string {
	switch s {
	case desk.RingReviewed:
		return "review: what waits goes to two people"
	case desk.RingFrozen:
		return "frozen: nothing goes on"
	case desk.RingDenied:
		return "denied: on the denied list"
	case desk.RingEnded:
	}
	return "ended"
}

func ringNote(s desk.RingState) string {
	if s == desk.RingEnded {
		return "Two people ended this ring. What it held is freed one by one, in its own case."
	}
	return ""
}

// knownOf says what is known of a seller and the destination.
func knownOf(m desk.RingMember) string {
	var parts []string
	for _, one := range []struct {
		is   bool
		text string
	}{
		{m.Declared, "shares it knowingly, by the word of two"},
		{m.Proved, "gave a first proof"},
		{m.Vain, "tried without a proof"},
		{m.Disputed, "said \"I did not ask for this\""},
	} {
		if one.is {
			parts = append(parts, one.text)
		}
	}
	if len(parts) == 0 {
		return "named it"
	}
	return strings.Join(parts, "; ")
}

// accountOf is a masked account, in words where it cannot be shown.
func accountOf(masked string) string {
	if masked == "" {
		return "an account no request names any more"
	}
	return masked
}

// scopeOf says whose sellers are compared.
func scopeOf(k approvals.RingKey) string {
	if k.Scope == "" {
		return "sellers of all marketplaces"
	}
	return "sellers of one marketplace, " + string(k.Scope)
}

// oneMarket reports whether all members are one marketplace's.
func oneMarket(members []desk.RingMember) bool {
	for _, m := range members {
		if m.Seller.Marketplace != members[0].Seller.Marketplace {
			return false
		}
	}
	return true
}

// sellerName is a seller's id, with the marketplace where there are several.
func sellerName(k approvals.SellerKey, one bool) string {
	if one {
		return string(k.Seller)
	}
	return string(k.Marketplace) + " / " + string(k.Seller)
}

// clock is a time as it is read at the desk.
func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
