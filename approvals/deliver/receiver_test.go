package deliver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
	"countersign/client"
)

// shop is a marketplace's receiver over TLS. It fails as it is told to, until
// it is told to work, and verifies what reaches it.
type shop struct {
	t     *testing.T
	srv   *httptest.Server
	hooks *client.Webhook
	pool  *x509.CertPool

	mu       sync.Mutex
	fail     func(w http.ResponseWriter, r *http.Request) // nil: works
	arrived  []string                                     // webhook-ids
	effects  map[string]int                               // by webhook-id
	location string                                       // that was asked for
}

// certificate is one for these names, valid until the time, signed by nobody
// but itself.
func certificate(t *testing.T, until time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop"}, NotBefore: until.Add(-24 * 365 * time.Hour), NotAfter: until,
		DNSNames: names, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pool
}

func newShop(t *testing.T, now func() time.Time, secure *tls.Config) *shop {
	t.Helper()
	s := &shop{t: t, effects: map[string]int{}}
	s.srv = httptest.NewUnstartedServer(s)
	s.srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	cert, pool := certificate(t, time.Now().Add(time.Hour), "shop.loopback.test")
	if secure == nil {
		secure = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	s.pool, s.srv.TLS = pool, secure
	s.srv.StartTLS()
	t.Cleanup(s.srv.Close)
	var err error
	if s.hooks, err = client.NewWebhook(approvalstest.EndpointKey().SecretText()); err != nil {
		t.Fatal(err)
	}
	s.hooks.Now = now
	return s
}

// url names the shop by the name in its certificate.
func (s *shop) url() string {
	_, port, _ := net.SplitHostPort(s.srv.Listener.Addr().String())
	return "https://shop.loopback.test:" + port + "/hooks"
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fail := s.fail
	s.location = r.URL.Path
	s.mu.Unlock()
	if e, err := s.hooks.Read(r); err != nil {
		s.t.Errorf("what arrived does not verify: %v", err)
	} else {
		s.mu.Lock()
		s.arrived = append(s.arrived, e.ID)
		s.effects[e.ID]++
		s.mu.Unlock()
	}
	if fail != nil {
		fail(w, r)
	}
}

func (s *shop) works() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = nil
}

