package approvals

import "time"

// MarketplaceID and SellerID name the two parties. A SellerID is the
// marketplace's own word for its seller and means nothing outside it.
type (
	MarketplaceID string
	SellerID      string
)

// SellerKey names one seller of one marketplace.
type SellerKey struct {
	Marketplace MarketplaceID
	Seller      SellerID
}

// Seller is what the gateway knows of a seller. A lock stops every action of
// the seller and raises LockEpoch, so that an action begun before the lock
// cannot be released after it (DESIGN rule 13).
type Seller struct {
	SellerKey
	Name      string
	Locale    string // "en" or "it"
	TimeZone  string // IANA name
	Country   string // ISO 3166-1 alpha-2
	Locked    bool
	LockEpoch int
	LockedAt  time.Time
	LockedBy  LockReason
	Contacts  []Contact // oldest first
	CreatedAt time.Time
	// OnboardedAt is when the marketplace identified the seller, as it says; zero
	// if it does not. It vouches for a first authenticator for a day.
	OnboardedAt time.Time
	// SecurityAt is the last change of a contact, an authenticator or an approver.
	SecurityAt time.Time
	// Choices are the seller's own.
	Choices Choices
	// Approvers are the other people on the account, oldest first, removed ones too.
	Approvers []Approver
}

// Contact is a mail address of a seller and since when it is known. An address
// is replaced by a contact.change only, and goes on being told for ContactKept.
type Contact struct {
	Email     string
	Since     time.Time
	RetiredAt time.Time // zero: it counts
}

// LockReason says who locked a seller.
type LockReason string

const (
	LockNotMe       LockReason = "not_me"      // the seller, or whoever reads the seller's mail
	LockMarketplace LockReason = "marketplace" // an API call
	LockSupport     LockReason = "support"     // a person of the desk
)

// Marketplace is a tenant of the gateway.
type Marketplace struct {
	ID         MarketplaceID
	Name       string   // shown to sellers
	ReturnURLs []string // exact; nothing else is accepted as return_url
	CreatedAt  time.Time
}
