package deliver

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"countersign/approvals"
)

func TestWH09_InternalAddressesAreRefused(t *testing.T) {
	t.Parallel()
	for _, a := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7",
		"203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%lo",
		"fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1",
	} {
		if err := public(netip.MustParseAddr(a)); !errors.Is(err, ErrInternal) {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, a := range []string{"1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"} {
		if err := public(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

// J3, J4, J17: whatever way loopback is written, the listener is never reached.
func TestWH09_NoSpellingOfLoopbackConnects(t *testing.T) {
	t.Parallel()
	reached := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(u.Host)
	courier := NewCourier(false)
	for _, host := range []string{
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0", "127.0.0.1.",
		"localhost", "LOCALHOST", "localhost.", "ip6-localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
		"[::1%25lo]", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "user@127.0.0.1", "example.com@127.0.0.1", "[0:0:0:0:0:0:0:1]", "0.0.0.0",
	} {
		d := approvals.Delivery{ID: "1", Endpoint: approvals.Endpoint{URL: fmt.Sprintf("http://%s:%s/", host, port), Secrets: [][]byte{[]byte("a secret of at least 24 bytes")}}}
		if _, err := courier.Post(t.Context(), d, at); err == nil || reached {
			t.Fatalf("%s was reached (%v)", host, err)
		}
	}
}
