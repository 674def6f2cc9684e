package main

import (
	"countersign/web/proxy"
)

// Config is the gateway's configuration: one YAML file, every field of which
// an environment variable can override (COUNTERSIGN_ and the field in capitals,
// dots as underscores: COUNTERSIGN_MAIL_SMTP). A key that is not listed here
// is refused. Keys and the mail password are named by file; a database URL with
// a password can be.
type Config struct {
	// PublicURL is where sellers reach the gateway: https, or http on a
	// loopback host. Mail links and passkeys are bound to it.
	PublicURL string `koanf:"public_url"`
	// Listen is the address pages and API are served on.
	Listen string `koanf:"listen"`
	// OperatorListen serves /metrics and /readyz to the operator; empty: not at all.
	OperatorListen string `koanf:"operator_listen"`
	// TrustedProxies are the addresses and ranges that the proxies in front of
	// Listen connect from. What the last of them puts into X-Forwarded-For is then
	// whom a request is counted as; without any, callers from this machine or a
	// private network are not told apart and not limited by address.
	TrustedProxies []string `koanf:"trusted_proxies"`
	// CountryHeader is the header in which the last trusted proxy says which
	// country a request came from, as two letters. Sellers read it in what they
	// are told. Default: nobody says.
	CountryHeader string       `koanf:"country_header"`
	Limits        LimitsConfig `koanf:"limits"`
	// Database is "sqlite:FILE" or "postgres://…". A URL with a password is
	// better kept in DatabaseFile.
	Database     string `koanf:"database"`
	DatabaseFile string `koanf:"database_file"`
	// KeysFile is made by "countersign keys new".
	KeysFile string `koanf:"keys_file"`
	// Mode is "live" or "test". A test gateway has a clock that can be moved
	// and keys that begin with cs_test_.
	Mode string `koanf:"mode"`
	// PasskeyDomain is the WebAuthn relying party id; default: PublicURL's host.
	PasskeyDomain string `koanf:"passkey_domain"`
	// Help is where the marketplace helps people, an https or mailto address: a
	// link on every page. Default: no link.
	Help     string         `koanf:"help"`
	Mail     MailConfig     `koanf:"mail"`
	Typed    TypedConfig    `koanf:"typed"`
	Rings    RingsConfig    `koanf:"rings"`
	Banks    BanksConfig    `koanf:"banks"`
	Webhooks WebhooksConfig `koanf:"webhooks"`
	// ForwardAuth lets a proxy ask before it lets a request through; empty: not.
	ForwardAuth ForwardAuthConfig `koanf:"forward_auth"`
	// Routes puts the gateway in front of a marketplace, on a listener of its
	// own; empty: not.
	Routes proxy.Routes `koanf:"routes"`
	// Desk is about those who work for no marketplace.
	Desk DeskConfig `koanf:"desk"`
}

// LimitsConfig says how often somebody may ask in a minute, on all nodes
// together; 0 is no limit. Cancelling and locking are never limited.
type LimitsConfig struct {
	// Calls of one marketplace to the API. Default: 6000.
	Calls int `koanf:"calls_per_minute"`
	// Failures are calls of one address without a good API key. Default: 60.
	Failures int `koanf:"failures_per_minute"`
	// Forms that are sent to the pages from one address. Default: 300.
	Forms int `koanf:"forms_per_minute"`
	// Guarded are requests of one seller that the gateway, as a proxy, keeps for
	// approval; from one address as many as Forms. Default: 60.
	Guarded int `koanf:"guarded_per_minute"`
}

// maxLimit is the highest limit that can be set.
const maxLimit = 1_000_000

// MailConfig says how mails leave.
type MailConfig struct {
	// SMTP is host:port of the mail server.
	SMTP string `koanf:"smtp"`
	// TLS is "starttls" (default), "implicit", or "none" on a loopback host.
	TLS          string `koanf:"tls"`
	Username     string `koanf:"username"`
	PasswordFile string `koanf:"password_file"`
	// From and ReplyTo are bare addresses; the marketplace's name is put
	// before them.
	From    string `koanf:"from"`
	ReplyTo string `koanf:"reply_to"`
}

// TypedConfig is the address a seller can type to reach the marketplace
// without following a link, by language.
type TypedConfig struct {
	EN string `koanf:"en"`
	IT string `koanf:"it"`
}

// RingsConfig says among whom accounts that sellers share are looked for.
type RingsConfig struct {
	// AcrossMarketplaces is "true" to compare the sellers of all marketplaces, and not
	// of each by itself. No marketplace learns of another's sellers. What was seen
	// before the change does not count after it. Default: "false".
	AcrossMarketplaces string `koanf:"across_marketplaces"`
}

// across is what was configured; validate has accepted it.
func (c RingsConfig) across() bool { return c.AcrossMarketplaces == "true" }

// WebhooksConfig says where webhooks may go.
type WebhooksConfig struct {
	// AllowPrivate lets webhooks go to private and loopback addresses and to
	// plain http. For development.
	AllowPrivate string `koanf:"allow_private"`
	// Ports are allowed besides 443, with commas between them.
	Ports string `koanf:"ports"`
}

// Modes of a gateway.
const (
	modeLive = "live"
	modeTest = "test"
)

// defaults are the values a file need not give.
func defaults() Config {
	return Config{
		Listen: "127.0.0.1:8080",
		Mode:   modeLive,
		Mail:   MailConfig{TLS: "starttls"},
		Webhooks: WebhooksConfig{
			AllowPrivate: "false",
		},
		Limits: LimitsConfig{Calls: 6000, Failures: 60, Forms: 300, Guarded: 60},
	}
}

func (c Config) testMode() bool { return c.Mode == modeTest }
