package client

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Seller is a person or business whose money is at stake. The gateway knows
// the seller by the marketplace's own ID.
type Seller struct {
	ID          string    `json:"id"`
	Email       string    `json:"email,omitempty"`
	Name        string    `json:"name,omitempty"`
	Locale      string    `json:"locale,omitempty"`    // of pages and mails: "en", "it"
	TimeZone    string    `json:"time_zone,omitempty"` // IANA name, "Europe/Rome"
	Country     string    `json:"country,omitempty"`   // ISO 3166-1 alpha-2
	OnboardedAt time.Time `json:"onboarded_at,omitzero"`
}

// SellerStatus is a seller as the gateway knows them.
type SellerStatus struct {
	Seller
	Contacts []Contact `json:"contacts"`
	Locked   bool      `json:"locked"` // nothing of this seller releases
	LockedAt time.Time `json:"locked_at,omitzero"`
	LockedBy string    `json:"locked_by,omitempty"`
	// TravelUntil is when the seller lets things go forward again, ExtraWaitHours
	// what the seller adds to every wait.
	TravelUntil    time.Time `json:"travel_until,omitzero"`
	ExtraWaitHours int       `json:"extra_wait_hours,omitempty"`
	CreatedAt      time.Time `json:"created_at"`
}

// Contact is an address that notices go to.
type Contact struct {
	Email string    `json:"email"`
	Since time.Time `json:"since"`
}

// Seller fetches what the gateway knows about a seller.
func (c *Client) Seller(ctx context.Context, id string) (*SellerStatus, error) {
	path, err := sellerPath(id, "")
	if err != nil {
		return nil, err
	}
	var s SellerStatus
	if err := c.get(ctx, path, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// LockSeller stops everything of a seller at once: waiting actions are held
// and none releases. No call unlocks.
func (c *Client) LockSeller(ctx context.Context, id, reason string, options ...CallOption) (*SellerStatus, error) {
	return c.forReason(ctx, id, "/lock", reason, options)
}

// OpenCase asks people at the desk to look at a seller. Nothing is stopped by it;
// a second request joins the open case.
func (c *Client) OpenCase(ctx context.Context, id, reason string, options ...CallOption) (*SellerStatus, error) {
	return c.forReason(ctx, id, "/cases", reason, options)
}

func (c *Client) forReason(ctx context.Context, id, call, reason string, options []CallOption) (*SellerStatus, error) {
	path, err := sellerPath(id, call)
	if err != nil {
		return nil, err
	}
	var s SellerStatus
	body := struct {
		Reason string `json:"reason"`
	}{reason}
	if err := c.post(ctx, path, body, &s, options); err != nil {
		return nil, err
	}
	return &s, nil
}

// Pages of a seller that SellerHandoff leads to.
const (
	ForEnrol    = "enrol"    // setting up a first way to prove themselves
	ForSecurity = "security" // their settings
	ForHistory  = "history"  // what was asked for and what became of it
)

// SellerHandoff returns a URL that leads a seller to one of their own pages,
// ForEnrol, ForSecurity or ForHistory. It is good for 10 minutes; opening it
// spends nothing. Send only a seller there whom you have signed in. A seller the
// gateway has never seen an action of is refused with CodeNotFound.
func (c *Client) SellerHandoff(ctx context.Context, id, purpose string, options ...CallOption) (*Next, error) {
	path, err := sellerPath(id, "/handoff")
	if err != nil {
		return nil, err
	}
	var next Next
	body := struct {
		Purpose string `json:"purpose"`
	}{purpose}
	if err := c.post(ctx, path, body, &next, options); err != nil {
		return nil, err
	}
	return &next, nil
}

func sellerPath(id, verb string) (string, error) {
	if id == "" {
		return "", errors.New("countersign: the seller id is empty")
	}
	return "/v1/sellers/" + url.PathEscape(id) + verb, nil
}

// AdvanceTestClock moves a test-mode gateway's clock forward by d, lets all
// that is due happen, and returns where the clock stands now. A gateway with
// live keys refuses.
func (c *Client) AdvanceTestClock(ctx context.Context, d time.Duration, options ...CallOption) (time.Time, error) {
	body := struct {
		By string `json:"by"`
	}{d.String()}
	var answer struct {
		Now time.Time `json:"now"`
	}
	if err := c.post(ctx, "/v1/test/clock/advance", body, &answer, options); err != nil {
		return time.Time{}, err
	}
	return answer.Now, nil
}
