package api

import (
	"net/netip"
	"strings"
	"time"
	_ "time/tzdata" // zones are the same on every host
	"unicode/utf8"

	"golang.org/x/text/language"

	"countersign/approvals"
)

// Limits on text that comes from marketplaces, in characters.
const (
	maxName           = 200
	maxLocale         = 35
	maxZone           = 64
	maxUserAgent      = 512
	maxLoginMethod    = 64
	maxAcceptLanguage = 200
	maxNote           = 500
)

// fields collects what is wrong with a request, so that one answer names it all.
type fields []approvals.FieldError

func (f *fields) add(field, message string) {
	*f = append(*f, approvals.FieldError{Field: field, Message: message})
}

func (f fields) err() error {
	if len(f) == 0 {
		return nil
	}
	return approvals.Invalid(f...)
}

// short checks the length of text.
func (f *fields) short(field, text string, limit int) {
	if utf8.RuneCountInString(text) > limit {
		f.add(field, "is too long")
	}
}

// sellerRequest is what a marketplace says of its seller.
type sellerRequest struct {
	ID          string `json:"id"`
	Email       string `json:"email"`
	Name        string `json:"name"`
	Locale      string `json:"locale"`
	TimeZone    string `json:"time_zone"`
	Country     string `json:"country"`
	OnboardedAt string `json:"onboarded_at"`
}

func (in sellerRequest) seller(f *fields, m approvals.MarketplaceID) approvals.Seller {
	if problem := approvals.CheckSellerID(in.ID); problem != "" {
		f.add("seller.id", problem)
	}
	email, err := approvals.ParseEmail(in.Email)
	if err != nil {
		f.add("seller.email", err.Error())
	}
	f.short("seller.name", in.Name, maxName)
	if in.TimeZone != "" && !zone(in.TimeZone) {
		f.add("seller.time_zone", "must be an IANA name such as Europe/Rome")
	}
	if in.Country != "" && !country(in.Country) {
		f.add("seller.country", "must be two capital letters of ISO 3166-1, such as IT")
	}
	return approvals.Seller{
		SellerKey: approvals.SellerKey{Marketplace: m, Seller: approvals.SellerID(in.ID)},
		Name:      strings.TrimSpace(in.Name), Locale: f.locale("seller.locale", in.Locale),
		TimeZone: in.TimeZone, Country: in.Country,
		Contacts:    []approvals.Contact{{Email: email}},
		OnboardedAt: f.time("seller.onboarded_at", in.OnboardedAt),
	}
}

// locale keeps the languages there are pages in; another is English.
func (f *fields) locale(field, text string) string {
	if text == "" {
		return ""
	}
	tag, err := language.Parse(text)
	if err != nil || len(text) > maxLocale {
		f.add(field, "must be a language tag such as en or it-IT")
		return ""
	}
	if base, _ := tag.Base(); base.String() == "it" {
		return "it"
	}
	return "en"
}

func zone(name string) bool {
	if len(name) > maxZone || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

func country(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && region.IsCountry() && region.String() == code && len(code) == 2
}

// time reads an RFC 3339 time; an absent one is zero.
func (f *fields) time(field, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		f.add(field, "must be a time such as 2026-05-16T09:30:00Z")
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// contextRequest is what a marketplace says of the seller's session.
type contextRequest struct {
	IP               string `json:"ip"`
	UserAgent        string `json:"user_agent"`
	SessionStartedAt string `json:"session_started_at"`
	LoginMethod      string `json:"login_method"`
	AcceptLanguage   string `json:"accept_language"`
	Country          string `json:"country"`
	// Optional, and weighed alone: no sum is kept.
	PasswordChangedAt string          `json:"password_changed_at"`
	Payouts           *payoutsRequest `json:"payouts"`
}

// payoutsRequest is what the seller is about to be paid beside what is usual.
type payoutsRequest struct {
	Currency string `json:"currency"`
	Usual    string `json:"usual"`
	Next     string `json:"next"`
	Balance  string `json:"balance"`
}

func (in *payoutsRequest) into(out *approvals.Context, f *fields) {
	if in == nil {
		return
	}
	if f.times("context.payouts.usual", in.Usual, in) == 0 {
		return
	}
	if in.Next != "" {
		out.PayoutTimes = f.times("context.payouts.next", in.Next, in)
	}
	if in.Balance != "" {
		out.BalanceTimes = f.times("context.payouts.balance", in.Balance, in)
	}
}

// times is how often the usual payout fits into a sum.
func (f *fields) times(field, sum string, in *payoutsRequest) int {
	n, err := approvals.Times(sum, in.Usual, in.Currency)
	if err != nil {
		f.add(field, err.Error())
	}
	return n
}

func (in contextRequest) context(f *fields) approvals.Context {
	out := approvals.Context{UserAgent: in.UserAgent, LoginMethod: in.LoginMethod, Country: in.Country, AcceptLanguage: in.AcceptLanguage}
	if in.IP != "" {
		addr, err := netip.ParseAddr(in.IP)
		if err != nil || addr.Zone() != "" {
			f.add("context.ip", "must be one IPv4 or IPv6 address")
		} else {
			out.IP = addr.Unmap().String()
		}
	}
	if in.Country != "" && !country(in.Country) {
		f.add("context.country", "must be two capital letters of ISO 3166-1, such as IT")
	}
	f.short("context.user_agent", in.UserAgent, maxUserAgent)
	f.short("context.accept_language", in.AcceptLanguage, maxAcceptLanguage)
	f.short("context.login_method", in.LoginMethod, maxLoginMethod)
	out.SessionStartedAt = f.time("context.session_started_at", in.SessionStartedAt)
	out.PasswordChangedAt = f.time("context.password_changed_at", in.PasswordChangedAt)
	in.Payouts.into(&out, f)
	return out
}
