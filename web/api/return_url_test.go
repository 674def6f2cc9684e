package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// spellings are return URLs that are not the registered one, each of them
// something that some parser takes for it, or that leads elsewhere
// (RELIABILITY E1 to E5).
func spellings() []string {
	const host, path = "market.example", "/bank"
	out := []string{
		"https:" + host + path, "https:/" + host + path, "https:///" + host + path, "https:////" + host + path, `https:\\` + host + path,
		`https:/\` + host + path, "//" + host + path, `/\` + host + path, `\\` + host + path, "///" + host + path, path, "bank", host + path, "./bank", "?x", "#x",
		"http://" + host + path, "HTTPS://" + host + path, "Https://" + host + path, "ftp://" + host + path, "ws://" + host + path, "wss://" + host + path,
		"javascript:alert(1)", "javascript://" + host + "/%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "blob:https://" + host + "/x",
		"view-source:https://" + host + path, "about:blank", "intent://" + host + path, "mailto:a@" + host, "tel:1", "https", "https:", "https://",
		"https://" + host, "https://" + host + "/", "https://" + host + path + "/", "https://" + host + "//bank", "https://" + host + "/./bank",
		"https://" + host + "/x/../bank", "https://" + host + "/bank/.", "https://" + host + "/bank/..", "https://" + host + "/bank//",
		"https://" + host + "/Bank", "https://" + host + "/%62ank", "https://" + host + "/ban%6B", "https://" + host + "/bank%2f", "https://" + host + "%2fbank",
		"https://" + host + "/bank%00", "https://" + host + "/bank%20", "https://" + host + "/bank%0d%0aX:%20y", "https://" + host + "/bank;x", "https://" + host + `\bank`,
		"https://" + host + path + "?", "https://" + host + path + "?x=1", "https://" + host + path + "#", "https://" + host + path + "#x", "https://" + host + path + "?#",
		"https://MARKET.example" + path, "https://Market.Example" + path, "https://" + host + "." + path, "https://" + host + ".." + path, "https://." + host + path,
		"https://" + host + ":443" + path, "https://" + host + ":" + path, "https://" + host + ":80" + path, "https://" + host + ":0443" + path, "https://" + host + ":444" + path,
		"https://@" + host + path, "https://a@" + host + path, "https://a:b@" + host + path, "https://:@" + host + path, "https://" + host + "@evil.example" + path,
		"https://" + host + "%40evil.example" + path, "https://evil.example@" + host + path, "https://evil.example#@" + host + path, `https://evil.example\@` + host + path,
		"https://evil.example" + path, "https://evil.example/https://" + host + path, "https://evil.example?" + host + path, "https://evil.example#" + host + path,
		"https://" + host + ".evil.example" + path, "https://evil" + host + path, "https://evil-" + host + path, "https://x." + host + path, "https://" + host + "evil.example" + path,
		"https://evil.example/" + host + path, "https://evil.example;" + host + path, "https://evil.example," + host + path, "https://market%2eexample" + path,
		"https://market.example%00.evil.example" + path, "https://market.example%2f.evil.example" + path, "https://market.example%23.evil.example" + path,
		"https://market.example&.evil.example" + path, "https://market.example;.evil.example" + path, "https://market.example,evil.example" + path,
		"https://market。example" + path, "https://market．example" + path, "https://market｡example" + path, "https://ｍarket.example" + path, "https://mаrket.example" + path,
		"https://market.exаmple" + path, "https://xn--mrket-3ve.example" + path, "https://market.ex\u00admple" + path, "https://mar\u200bket.example" + path,
		"https://market.example／bank", "https://market.example∕bank", "https://market.example⁄bank", "https://market.example?bank", "https：//market.example/bank",
		"https://127.0.0.1" + path, "https://[::1]" + path, "https://2130706433" + path, "https://0x7f.1" + path, "https://localhost" + path,
		" https://" + host + path, "https://" + host + path + " ", "https://" + host + " " + path, "https: //" + host + path, "\u00a0https://" + host + path,
		"\ufeffhttps://" + host + path, "https://" + host + path + "\u00a0", "https://" + host + path + "\u2028", "<https://" + host + path + ">", `"https://` + host + path + `"`,
		"https://" + host + path + "," + "https://" + host + path, "https://" + host + path + " https://evil.example", "https://" + host + path + "|https://evil.example",
		"https%3A%2F%2F" + host + path, "https%3a//" + host + path, "%68ttps://" + host + path, "https&#58;//" + host + path, `https\u003a//` + host + path,
		"https://" + host + path + strings.Repeat("a", 8192), "*", "https://*.example" + path, "https://" + host + "/*", "https://{host}/bank", "null", "undefined",
	}
	for _, ch := range []string{"\t", "\n", "\r", "\r\n", "\x00", "\x0b", "\x1f", "\x7f", "\u0085", "\u202e", "\u2066", "\u200f"} {
		good := "https://" + host + path
		out = append(out, ch+good, good+ch, "https:"+ch+"//"+host+path, "https://"+host+ch+path, "ht"+ch+"tps://"+host+path, "https://mar"+ch+"ket.example"+path)
	}
	for _, c := range "market.exp/" { // each character written in percent
		out = append(out, strings.Replace("https://"+host+path, string(c), "%"+strings.ToUpper(url.QueryEscape(string(c))), 1))
	}
	return append(out, generated()...)
}

