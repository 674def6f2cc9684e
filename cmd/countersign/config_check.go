package main

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals/egress"
	"countersign/web"
	"countersign/web/peer"
)

// resolve replaces settings that name a file by the file's content, and takes
// apart what an environment variable holds as one text.
func (c *Config) resolve() []Problem {
	if len(c.TrustedProxies) == 1 { // an environment variable holds a list as one text
		c.TrustedProxies = strings.Split(c.TrustedProxies[0], ",")
	}
	if c.DatabaseFile == "" {
		return nil
	}
	if c.Database != "" {
		return []Problem{{Field: "database_file", Message: "stands beside database; keep one of the two"}}
	}
	raw, err := os.ReadFile(c.DatabaseFile)
	if err != nil {
		return []Problem{{Field: "database_file", Message: "cannot be read: " + errorText(err)}}
	}
	c.Database = strings.TrimSpace(string(raw))
	return nil
}

// validate checks every setting and says what to write instead.
func (c *Config) validate() []Problem {
	var out []Problem
	bad := func(field, format string, args ...any) {
		out = append(out, Problem{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	out = append(out, c.checkPublicURL()...)
	out = append(out, c.ForwardAuth.validate()...)
	out = append(out, c.checkRoutes()...)
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("listen", "must be host:port, as in 127.0.0.1:8080")
	}
	if _, _, err := net.SplitHostPort(c.OperatorListen); err != nil && c.OperatorListen != "" {
		bad("operator_listen", "must be host:port, as in 127.0.0.1:9090")
	}
	if !strings.HasPrefix(c.Database, "sqlite:") && !strings.HasPrefix(c.Database, "postgres://") {
		bad("database", "must be sqlite:FILE or postgres://…")
	}
	if c.KeysFile == "" {
		bad("keys_file", "must name the file made by \"countersign keys new\"")
	}
	if c.Mode != modeLive && c.Mode != modeTest {
		bad("mode", "must be live or test")
	}
	if c.Help != "" && !helpful(c.Help) {
		bad("help", "must be an https or mailto address, as in https://market.example/help")
	}
	if c.Typed.EN == "" {
		bad("typed.en", "must be the address a seller can type, as in market.example/security")
	}
	for field, n := range map[string]int{
		"limits.calls_per_minute": c.Limits.Calls, "limits.failures_per_minute": c.Limits.Failures, "limits.forms_per_minute": c.Limits.Forms,
		"limits.guarded_per_minute": c.Limits.Guarded,
	} {
		if n < 0 || n > maxLimit {
			bad(field, "must be 0 to %d; 0 is no limit", maxLimit)
		}
	}
	if len(c.TrustedProxies) > 0 {
		if _, err := peer.Parse(c.TrustedProxies); err != nil {
			bad("trusted_proxies", "%v", err)
		}
	}
	if c.CountryHeader != "" && len(c.TrustedProxies) == 0 {
		bad("country_header", "is believed from a trusted proxy only; set trusted_proxies too")
	}
	out = append(out, c.Banks.validate()...)
	out = append(out, c.Desk.SignOn.validate()...)
	out = append(out, slices.Concat(c.checkRings(), c.checkWebhooks())...)
	return append(out, c.Mail.validate()...)
}

func (c Config) checkRings() []Problem {
	if a := c.Rings.AcrossMarketplaces; a != "" && a != "true" && a != "false" {
		return []Problem{{Field: "rings.across_marketplaces", Message: "must be true or false"}}
	}
	return nil
}

func (c Config) checkWebhooks() []Problem {
	if _, err := strconv.ParseBool(c.Webhooks.AllowPrivate); err != nil {
		return []Problem{{Field: "webhooks.allow_private", Message: "must be true or false"}}
	}
	for _, p := range c.egress().Ports {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return []Problem{{Field: "webhooks.ports", Message: "must be ports with commas between them, as in 8443,9443"}}
		}
	}
	return nil
}

// egress says where webhooks may go.
func (c Config) egress() egress.Rules {
	private, _ := strconv.ParseBool(c.Webhooks.AllowPrivate) // validate has accepted it
	r := egress.Rules{Private: private}
	if c.Webhooks.Ports != "" {
		r.Ports = strings.Split(strings.ReplaceAll(c.Webhooks.Ports, " ", ""), ",")
	}
	return r
}

// helpful reports whether a link to this address can stand on a page.
func helpful(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && bareAddress(u.Opaque))
}

// checkPublicURL keeps the URL in the one form in which it is compared.
func (c *Config) checkPublicURL() []Problem {
	u, err := web.CheckPublicURL(c.PublicURL)
	if err != nil {
		return []Problem{{Field: "public_url", Message: err.Error()}}
	}
	if net.ParseIP(u.Hostname()) != nil {
		return []Problem{{Field: "public_url", Message: "must have a name, not an address, for which browsers make no passkeys"}}
	}
	c.PublicURL = u.String()
	if c.PasskeyDomain == "" {
		c.PasskeyDomain = u.Hostname()
	}
	if h := u.Hostname(); h != c.PasskeyDomain && !strings.HasSuffix(h, "."+c.PasskeyDomain) {
		return []Problem{{Field: "passkey_domain", Message: "must be public_url's host or a domain above it"}}
	}
	return nil
}

func (m MailConfig) validate() []Problem {
	var out []Problem
	host, _, err := net.SplitHostPort(m.SMTP)
	if err != nil {
		out = append(out, Problem{Field: "mail.smtp", Message: "must be host:port of a mail server"})
	}
	switch m.TLS {
	case "starttls", "implicit":
	case "none":
		if !web.Loopback(host) {
			out = append(out, Problem{Field: "mail.tls", Message: "may be none only for a mail server on localhost"})
		}
	default:
		out = append(out, Problem{Field: "mail.tls", Message: "must be starttls, implicit or none"})
	}
	if !bareAddress(m.From) {
		out = append(out, Problem{Field: "mail.from", Message: "must be an address without a name, as in security@market.example"})
	}
	if m.ReplyTo != "" && !bareAddress(m.ReplyTo) {
		out = append(out, Problem{Field: "mail.reply_to", Message: "must be an address without a name, which somebody reads"})
	}
	if m.PasswordFile != "" {
		if _, err := os.Stat(m.PasswordFile); err != nil {
			out = append(out, Problem{Field: "mail.password_file", Message: "cannot be read: " + errorText(err)})
		}
	}
	return out
}

func bareAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// errorText is the system's reason without the path, which the reader has
// written himself.
func errorText(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}
