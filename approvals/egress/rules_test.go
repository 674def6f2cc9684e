package egress

import (
	"strings"
	"testing"
)

// TestCheck: J1 (plain http), J2 (user and password), J3 (spellings), J8 (ports).
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"https://market.example/hooks", "https://market.example", "https://MARKET.example./hooks?a=b", "https://market.example:443/",
		"https://xn--mrkt-hpa.example/", "https://1.1.1.1/hooks", "https://[2606:4700::1111]/hooks", "https://9lives.example/x",
	} {
		if problem := (Rules{}).Check(good); problem != "" {
			t.Errorf("%s: %s", good, problem)
		}
	}
	for bad, want := range map[string]string{
		"http://market.example/hooks": "https://", "ftp://market.example": "https://", "market.example/hooks": "complete", "https://": "complete",
		"https:market.example": "complete", "": "complete", "https://market.example/a b": "complete", "https://market.example\\@evil.example/": "complete",
		"https://user@market.example/": "user name", "https://user:pass@market.example/": "user name", "https://market.example/#x": "fragment",
		"https://market.example/#": "fragment", "https://market.example:8443/": "port", "https://market.example:80/": "port",
		"https://127.0.0.1/": "public", "https://10.1.2.3/": "public", "https://169.254.169.254/latest/": "public", "https://[::1]/": "public",
		"https://[::ffff:10.0.0.1]/": "public", "https://[fe80::1%25eth0]/": "public", "https://[fd00::1]/": "public", "https://localhost/": "public",
		"https://LOCALHOST./": "public", "https://db.internal/": "public", "https://printer.local/": "public", "https://intranet/": "public",
		"https://127.1/": "usual form", "https://2130706433/": "public", "https://0x7f.0.0.1/": "usual form", "https://a.0x7f000001/": "usual form",
		"https://0177.0.0.1/": "usual form", "https://①②⑦.⓪.⓪.①/": "letters", "https://127。0。0。1/": "letters", "https://market..example/": "letters",
		"https://m%2eexample/": "complete",
	} {
		problem := (Rules{}).Check(bad)
		if !strings.Contains(problem, want) {
			t.Errorf("%s: %q, want something about %q", bad, problem, want)
		}
		if strings.Contains(problem, "pass") && strings.Contains(bad, ":pass@") && strings.Contains(problem, "user:pass") {
			t.Errorf("%s: the answer repeats it", bad)
		}
	}
	if problem := (Rules{Ports: []string{"8443"}}).Check("https://market.example:8443/"); problem != "" {
		t.Errorf("an allowed port: %s", problem)
	}
	if problem := (Rules{Private: true}).Check("http://127.0.0.1:9/hooks"); problem != "" {
		t.Errorf("in development: %s", problem)
	}
	if problem := (Rules{Private: true}).Check("http://user@127.0.0.1:9/hooks"); problem == "" {
		t.Error("in development: a user name was taken")
	}
}
