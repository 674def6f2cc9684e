package proxy_test

import (
	"io"
	"log"
	"log/slog"
	"net"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/web/proxy"
)

const returnURL = "https://shop.example/bank"

// routes guards POST /bank and two more, before the given upstream. Sellers are
// named by peers of the given network.
func routes(upstream, trusted string) proxy.Routes {
	const details = `{'to': {'iban': string(body.iban), 'holder': string(body.holder)}}`
	one := func(name, method, path string) proxy.Route {
		return proxy.Route{
			Name: name, Method: method, Path: path, Seller: "identity.id", Kind: "payout_account.change", Details: details,
			Email: "identity.id + '@sellers.example'", ReturnURL: returnURL,
		}
	}
	r := proxy.Routes{
		Upstream: upstream, Listen: "127.0.0.1:0", Marketplace: "acme",
		Identity:  proxy.Identity{Peer: proxy.PeerIdentity{Trusted: []string{trusted}, Header: "X-Seller"}},
		Sensitive: []proxy.Route{one("bank", "POST", "/bank"), one("seller-bank", "PUT", "/sellers/{id}/bank"), one("payouts", "POST", "/payouts/{rest...}")},
	}
	r.Sensitive[1].Seller = "identity.id == path.id ? identity.id : ''"
	r.Sensitive[2].Seller = "path.rest == '' ? '' : identity.id"
	r.Sensitive[0].SellerHeader = "X-Upstream-Seller"
	return r
}

const (
	nobody    = "10.255.255.0/24"
	localhost = "127.0.0.0/8"
)

// config is one of a proxy without a database.
func config(t testing.TB, table *proxy.Table) proxy.Config {
	return proxy.Config{
		Table: table, Approvals: &approvals.Service{}, PublicURL: "https://approve.example", Now: time.Now, Machine: time.Now,
		Marketplace: approvals.Marketplace{ID: "acme", ReturnURLs: []string{returnURL}}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// serve runs a proxy and returns it with its address.
func serve(t testing.TB, r proxy.Routes, change func(*proxy.Config)) (*proxy.Proxy, string) {
	t.Helper()
	return serveAs(t, r, change, func(*proxy.Proxy) {})
}

// serveAs is serve with a last touch before the first request.
func serveAs(t testing.TB, r proxy.Routes, change func(*proxy.Config), touch func(*proxy.Proxy)) (*proxy.Proxy, string) {
	t.Helper()
	table, faults := proxy.Compile(r)
	if len(faults) > 0 {
		t.Fatalf("%+v", faults)
	}
	c := config(t, table)
	if change != nil {
		change(&c)
	}
	p, err := proxy.New(c)
	if err != nil {
		t.Fatal(err)
	}
	touch(p)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := p.Server()
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(p.Listen(l)) }()
	t.Cleanup(func() { _ = s.Close(); p.Close(); <-ended })
	return p, l.Addr().String()
}

// quiet is the log of test servers that clients are to turn away from.
var quiet = log.New(io.Discard, "", 0)
