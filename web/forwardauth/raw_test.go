package forwardauth_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// rawCheck is a good question as bytes. The action it names waits for the
// seller, so that a question that is understood is answered 401, and every other
// in another way.
func rawCheck(a approvals.Action) []string {
	return []string{
		"GET /check HTTP/1.1", "Host: gateway.internal", "X-Forwarded-Method: POST", "X-Forwarded-Uri: /bank?tab=1", "Content-Type: application/json",
		"Content-Digest: " + approvals.ContentDigest([]byte(boundBody)), "Countersign-Action: " + string(a.ID), "Idempotency-Key: k",
	}
}

// answered sends bytes and returns the status of the answer, 0 for none.
func (d *door) answered(bytes string) int {
	d.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close()
	patience := 20 * time.Second
	if strings.HasSuffix(bytes, "half\r\n\r\n") { // the rest is waited for
		patience = time.Second
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	if _, err := c.Write([]byte(bytes)); err != nil {
		return 0
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	return res.StatusCode
}

func text(lines []string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

// edited is lines with one replaced.
func edited(lines []string, at int, by ...string) []string {
	out := append([]string{}, lines[:at]...)
	return append(append(out, by...), lines[at+1:]...)
}

// ambiguousTargets are G1 to G13 of RELIABILITY §9.
var ambiguousTargets = []string{
	"/x/../bank", "/bank/..", "/bank/../bank", "/./bank", "/bank/.", "//bank", "/bank//", "/x//bank", "/%2e%2e/bank", "/x/%2e%2e/bank", "/x/%2E%2E/bank", "/x/.%2e/bank",
	"/x%2fbank", "/x%2Fbank", "/bank%2f", "/x%5cbank", "/x%5Cbank", "/x%252fbank", "/%252e%252e/bank", "/bank%25", `/x\bank`, `/\bank`, `/bank\`, "/bank;x=1", "/bank;", "/a/..;/bank",
	"/;/bank", "/bank%3b", "/%c0%ae%c0%ae/bank", "/%u002e/bank", "/%uff0fbank", "/bank#x", "/bank%23%00", "/%62ank", "/b%61nk", "/ban%6B", "/%7ebank", "/bank%00", "/bank%00.html",
	"/bank%0d%0aX-Y:1", "/bank%0a", "/bank%09", "/bank%1b", "/bank%7f", "/bank\tx", "/bank\x00", "/bank\x7f", "/b\xc3\xa4nk", "/\xc5\xbfank", "/ban\xe2\x84\xaa", "/bank%zz", "/bank%", "/bank%2",
	"/bank?a=1;b=2", "/bank?a=%zz", "/bank?a=%00", "/bank?a=%0d", "/bank?a=\xff", "/bank?a=%FF", "bank", "*", "http://market.example/bank", "https:/bank", "market.example:443",
	"/" + strings.Repeat("a/", 4000), "/" + strings.Repeat("a", 8<<10), "/bank?" + strings.Repeat("a=1&", 10001),
}

// F10, F11 and G, as bytes on a socket: what can be read in two ways is not
// understood, in headers and in the request line, and changes nothing.
func TestRaw(t *testing.T) {
	t.Parallel()
	d := openSQLite(t)
	a := d.in(approvals.AwaitingStepUp)
	good := rawCheck(a)
	if got := d.answered(text(good)); got != 401 {
		t.Fatalf("the good question: %d", got)
	}
	corpus := map[string]string{}
	for i, target := range ambiguousTargets {
		corpus[fmt.Sprintf("header %d %.20q", i, target)] = text(edited(good, 3, "X-Forwarded-Uri: "+target))
		corpus[fmt.Sprintf("request line %d %.20q", i, target)] = text(append([]string{"POST /envoy" + target + " HTTP/1.1", "Host: gateway.internal"}, good[4:]...))
	}
	for at, line := range good[2:] {
		at += 2
		name, value, _ := strings.Cut(line, ": ")
		for what, by := range map[string][]string{
			"twice": {line, line}, "twice, one empty": {line, name + ":"}, "twice, other case": {line, strings.ToLower(name) + ": x"},
			"blank before the colon": {name + " : " + value}, "NUL": {name + ": \x00" + value}, "not ASCII": {name + ": \xc3\xa4" + value}, "control": {name + ": \x01" + value},
			"too long": {name + ": " + value + strings.Repeat("a", 5000)}, "a megabyte": {name + ": " + strings.Repeat("a", 1<<20)},
		} {
			corpus[name+": "+what] = text(edited(good, at, by...))
		}
	}
	for what, method := range map[string]string{"lower case": "post", "blank": "P OST", "empty": "", "unknown": "LINK", "PRI": "PRI", "CONNECT": "CONNECT", "TRACE": "TRACE", "OPTIONS": "OPTIONS", "HEAD": "HEAD"} {
		corpus["X-Forwarded-Method "+what] = text(edited(good, 2, "X-Forwarded-Method: "+method))
	}
	for what, first := range map[string]string{
		"absolute form": "GET http://gateway.internal/check HTTP/1.1", "no path": "GET  HTTP/1.1", "star": "GET * HTTP/1.1", "other path": "GET /checks HTTP/1.1", "encoded": "GET /%63heck HTTP/1.1",
		"double slash": "GET //check HTTP/1.1", "HTTP/9.9": "GET /check HTTP/9.9", "no version": "GET /check", "fragment": "GET /check#x HTTP/1.1", "PRI": "PRI * HTTP/2.0",
	} {
		corpus["request line: "+what] = text(edited(good, 0, first))
	}
	for what, more := range map[string]string{
		"Content-Length and Transfer-Encoding": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0", "two lengths": "Content-Length: 5\r\nContent-Length: 6", "negative length": "Content-Length: -1",
		"length with a sign": "Content-Length: +5", "half a body": "Content-Length: 500\r\n\r\nhalf", "unknown encoding": "Transfer-Encoding: xchunked", "another body": "Content-Length: 2\r\n\r\n{}",
		"expectation": "Expect: 200-ok", "method override": "X-HTTP-Method-Override: GET", "another method": "X-Original-Method: GET", "another target": "X-Original-URI: /", "X-Original-URL": "X-Original-URL: /",
		"X-Rewrite-URL": "X-Rewrite-URL: /", "part of a body": "X-Envoy-Auth-Partial-Body: true", "folded line": "X-Original-URI:\r\n /", "two hosts": "Host: other.internal",
	} {
		corpus["besides: "+what] = text(append(append([]string{}, good...), more))
	}
	for name, bytes := range corpus {
		if got := d.answered(bytes); got == 401 || got >= 200 && got < 300 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if len(corpus) < 200 {
		t.Errorf("%d questions", len(corpus))
	}
	if now := d.Read(t, a); now.Version != a.Version {
		t.Errorf("the action is %s, version %d", now.State, now.Version)
	}
}
