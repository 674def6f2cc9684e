package proxy_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// raw is one line of testdata/requests.txt.
type raw struct{ peer, name, want, bytes string }

var repeated = regexp.MustCompile(`\{(\d+)\*([^}]*)\}`)

func corpus(t *testing.T) []raw {
	t.Helper()
	text, err := os.ReadFile("testdata/requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []raw
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, "\t", 4)
		if len(parts) != 4 {
			t.Fatalf("not four parts: %s", line)
		}
		s := strings.NewReplacer("{H}", `Host: shop.example\r\n`, "{J}", `Content-Type: application/json\r\n`).Replace(parts[3])
		s = repeated.ReplaceAllStringFunc(s, func(m string) string {
			p := repeated.FindStringSubmatch(m)
			n, _ := strconv.Atoi(p[1])
			return strings.Repeat(p[2], n)
		})
		bytes, err := strconv.Unquote(`"` + s + `"`)
		if err != nil {
			t.Fatalf("%s: %v", parts[1], err)
		}
		out = append(out, raw{parts[0], parts[1], parts[2], bytes})
	}
	return out
}

// TestCorpus sends every request as bytes on a socket. RELIABILITY §9 F, G, H, I
// and §10: nothing reaches the upstream that the router did not understand.
func TestCorpus(t *testing.T) {
	t.Parallel()
	all := corpus(t)
	if len(all) < 150 {
		t.Fatalf("%d requests", len(all))
	}
	seen := map[string]bool{}
	for _, one := range all {
		if seen[one.name] {
			t.Errorf("%s is there twice", one.name)
		}
		seen[one.name] = true
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			u := newRecorder(t)
			network := nobody
			if one.peer == "t" {
				network = localhost
			}
			_, address := serve(t, routes(u.url(), network), nil)
			one.check(t, u, address)
		})
	}
}

func (one raw) check(t *testing.T, u *recorder, address string) {
	first, second, _ := strings.Cut(one.want, " then ")
	answers := exchange(t, address, one.bytes, 1+len(strings.Fields(second))/2)
	made, got := u.got()
	for i, want := range []string{first, second} {
		switch {
		case want == "":
		case strings.HasPrefix(want, "pass "):
			if answers[i] != "200 " {
				t.Errorf("answered %s", answers[i])
			}
		case answers[i] != strings.TrimSuffix(want, " cut"):
			t.Errorf("answered %s, want %s", answers[i], want)
		}
	}
	passed := strings.HasPrefix(first, "pass ")
	switch {
	case passed && len(got) != 1:
		t.Errorf("the upstream got %d requests", len(got))
	case passed:
		one.same(t, got[0], strings.Split(strings.TrimPrefix(first, "pass "), " | "))
	case len(got) > 0:
		t.Errorf("the upstream got %q", got[0].raw)
	case made > 0 && !strings.HasSuffix(first, " cut"):
		t.Error("a connection was made to the upstream")
	}
}

// same compares what the upstream got.
func (one raw) same(t *testing.T, got recorded, want []string) {
	if got.line != want[0] {
		t.Errorf("the upstream got %q, want %q", got.line, want[0])
	}
	for _, w := range want[1:] {
		what, rest, _ := strings.Cut(w, " ")
		name, value, _ := strings.Cut(rest, ": ")
		switch what {
		case "body":
			if got.body != rest {
				t.Errorf("body %q, want %q", got.body, rest)
			}
		case "lacks":
			if strings.Contains(strings.ToLower(got.raw), "\n"+strings.ToLower(name)+":") {
				t.Errorf("%s came through:\n%s", name, got.raw)
			}
		case "has":
			if strings.Join(got.header[http.CanonicalHeaderKey(name)], ", ") != value && !strings.HasPrefix(strings.Join(got.header[http.CanonicalHeaderKey(name)], ", "), value+", "+value) {
				t.Errorf("%s is %q, want %q", name, got.header[http.CanonicalHeaderKey(name)], value)
			}
		case "trailer":
			if got.trailer.Get(name) != value {
				t.Errorf("trailer %s is %q", name, got.trailer)
			}
		case "notrailer":
			if len(got.trailer) > 0 || strings.Contains(got.raw, name) {
				t.Errorf("trailer %s came through: %q", name, got.raw)
			}
		default:
			t.Fatalf("%q is no check", w)
		}
	}
}

// exchange writes bytes and reads n answers: status and code of each.
func exchange(t *testing.T, address, bytes string, n int) []string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, bytes) // it may be answered before all is sent
	method, _, _ := strings.Cut(bytes, " ")
	r := bufio.NewReader(c)
	var out []string
	for range n {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("no answer after %q: %v", out, err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode == http.StatusUnauthorized && res.Header.Get("WWW-Authenticate") == "" {
			t.Error("401 without a challenge")
		}
		var doc struct {
			Code string `json:"code"`
		}
		if res.Header.Get("Content-Type") == "application/problem+json" && method != http.MethodHead {
			if err := json.Unmarshal(body, &doc); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
		}
		if method == http.MethodHead && res.StatusCode == http.StatusBadRequest {
			doc.Code = "ambiguous_request" // it has no body to say so
		}
		out = append(out, fmt.Sprintf("%d %s", res.StatusCode, doc.Code))
	}
	return out
}
