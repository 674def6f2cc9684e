package proxy_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/web/proxy"
)

// world is a proxy on a real database, before an upstream that keeps what it
// gets.
type world struct {
	*approvalstest.World
	t        testing.TB
	upstream *recorder
	proxy    *proxy.Proxy
	keys     *httptest.Server // the gateway's public keys
	unsure   atomic.Bool      // of its clock
	address  string
}

func newWorld(t testing.TB, change func(*proxy.Routes)) *world {
	t.Helper()
	return newWorldWith(t, change, nil)
}

// newWorldWith is newWorld with a last word on the proxy's configuration.
func newWorldWith(t testing.TB, change func(*proxy.Routes), last func(*proxy.Config)) *world {
	t.Helper()
	w := &world{World: approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock()), t: t, upstream: newRecorder(t)}
	w.Service.Sure = func() error {
		if w.unsure.Load() {
			return approvals.Refuse(approvals.CodeClock)
		}
		return nil
	}
	w.keys = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		keys, err := w.Keys.JWKS()
		if err != nil {
			t.Error(err)
		}
		rw.Header().Set("Content-Type", jsonType)
		_, _ = rw.Write(keys)
	}))
	t.Cleanup(w.keys.Close)
	r := routes(w.upstream.url(), localhost)
	for i := range r.Sensitive {
		r.Sensitive[i].ReturnURL = w.Marketplace.ReturnURLs[0]
	}
	if change != nil {
		change(&r)
	}
	w.proxy, w.address = serve(t, r, func(c *proxy.Config) {
		c.Approvals, c.Marketplace, c.Now = w.Service, w.Marketplace, w.Clock.Now
		if last != nil {
			last(c)
		}
	})
	return w
}

// sent is one request to the proxy.
type sent struct {
	method, target, seller, media, body string
	header                              http.Header
}

const (
	goodBody = `{"iban":"GB33BUKB20201555555555","holder":"Anna Rossi"}`
	jsonType = "application/json"
)

func bankChange(seller string) sent {
	return sent{method: "POST", target: "/bank", seller: seller, media: jsonType, body: goodBody}
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   string
	action struct {
		ID, Object, State, Digest string
		Next                      struct{ Type, URL string }
	}
}

// send writes a request to a socket, as it is.
func (w *world) send(s sent) answered {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: shop.example\r\nContent-Length: %d\r\n", s.method, s.target, len(s.body))
	if s.seller != "" {
		head += "X-Seller: " + s.seller + "\r\n"
	}
	if s.media != "" {
		head += "Content-Type: " + s.media + "\r\n"
	}
	for name, lines := range s.header {
		head += name + ": " + lines[0] + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"+s.body); err != nil {
		w.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: s.method})
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answered{status: res.StatusCode, header: res.Header, body: string(body)}
	if res.Header.Get("Content-Type") == jsonType {
		if err := json.Unmarshal(body, &a.action); err != nil {
			w.t.Fatalf("%v: %s", err, body)
		}
	}
	return a
}

// sealed sends a request that must come to an action, and returns it as stored.
func (w *world) sealed(s sent) (answered, approvals.Action) {
	w.t.Helper()
	a := w.send(s)
	if a.action.ID == "" {
		w.t.Fatalf("%d %s", a.status, a.body)
	}
	return a, w.Read(w.t, approvals.Action{Marketplace: w.Marketplace.ID, ID: approvals.ActionID(a.action.ID)})
}

// sender is the gateway's, sending by the proxy.
func (w *world) sender() *approvals.Sender {
	s := w.Sender(w.proxy)
	s.Issuer = w.keys.URL
	return s
}

// push approves an action and lets the gateway send it.
func (w *world) push(a approvals.Action) approvals.Action {
	w.t.Helper()
	a = w.DriveOn(w.t, a, approvals.Approved)
	if err := w.sender().Push(w.t.Context(), string(a.ID)); err != nil {
		w.t.Fatal(err)
	}
	return w.Read(w.t, a)
}
