package approvaldb

import (
	"fmt"

	"countersign/approvals"
)

// placesKept is how many networks, and how many countries, are remembered of a seller.
const placesKept = 20

// Nodes' clocks differ: a place may be first seen after it is confirmed.
const learnSQL = `INSERT INTO seller_places AS l (marketplace, seller, what, trait, first_at, last_at, confirmed_at)
VALUES (@m, @s, @what, @trait, @at, @at, @confirmed)
ON CONFLICT (marketplace, seller, what, trait) DO UPDATE SET
  last_at = CASE WHEN l.last_at > @at THEN l.last_at ELSE @at END, confirmed_at = COALESCE(l.confirmed_at,
    CASE WHEN @confirmed < l.first_at THEN l.first_at ELSE @confirmed END)
RETURNING first_at = last_at`

// What was never confirmed goes first, so that proofs from many places in a row do not
// push out what is known.
const forgetMoreSQL = `DELETE FROM seller_places WHERE marketplace = @m AND seller = @s AND what = @what AND trait IN (
  SELECT l.trait FROM seller_places l WHERE l.marketplace = @m AND l.seller = @s AND l.what = @what
  ORDER BY (l.confirmed_at IS NULL), l.last_at DESC, l.trait LIMIT 100 OFFSET @kept)`

// learnPlaces keeps where an action was asked for that a seller has just proved.
func (tx *Tx) learnPlaces(c approvals.Change) error {
	if c.Proof == nil || c.Proof.Stage == approvals.StageApproval {
		return nil
	}
	confirmed := Instant{}
	if c.Proof.Stage == approvals.StageConfirmation {
		confirmed = At(c.Action.MovedAt)
	}
	return eachPlace(c.Places, func(what string, trait approvals.Trait) error {
		args := map[string]any{
			"m": string(c.Action.Marketplace), "s": string(c.Action.Seller), "what": what, "trait": int64(trait),
			"at": At(c.Action.MovedAt), "confirmed": confirmed, "kept": placesKept,
		}
		var fresh []bool
		if err := tx.Raw(learnSQL, args).Scan(&fresh).Error; err != nil {
			return fmt.Errorf("keep a place: %w", err)
		}
		if len(fresh) != 1 || !fresh[0] {
			return nil
		}
		if err := tx.Exec(forgetMoreSQL, args).Error; err != nil {
			return fmt.Errorf("forget old places: %w", err)
		}
		return nil
	})
}

// forgetPlaces forgets where an action was asked for that its seller says was somebody
// else's: what was proved from there proves nothing.
func (tx *Tx) forgetPlaces(c approvals.SellerChange) error {
	return eachPlace(c.Forget, func(what string, trait approvals.Trait) error {
		err := tx.Exec("DELETE FROM seller_places WHERE marketplace = ? AND seller = ? AND what = ? AND trait = ?",
			string(c.Seller.Marketplace), string(c.Seller.SellerKey.Seller), what, int64(trait)).Error
		if err != nil {
			return fmt.Errorf("forget a place: %w", err)
		}
		return nil
	})
}

// eachPlace goes through what is known of where a request came from, always in the
// same order.
func eachPlace(p approvals.Places, do func(what string, trait approvals.Trait) error) error {
	for _, place := range []struct {
		what  string
		trait approvals.Trait
	}{{"country", p.Country}, {"network", p.Network}} {
		if place.trait == 0 {
			continue
		}
		if err := do(place.what, place.trait); err != nil {
			return err
		}
	}
	return nil
}
