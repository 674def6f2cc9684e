package api

import (
	"net/http"
	"time"

	"countersign/approvals"
)

// sellerView is what the gateway knows of a seller.
type sellerView struct {
	ID       approvals.SellerID `json:"id"`
	Object   string             `json:"object"`
	Name     string             `json:"name,omitempty"`
	Email    string             `json:"email"` // the newest that counts
	Contacts []contact          `json:"contacts"`
	Locale   string             `json:"locale,omitempty"`
	TimeZone string             `json:"time_zone,omitempty"`
	Country  string             `json:"country,omitempty"`
	Locked   bool               `json:"locked"`
	LockedAt string             `json:"locked_at,omitempty"`
	LockedBy string             `json:"locked_by,omitempty"`
	// What the seller asked for themselves.
	TravelUntil    string `json:"travel_until,omitempty"`
	ExtraWaitHours int    `json:"extra_wait_hours,omitempty"`
	// Other people who have to agree.
	Approvers []approver `json:"approvers,omitempty"`
	CreatedAt string     `json:"created_at"`
}

type approver struct {
	ID         approvals.ApproverID    `json:"id"`
	Name       string                  `json:"name"`
	Email      string                  `json:"email"`
	State      approvals.ApproverState `json:"state"`
	UsableFrom string                  `json:"usable_from,omitempty"`
}

type contact struct {
	Email     string `json:"email"`
	Since     string `json:"since"`
	RetiredAt string `json:"retired_at,omitempty"` // replaced then
}

func viewSeller(s approvals.Seller, now time.Time) sellerView {
	v := sellerView{
		ID: s.Seller, Object: "seller", Name: s.Name, Contacts: []contact{}, Locale: s.Locale, TimeZone: s.TimeZone,
		Country: s.Country, Locked: s.Locked, CreatedAt: approvals.FormatTime(s.CreatedAt),
	}
	v.TravelUntil, v.ExtraWaitHours = formatTime(s.Choices.TravelUntil), int(s.Choices.ExtraWait/time.Hour)
	if s.Locked {
		v.LockedAt, v.LockedBy = formatTime(s.LockedAt), string(s.LockedBy)
	}
	for _, c := range s.Contacts {
		v.Contacts = append(v.Contacts, contact{c.Email, approvals.FormatTime(c.Since), formatTime(c.RetiredAt)})
		if c.RetiredAt.IsZero() {
			v.Email = c.Email
		}
	}
	for _, p := range s.Approvers {
		v.Approvers = append(v.Approvers, approver{p.ID, p.Name, p.Email, p.State(now), formatTime(p.UsableFrom)})
	}
	return v
}

// sellerShow tells what the gateway knows of a seller.
func (a *API) sellerShow(c *call) (any, error) {
	if err := noQuery(c.http); err != nil {
		return nil, err
	}
	key, err := c.seller()
	if err != nil {
		return nil, err
	}
	s, err := a.Reader.Seller(c.ctx(), key)
	if err != nil {
		return nil, err
	}
	return viewSeller(s, a.Now()), nil
}

// sellerLock stops everything of a seller. Locking a locked seller changes
// nothing, so the answer may be kept after the lock.
func (a *API) sellerLock(c *call) error {
	return a.withReason(c, func(key approvals.SellerKey, reason string) (approvals.Seller, error) {
		return a.Service.Lock(c.ctx(), key, approvals.LockMarketplace, reason, by(c.marketplace))
	})
}

// sellerCase asks people at the desk to look at a seller. A second request joins
// the open case, so the answer may be kept after it.
func (a *API) sellerCase(c *call) error {
	return a.withReason(c, func(key approvals.SellerKey, reason string) (approvals.Seller, error) {
		return a.Service.AskCase(c.ctx(), key, reason, by(c.marketplace))
	})
}

// withReason does something to a seller for a reason, and answers with the seller.
func (a *API) withReason(c *call, do func(approvals.SellerKey, string) (approvals.Seller, error)) error {
	key, err := c.seller()
	if err != nil {
		return err
	}
	var in struct {
		Reason string `json:"reason"`
	}
	if err := approvals.DecodeStrict(c.body, &in, ""); err != nil {
		return err
	}
	var f fields
	if in.Reason == "" {
		f.add("reason", "must be there")
	}
	f.short("reason", in.Reason, maxNote)
	if err := f.err(); err != nil {
		return err
	}
	s, err := do(key, in.Reason)
	if err != nil {
		return err
	}
	if _, err := a.make(c, http.StatusOK, "", viewSeller(s, a.Now())); err != nil {
		return err
	}
	return a.save(c)
}
