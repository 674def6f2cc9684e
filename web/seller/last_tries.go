package seller

import (
	"context"

	"countersign/approvals"
	"countersign/auth"
)

// warnBelow is how near an authenticator app must be to being switched off for
// good before the seller is told (DESIGN §5).
const warnBelow = auth.WarnBelow

// lastTries is how many wrong codes in a row the seller's app still has, zero
// while there is no need to mention it.
func (h *Handler) lastTries(ctx context.Context, a access) (int, error) {
	list, err := h.Auth.Authenticators(ctx, a.action.SellerKey())
	if err != nil {
		return 0, err
	}
	left := 0
	for _, one := range list {
		if n := auth.MaxFailures - one.Failures; one.Method == approvals.TOTP && one.Usable(h.now()) && n <= warnBelow {
			left = n
		}
	}
	return left, nil
}
