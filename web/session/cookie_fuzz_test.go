package session

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzCookies: whatever a browser sends, a cookie that is believed is one that
// was written here.
func FuzzCookies(f *testing.F) {
	jar, err := newCookies(func() [][]byte { return [][]byte{[]byte("a cookie key of thirty-two bytes!")} }, true)
	if err != nil {
		f.Fatal(err)
	}
	issued := written{header: http.Header{}}
	if err := jar.write(issued, "session", "ours", 60); err != nil {
		f.Fatal(err)
	}
	name, _, _ := strings.Cut(issued.header.Get("Set-Cookie"), "=")
	ours := (&http.Response{Header: issued.header}).Cookies()[0].Value
	for _, seed := range []string{name + "=" + ours, "", name + "=", name + "=x; " + name + "=y", "=;=;", name + "=" + ours[1:], name + `="` + ours + `"`, "\x00=\x01", strings.Repeat("a=b; ", 50)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := &http.Request{Header: http.Header{"Cookie": {header}}}
		var value string
		if ok, _ := jar.read(r, "session", &value); ok && value != "ours" {
			t.Errorf("%q is believed to say %q", header, value)
		}
	})
}

// written keeps the headers of an answer.
type written struct{ header http.Header }

func (w written) Header() http.Header         { return w.header }
func (w written) Write(b []byte) (int, error) { return len(b), nil }
func (w written) WriteHeader(int)             {}
