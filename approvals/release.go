package approvals

import "time"

// ReleaseLife is how long a release token can be used.
const ReleaseLife = 5 * time.Minute

// ReleaseType is the "typ" of a release token's JOSE header.
const ReleaseType = "release+jwt"

// ReleaseClaims is what a release token says (RFC 7519 claims and ours). It
// is a function of the stored claim alone, so the token of one claim is the
// same however often it is asked for.
type ReleaseClaims struct {
	Issuer      string         `json:"iss"`
	Audience    string         `json:"aud"`
	ID          string         `json:"jti"`
	IssuedAt    int64          `json:"iat"`
	NotBefore   int64          `json:"nbf"`
	ExpiresAt   int64          `json:"exp"`
	Action      ActionID       `json:"action"`
	ReleaseID   string         `json:"release_id"`
	Digest      string         `json:"digest"`
	Kind        Kind           `json:"kind"`
	Seller      SellerID       `json:"seller"`
	Marketplace MarketplaceID  `json:"marketplace"`
	Proofs      []ReleaseProof `json:"proofs"`
	// Request is the one request that may be carried out, where the action is
	// bound to one.
	Request *BoundRequest `json:"request,omitempty"`
}

// ReleaseProof says how and when, never with what, a proof was made
// (STANDARDS PS-02).
type ReleaseProof struct {
	Stage  Stage  `json:"stage"`
	Method Method `json:"method"`
	At     string `json:"at"`
}

// ReleaseOf returns the claims of the newest claim's token. The action must
// be Releasing.
func ReleaseOf(a Action, issuer string) (ReleaseClaims, error) {
	if a.State != Releasing || a.ClaimedAt.IsZero() {
		return ReleaseClaims{}, a.refuse(CodeState)
	}
	c := ReleaseClaims{
		Issuer: issuer, Audience: string(a.Marketplace), ID: a.ReleaseID() + "." + FormatTime(a.ClaimedAt),
		IssuedAt: a.ClaimedAt.Unix(), NotBefore: a.ClaimedAt.Unix(), ExpiresAt: a.ClaimedAt.Add(ReleaseLife).Unix(),
		Action: a.ID, ReleaseID: a.ReleaseID(), Digest: a.Digest.String(), Kind: a.Kind,
		Seller: a.Seller, Marketplace: a.Marketplace,
	}
	if r, ok := RequestOf(a); ok {
		c.Request = &r
	}
	for _, stage := range []Stage{StageStepUp, StageConfirmation, StageApproval} {
		if p, ok := a.Proof(stage); ok {
			c.Proofs = append(c.Proofs, ReleaseProof{stage, p.Method, FormatTime(p.At)})
		}
	}
	return c, nil
}