// gatewayTo is a real store with one delivery on its way to the URL.
func gatewayTo(t *testing.T, url string) (w *approvalstest.World, id string) {
	t.Helper()
	w = approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	w.Clock.Set(time.Now().Truncate(time.Second)) // certificates know no other time
	err := w.Parts.Registry.AddMarketplace(t.Context(), approvals.NewMarketplace{
		Marketplace: approvals.Marketplace{ID: "shop", Name: "shop", ReturnURLs: w.Marketplace.ReturnURLs, CreatedAt: w.Clock.Now()},
		KeyHash:     approvals.HashToken("shop"),
		Endpoint:    &approvals.Endpoint{URL: url, Keys: []approvals.EndpointKey{approvalstest.EndpointKey()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Service.Create(t.Context(), w.Request(approvals.SellerKey{Marketplace: "shop", Seller: "s"})); err != nil {
		t.Fatal(err)
	}
	all, err := w.Parts.Deliveries.Deliveries(t.Context(), approvals.DeliveryQuery{Marketplace: "shop", Limit: 10})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d deliveries, %v", len(all), err)
	}
	return w, all[0].ID
}

func sent(t *testing.T, w *approvalstest.World, id string) approvals.Sent {
	t.Helper()
	s, err := w.Parts.Deliveries.Delivery(t.Context(), approvals.DeliveryKey{Marketplace: "shop", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) courier(t *testing.T, w *approvalstest.World) *Courier {
	return NewCourier(CourierConfig{Private: true, Now: w.Clock.Now, Roots: s.pool, Resolver: fakeResolver(t), Timeout: 500 * time.Millisecond})
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*tls.Conn).NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an end
	}
	_ = conn.Close()
}

func answer(status int, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// hang sends nothing until the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// trickle sends this and then a byte now and then.
func trickle(start string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = buf.WriteString(start)
		for range 100 {
			if buf.Flush() != nil {
				return
			}
			_, _ = buf.WriteString("x")
			select { // a slow receiver is slow in real time
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// TestF31toF36_Receivers: however a receiver fails, the attempt ends in time,
// is kept with what was answered, and is made again under the same webhook-id;
// once it works the event arrives, and has had one effect for whoever keeps the
// id.
func TestF31toF36_Receivers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fail   func(http.ResponseWriter, *http.Request)
		status int           // of the attempt, 0: no answer
		next   time.Duration // at least, 0: delivered at once
	}{
		{"F-31 no headers", hang, 0, 5 * time.Second},
		{"F-31 headers byte by byte", trickle("HTTP/1.1 200 OK\r\nX: "), 0, 5 * time.Second},
		{"F-31 a body that never ends", trickle("HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n"), 500, 5 * time.Second},
		{"F-31 a gigabyte", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for part := strings.Repeat("gigabyte", 8<<10); ; {
				if _, err := io.WriteString(w, part); err != nil {
					return
				}
			}
		}, 500, 5 * time.Second},
		{"F-31 huge headers", answer(200, "X-Huge", strings.Repeat("x", 1<<20)), 0, 5 * time.Second},
		{"F-32 500 after the effect", answer(500), 500, 5 * time.Second},
		{"F-33 a login page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>sign in") }, 200, 0},
		{"F-33 204", answer(204), 204, 0},
		{"F-33 301", answer(301, "Location", "/elsewhere"), 301, 5 * time.Second},
		{"F-33 302", answer(302, "Location", "/elsewhere"), 302, 5 * time.Second},
		{"F-33 307", answer(307, "Location", "/elsewhere"), 307, 5 * time.Second},
		{"F-33 308", answer(308, "Location", "http://127.0.0.1/"), 308, 5 * time.Second},
		{"F-33 no HTTP", func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, _ := http.NewResponseController(w).Hijack()
			_, _ = buf.WriteString("hello\r\n\r\n")
			_ = buf.Flush()
			_ = conn.Close()
		}, 0, 5 * time.Second},
		{"F-34 reset after the effect", hangUp, 0, 5 * time.Second},
		{"F-36 Retry-After 0", answer(429, "Retry-After", "0"), 429, 5 * time.Second},
		{"F-36 Retry-After -1", answer(429, "Retry-After", "-1"), 429, 5 * time.Second},
		{"F-36 Retry-After ten years", answer(503, "Retry-After", "315360000"), 503, 6 * time.Hour},
		{"F-36 Retry-After 1970", answer(429, "Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"), 429, 5 * time.Second},
		{"F-36 Retry-After nonsense", answer(504, "Retry-After", "tomorrow"), 504, 5 * time.Second},
		{"404", answer(404), 404, 5 * time.Second},
		{"100 and nothing", trickle("HTTP/1.1 103 Early Hints\r\n\r\n"), 0, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var s *shop
			var now func() time.Time
			s = newShop(t, func() time.Time { return now() }, nil)
			w, id := gatewayTo(t, s.url())
			now = w.Clock.Now
			s.fail = c.fail
			courier := s.courier(t, w)
			if err := w.Service.Deliver(t.Context(), courier, id); err != nil {
				t.Fatal(err)
			}
			got := sent(t, w, id)
			if len(got.Attempts) != 1 || got.Attempts[0].Status != c.status || len(got.Attempts[0].Answer) > 1<<10 || (got.State == approvals.DeliveryDelivered) != (c.next == 0) {
				t.Fatalf("%+v", got)
			}
			if s.location != "/hooks" {
				t.Errorf("it was asked for %s", s.location)
			}
			if c.next > 0 {
				if wait := got.NextAt.Sub(w.Clock.Now()); wait < c.next || wait > c.next+min(c.next/20, 3*time.Minute) {
					t.Errorf("tried again after %v, want %v", wait, c.next)
				}
				s.works()
				w.Clock.Set(got.NextAt)
				if err := w.Service.Deliver(t.Context(), courier, id); err != nil {
					t.Fatal(err)
				}
			}
			if got = sent(t, w, id); got.State != approvals.DeliveryDelivered || len(s.effects) != 1 || s.effects[got.Event.ID] == 0 {
				t.Errorf("%s, effects %v, arrived %v", got.State, s.effects, s.arrived)
			}
			if err := w.Service.Deliver(t.Context(), courier, id); !errors.Is(err, approvals.ErrNotDue) {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

// TestF30_NotReached: nobody there, no such name, and every TLS that is not to
// be trusted (J10): nothing of the event is sent, and the words are one and the
// same (J16).
func TestF30_NotReached(t *testing.T) {
	t.Parallel()
	good, pool := certificate(t, time.Now().Add(time.Hour), "shop.loopback.test")
	expired, expiredPool := certificate(t, time.Now().Add(-time.Hour), "shop.loopback.test")
	other, otherPool := certificate(t, time.Now().Add(time.Hour), "bank.loopback.test")
	of := func(c tls.Certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c}} }
	old := of(good)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for _, c := range []struct {
		name   string
		secure *tls.Config
		pool   *x509.CertPool
		url    func(s *shop) string
	}{
		{"refused", of(good), pool, func(s *shop) string { s.srv.Close(); return s.url() }},
		{"no such name", of(good), pool, func(*shop) string { return "https://nobody.example.test/hooks" }},
		{"expired", of(expired), expiredPool, (*shop).url},
		{"another's name", of(other), otherPool, (*shop).url},
		{"signed by nobody known", of(good), x509.NewCertPool(), (*shop).url},
		{"TLS 1.1", old, pool, (*shop).url},
		{"no TLS at all", of(good), pool, func(s *shop) string {
			plain := httptest.NewServer(s)
			t.Cleanup(plain.Close)
			_, port, _ := net.SplitHostPort(plain.Listener.Addr().String())
			return "https://shop.loopback.test:" + port + "/hooks"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, time.Now, c.secure)
			s.pool = c.pool
			w, id := gatewayTo(t, c.url(s))
			if err := w.Service.Deliver(context.Background(), s.courier(t, w), id); err != nil {
				t.Fatal(err)
			}
			got := sent(t, w, id)
			if len(got.Attempts) != 1 || got.State != approvals.DeliveryPending || got.Attempts[0].Answer != "no answer" || got.Attempts[0].Status != 0 {
				t.Errorf("%+v", got)
			}
			if len(s.arrived) > 0 {
				t.Errorf("something arrived: %v", s.arrived)
			}
		})
	}
}