// generated puts addresses that are not ours into forms that a browser, a
// proxy or a hasty check takes for ours: each of them is one the seller would
// be sent to.
func generated() []string {
	strangers := []string{
		"evil.example", "EVIL.example", "market.example.evil.example", "evilmarket.example", "market.example-evil.example", "market.exampleevil.com",
		"evil%2eexample", "evil\u3002example", "127.0.0.1", "[::1]", "[::ffff:7f00:1]", "2130706433", "0x7f000001", "017700000001", "127.1", "localhost", "169.254.169.254",
		"xn--mrket-3ve.example", "m\u0430rket.example", "market.example:443@evil.example", "market.example%23@evil.example",
	}
	forms := []string{
		"https://%s/bank", "http://%s/bank", "//%s/bank", "///%s/bank", "////%s/bank", `/\%s/bank`, `\/%s/bank`, `\\%s/bank`, `//\%s/bank`, "https:%s/bank", "https:/%s/bank",
		"https:///%s/bank", `https:\\%s/bank`, `https:/\%s/bank`, "https:\t//%s/bank", "\t//%s/bank", "\n//%s/bank", " //%s/bank", "/\t/%s/bank", "/\n/%s/bank",
		"/%%2f%s/bank", "/%%5c%s/bank", "%%2f%%2f%s/bank", "%%5c%%5c%s/bank", "/%%09/%s/bank", "/.//%s/bank", "/;//%s/bank", "/..//%s/bank", "/bank/..//%s",
		"https://market.example@%s/bank", "https://market.example%%40%s/bank", "https://%s#https://market.example/bank", "https://%s?https://market.example/bank",
		`https://%s\@market.example/bank`, "https://%s%%00.market.example/bank", "https://%s%%0d%%0aLocation:%%20https://market.example/bank",
	}
	var out []string
	for _, form := range forms {
		for _, host := range strangers {
			out = append(out, fmt.Sprintf(form, host))
		}
	}
	return out
}

// AS-10, E1 to E5: only the registered URL, character for character.
func TestReturnURL_spellings(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	tried := map[string]bool{}
	for _, s := range spellings() {
		if s == returnURL || tried[s] {
			continue
		}
		tried[s] = true
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		b := strings.Replace(body("S-1"), `"`+returnURL+`"`, string(raw), 1)
		a := g.raw(request{method: "POST", path: "/v1/actions", key: fresh("k"), body: b})
		if a.status != 400 || a.code() != "return_url_unknown" && a.code() != "invalid_request" {
			t.Errorf("%q: %d %s", s, a.status, a.body)
		}
		if a.header.Get("Location") != "" {
			t.Errorf("%q: redirected", s)
		}
	}
	if len(tried) < 560 {
		t.Errorf("only %d spellings", len(tried))
	}
	t.Logf("%d spellings", len(tried))
	if g.count() != 0 {
		t.Errorf("%d actions", g.count())
	}
	if a := g.send(request{method: "POST", path: "/v1/actions", key: "good", body: body("S-1")}); a.status != 201 {
		t.Errorf("the registered one: %d %s", a.status, a.body)
	}
}
