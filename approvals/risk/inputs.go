package risk

import (
	"encoding/json"
	"maps"
	"time"

	"countersign/approvals"
	"countersign/approvals/destination"
)

// vouchLife is how long after onboarding what a seller enrols first counts as
// known from the start.
const vouchLife = 24 * time.Hour

// inputs are the signals of f by name, but for the method: no account number, no
// address, nothing but numbers, booleans and words.
func (p *Policy) inputs(f approvals.Facts) map[string]any {
	in := p.ofSeller(f)
	maps.Copy(in, p.ofDestination(f))
	in[sigKind] = string(f.Kind)
	return in
}

func (p *Policy) ofSeller(f approvals.Facts) map[string]any {
	s := f.Signals
	return map[string]any{
		"vouched":                 vouched(f),
		"security_age_hours":      p.since(f.Now, f.Seller.SecurityAt, Never),
		"has_passkey":             s.HasPasskey,
		"has_device":              s.HasDevice,
		sigApprover:               s.HasApprover,
		"change_open":             s.ChangeOpen,
		"since_last_change_hours": p.since(f.Now, s.LastChangeAt, Never),
		"changes_30d":             int64(s.Changes30),
		"cancels_30d":             int64(s.Cancels30),
		"loan_age_hours":          p.since(f.Now, s.LoanAt, Never),
		"loans_30d":               int64(s.Loans30),
		"loans_to_it_30d":         int64(s.LoansHere),
		"loan_sum_30d":            f.LoanSum(),
		"notice_bounced":          s.NoticeBounced,
		"alike_24h":               int64(s.Alike),
		"agent_velocity":          int64(s.AgentVelocity),
		"new_network":             s.NewNetwork,
		"geo_jump":                s.NewCountry,
		"session_age_hours":       p.since(f.Now, f.Context.SessionStartedAt, 0),
		"password_age_hours":      p.since(f.Now, f.Context.PasswordChangedAt, Never),
		"payout_jump":             int64(min(max(f.Context.PayoutTimes, 0), Never)),
		"balance_at_risk":         int64(min(max(f.Context.BalanceTimes, 0), Never)),
	}
}

func (p *Policy) ofDestination(f approvals.Facts) map[string]any {
	s := f.Signals
	to, from := p.named(f)
	in := map[string]any{
		"first_destination":             f.Kind == approvals.PayoutAccountChange && from == nil && s.LastChangeAt.IsZero(),
		"destination_shared":            int64(s.Shared30),
		"destination_shared_365d":       int64(s.Shared365),
		"destination_shared_strong":     s.SharedStrong,
		"destination_denied":            s.Denied,
		"destination_disputed":          s.Disputed || s.Disowned,
		"destination_in_failed_attempt": s.FailedAttempt,
		"destination_age_hours":         p.since(f.Now, s.DestinationSince, 0),
		"destination_unused_hours":      p.unused(f.Now, s.DestinationUsed),
		"institution_class":             string(destination.UnknownInstitution),
		"class_shift":                   false,
		"country_change":                false,
		"country_mismatch":              false,
		"payee_check":                   "none",
	}
	if p.nowhere(f.Kind) { // nothing about a destination is bad where there is none
		in["destination_age_hours"], in["destination_unused_hours"] = int64(Never), int64(0)
	}
	if to == nil {
		return in
	}
	in["institution_class"] = string(to.Institution().Class)
	in["country_mismatch"] = to.CountryMismatch(f.Seller.Country)
	if from != nil {
		in["country_change"] = destination.CountryChange(*from, *to)
		in["class_shift"] = destination.ClassShift(*from, *to)
	}
	if found := to.PayeeOutcome(); found != "" {
		in["payee_check"] = string(found)
	}
	return in
}

// named are the destination a request is about and the one it would take the
// place of.
func (p *Policy) named(f approvals.Facts) (to, from *destination.Destination) {
	if f.Details != nil && f.Kind.Defined() {
		return p.paidInto(f), nil
	}
	var d struct{ From, To, Destination *destination.Destination }
	if f.Details == nil || f.Kind.Own() || json.Unmarshal(f.Details, &d) != nil {
		return nil, nil
	}
	if d.To == nil {
		d.To = d.Destination
	}
	return d.To, d.From
}

// proved adds what the first proof tells. Before there is one, the device and the
// authenticator are taken for old: the proof can only raise what is asked for.
func (p *Policy) proved(in map[string]any, f approvals.Facts, m approvals.Method) map[string]any {
	out := maps.Clone(in)
	out[sigMethod] = string(m)
	out["device_age_hours"], out["authenticator_age_hours"] = int64(Never), int64(Never)
	out["passkey_counter_back"] = f.CounterBack
	if f.Proof == nil {
		return out
	}
	since := p.known(f, f.Proof.Since)
	device := p.known(f, f.Proof.DeviceSince)
	if f.Proof.Method == approvals.Passkey {
		device = max(device, since) // a passkey is a device, or travels like one
	}
	out["device_age_hours"], out["authenticator_age_hours"] = device, since
	out["passkey_counter_back"] = f.CounterBack || f.Proof.CounterBack
	return out
}

// vouched reports whether the marketplace says when it identified the seller. A
// time to come vouches for nothing.
func vouched(f approvals.Facts) bool {
	return !f.Seller.OnboardedAt.IsZero() && !f.Seller.OnboardedAt.After(f.Now)
}

// known is the age of something the seller proves with: from the start where it
// was enrolled while the marketplace's onboarding vouched for it.
func (p *Policy) known(f approvals.Facts, since time.Time) int64 {
	if !since.IsZero() && vouched(f) && since.Before(f.Seller.OnboardedAt.Add(vouchLife)) {
		return Never
	}
	return p.since(f.Now, since, 0)
}

// since is how many whole hours ago at was; absent where it never was.
func (p *Policy) since(now, at time.Time, absent int64) int64 {
	if at.IsZero() {
		return absent
	}
	return p.hours(now.Sub(at), 0)
}

// unused rounds up: for how long something lay idle is bad when long.
func (p *Policy) unused(now, at time.Time) int64 {
	if at.IsZero() {
		return Never
	}
	return p.hours(now.Sub(at), time.Hour-1)
}

// hours is d in whole hours of the policy, from 0 to Never.
func (p *Policy) hours(d, round time.Duration) int64 {
	h := d.Hours()/p.scale + round.Hours() + 1e-6 // a division may come out a hair short
	return int64(min(max(h, 0), Never))
}

// paidInto is the account that a request of a kind of the file's pays into.
func (p *Policy) paidInto(f approvals.Facts) *destination.Destination {
	d := p.defined[f.Kind]
	if d == nil || d.Destination == "" {
		return nil
	}
	var details map[string]json.RawMessage
	var to destination.Destination
	if json.Unmarshal(f.Details, &details) != nil || json.Unmarshal(details[d.Destination], &to) != nil {
		return nil
	}
	return &to
}
