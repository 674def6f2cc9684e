package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goodConfig = `public_url: https://approve.market.example
database: sqlite:/var/lib/countersign/db
keys_file: /etc/countersign/keys.json
mail:
  smtp: localhost:25
  tls: none
  from: security@market.example
typed:
  en: market.example/security
`

func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "countersign.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigGood(t *testing.T) {
	c, err := loadConfig(configFile(t, goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.Mode != modeLive || c.PasskeyDomain != "approve.market.example" {
		t.Errorf("defaults: %+v", c)
	}
}

// Help is a link on every page.
func TestConfigHelp(t *testing.T) {
	for _, good := range []string{"https://market.example/help", "mailto:help@market.example"} {
		c, err := loadConfig(configFile(t, goodConfig+"help: "+good+"\n"))
		if err != nil || c.Help != good {
			t.Errorf("%q, %v", c.Help, err)
		}
	}
}

// The public URL is kept in the one form it is compared in: as a passkey's
// origin, which browsers write in lower case and with nothing after.
func TestConfigPublicURL(t *testing.T) {
	c, err := loadConfig(configFile(t, strings.Replace(goodConfig, "https://approve.market.example", "https://Approve.Market.example:443/", 1)))
	if err != nil || c.PublicURL != "https://approve.market.example" || c.PasskeyDomain != "approve.market.example" {
		t.Errorf("%s, %s, %v", c.PublicURL, c.PasskeyDomain, err)
	}
}

// Each mistake is told by line and field, with what to write instead.
func TestConfigMistakes(t *testing.T) {
	for _, tt := range []struct{ name, old, new, line, says string }{
		{"unknown key", "keys_file:", "key_file:", ":3", "key_file is not a setting; did you mean keys_file?"},
		{"unknown key in a section", "  smtp:", "  smpt:", ":5", "mail.smpt is not a setting"},
		{"http in public", "https://approve", "http://approve", ":1", "public_url must begin with https://"},
		{"path in the public URL", "market.example\nd", "market.example/x\nd", ":1", "public_url must be scheme and host only"},
		{"address in the public URL", "https://approve.market.example", "http://127.0.0.1:8080", ":1", "public_url must have a name"},
		{"unknown database", "sqlite:/var", "mysql:/var", ":2", "database must be sqlite:FILE or postgres://"},
		{"mail in clear over the network", "smtp: localhost:25", "smtp: mail.market.example:25", ":6", "mail.tls may be none only for a mail server on localhost"},
		{"no port", "smtp: localhost:25", "smtp: localhost", ":5", "mail.smtp must be host:port"},
		{"address with a name", "from: security@market.example", "from: Security <security@market.example>", ":7", "mail.from must be an address without a name"},
		{"bad address", "security@market.example", "security", ":7", "mail.from must be an address"},
		{"help in clear", "typed:", "help: http://market.example/help\ntyped:", ":8", "help must be an https or mailto address"},
		{"help that is none", "typed:", "help: javascript:alert(1)\ntyped:", ":8", "help must be an https or mailto address"},
		{"bad mode", "typed:", "mode: production\ntyped:", ":8", "mode must be live or test"},
		{"waits in the file", "typed:", "policy: {totp_wait: 1h}\ntyped:", ":8", "policy"},
		{"limit below none", "typed:", "limits: {calls_per_minute: -1}\ntyped:", ":8", "limits.calls_per_minute must be 0 to 1000000"},
		{"rings across what", "typed:", "rings: {across_marketplaces: sometimes}\ntyped:", ":8", "rings.across_marketplaces must be true or false"},
		{"everybody is a proxy", "typed:", "trusted_proxies: [0.0.0.0/0]\ntyped:", ":8", "trusted_proxies must not hold 0.0.0.0/0"},
		{"anybody tells the country", "typed:", "country_header: CF-IPCountry\ntyped:", ":8", "country_header is believed from a trusted proxy only"},
		{"missing", "keys_file: /etc/countersign/keys.json\n", "", "", "keys_file must name the file"},
		{"forward-auth that nobody may ask", "typed:", "forward_auth: {listen: \"127.0.0.1:8091\", marketplace: m}\ntyped:", "", "forward_auth.trusted must list the addresses your proxies connect from"},
		{"forward-auth that everybody may ask", "typed:", "forward_auth: {listen: \"127.0.0.1:8091\", marketplace: m, trusted: [0.0.0.0/0]}\ntyped:", ":8", "forward_auth.trusted must not hold 0.0.0.0/0, which is everybody"},
		{"forward-auth for nobody", "typed:", "forward_auth: {listen: \"127.0.0.1:8091\", trusted: [10.0.0.5]}\ntyped:", "", "forward_auth.marketplace must be the id"},
		{"forward-auth nowhere", "typed:", "forward_auth: {trusted: [10.0.0.5]}\ntyped:", "", "forward_auth.listen must be host:port"},
		{"foreign passkey domain", "typed:", "passkey_domain: evil.example\ntyped:", ":8", "passkey_domain must be public_url's host"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := configFile(t, strings.Replace(goodConfig, tt.old, tt.new, 1))
			_, err := loadConfig(path)
			e, ok := errors.AsType[*ConfigError](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if want := path + tt.line + ": " + tt.says; !strings.Contains(e.Error(), want) {
				t.Errorf("got\n%v\nwant\n%s", e, want)
			}
		})
	}
}

// Forward-auth is off until it is asked for; lists can come from the environment
// too.
func TestConfigForwardAuth(t *testing.T) {
	c, err := loadConfig(configFile(t, goodConfig))
	if err != nil || c.ForwardAuth.Listen != "" {
		t.Fatalf("%+v, %v", c.ForwardAuth, err)
	}
	t.Setenv("COUNTERSIGN_FORWARD_AUTH_TRUSTED", "10.0.0.5,10.0.1.0/24")
	c, err = loadConfig(configFile(t, goodConfig+"forward_auth: {listen: \"127.0.0.1:8091\", marketplace: m}\n"))
	if err != nil || !slices.Equal(c.ForwardAuth.trusted(), []string{"10.0.0.5", "10.0.1.0/24"}) {
		t.Fatalf("%+v, %v", c.ForwardAuth, err)
	}
}

func TestConfigNotYAML(t *testing.T) {
	for _, text := range []string{"- a\n- b\n", "public_url: [", ""} {
		if _, err := loadConfig(configFile(t, text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestConfigEnvironmentOverrides(t *testing.T) {
	t.Setenv("COUNTERSIGN_MAIL_SMTP", "localhost:2525")
	t.Setenv("COUNTERSIGN_MODE", "test")
	t.Setenv("COUNTERSIGN_LIMITS_CALLS_PER_MINUTE", "12")
	t.Setenv("COUNTERSIGN_TRUSTED_PROXIES", "10.0.0.5,10.0.1.0/24")
	t.Setenv("COUNTERSIGN_TEST_POSTGRES", "postgres://elsewhere") // not a setting: ignored
	c, err := loadConfig(configFile(t, goodConfig))
	if err != nil || c.Mail.SMTP != "localhost:2525" || !c.testMode() || c.Limits.Calls != 12 || c.Limits.Forms != 300 || len(c.TrustedProxies) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestConfigSecretsByFile(t *testing.T) {
	url := configFile(t, "postgres://gateway:secret@db/countersign\n")
	text := strings.Replace(goodConfig, "database: sqlite:/var/lib/countersign/db", "database_file: "+url, 1)
	c, err := loadConfig(configFile(t, text))
	if err != nil || c.Database != "postgres://gateway:secret@db/countersign" {
		t.Fatalf("%q, %v", c.Database, err)
	}
	_, err = loadConfig(configFile(t, goodConfig+"database_file: "+url+"\n"))
	if err == nil || !strings.Contains(err.Error(), "database_file stands beside database") || strings.Contains(err.Error(), "secret@") {
		t.Errorf("both: %v", err)
	}
}
