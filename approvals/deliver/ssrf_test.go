package deliver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/approvals"
	"countersign/approvals/egress"
)

// Targets of RELIABILITY §10: what is not on the public internet.
var (
	targets4 = []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
		"198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	}
	targets6 = []string{"::1", "::", "fe80::1", "fd00:ec2::254", "fc00::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::ffff:7f00:1"}
	names    = []string{
		"localhost", "LOCALHOST", "localhost.", "loopback.test", "metadata.test", "several.test", "rebinds.test", "mapped.test", "private.test",
		"six.test", "a.b.loopback.test", "xn--loopback-.test", "LoopBack.Test.",
	}
)

// spellings4 are the ways in which somebody, somewhere, writes an IPv4 address.
func spellings4(target string) []string {
	a := netip.MustParseAddr(target).As4()
	n := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	wide := func(zero rune, dot string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return zero + r - '0'
			}
			return r
		}, strings.ReplaceAll(target, ".", dot))
	}
	hex := fmt.Sprintf("%02x%02x:%02x%02x", a[0], a[1], a[2], a[3])
	var escaped strings.Builder
	for _, b := range []byte(target) {
		fmt.Fprintf(&escaped, "%%%02x", b)
	}
	return []string{
		target, target + ".", fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0X%X", n), fmt.Sprintf("0%o", n),
		fmt.Sprintf("%d.%d", a[0], n&0xffffff), fmt.Sprintf("%d.%d.%d", a[0], a[1], n&0xffff),
		fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", a[0], a[1], a[2], a[3]), fmt.Sprintf("0%o.0%o.0%o.0%o", a[0], a[1], a[2], a[3]),
		fmt.Sprintf("0%o.%d.0x%x.%d", a[0], a[1], a[2], a[3]), fmt.Sprintf("%03d.%03d.%03d.%03d", a[0], a[1], a[2], a[3]),
		wide('０', "."), wide('０', "。"), wide('0', "。"), wide('0', "．"), wide('0', "｡"), wide('𝟎', "."), wide('𝟘', "."), circled(target),
		escaped.String(), "[::ffff:" + target + "]", "[::FFFF:" + hex + "]", "[0:0:0:0:0:ffff:" + hex + "]", "[::" + target + "]", "[::" + hex + "]",
		"[64:ff9b::" + target + "]", "[2002:" + hex + "::]", "[::ffff:0:" + target + "]",
		"user@" + target, "market.example@" + target, "market.example:443@" + target, "a:b@c@" + target,
	}
}

// circled writes digits as ①, which Go maps to 1 where it makes a name of it.
func circled(target string) string {
	return strings.Map(func(r rune) rune {
		if r >= '1' && r <= '9' {
			return '①' + r - '1'
		}
		if r == '0' {
			return '⓪'
		}
		return r
	}, target)
}

func spellings6(target string) []string {
	addr := netip.MustParseAddr(target)
	long := addr.StringExpanded()
	return []string{
		"[" + target + "]", "[" + strings.ToUpper(target) + "]", "[" + long + "]", "[" + strings.ToUpper(long) + "]", "[" + target + "%25lo]",
		"[" + target + "%25eth0]", "[" + target + "%251]", "user@[" + target + "]", "market.example@[" + target + "]", target,
	}
}

// corpus is every target in every spelling, and what can stand round a host.
func corpus(port string) []string {
	var hosts []string
	for _, t := range targets4 {
		hosts = append(hosts, spellings4(t)...)
	}
	for _, t := range targets6 {
		hosts = append(hosts, spellings6(t)...)
	}
	hosts = append(hosts, names...)
	var urls []string
	for _, h := range hosts {
		urls = append(urls, "http://"+h+":"+port+"/hooks", "https://"+h+":"+port+"/hooks")
	}
	for _, h := range []string{"127.0.0.1", "[::1]", "localhost", "169.254.169.254"} {
		for _, around := range []string{
			"http://%s:%s#@market.example/", "http://%s:%s\\@market.example/", "http://market.example#@%s:%s/", "http://market.example\\@%s:%s/",
			"http://%s:%s%%2f@market.example/", "http://%s%%2fx:%s/", "http://%s%%00:%s/", "http://%s%%00.market.example:%s/", "http://%s\t:%s/",
			"HTTP://%s:%s/", "http:///%s:%s/", "http:%s:%s/", "//%s:%s/", "http://%s:%s?@market.example/", "http://%s:%s/..//", "http:/\\%s:%s/",
		} {
			urls = append(urls, fmt.Sprintf(around, h, port))
		}
	}
	return urls
}

// outcome of one URL: how the courier was kept from connecting.
type outcome string

const (
	noURL     outcome = "not a URL"
	noName    outcome = "no such name"
	refused   outcome = "refused address"
	connected outcome = "connected"
)

// watched is a courier with the guard on whose dials are looked at.
func watched(t *testing.T) (c *Courier, last *atomic.Value) {
	t.Helper()
	c = NewCourier(CourierConfig{Now: atRest, Resolver: fakeResolver(t)})
	last = &atomic.Value{}
	transport, _ := c.client.Transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		_, lookup := errors.AsType[*net.DNSError](err)
		_, text := errors.AsType[*net.AddrError](err)
		switch {
		case errors.Is(err, egress.ErrInternal):
			last.Store(refused)
		case lookup || text:
			last.Store(noName)
		default:
			last.Store(connected)
			t.Logf("dial %s: %v", address, err)
		}
		return conn, err
	}
	return c, last
}

// TestWH09_NoSpellingConnects: J3, J4, J5, J7, J17. Whatever way an internal
// address is written or resolved to, the connection is refused before its first
// packet, and the listeners on loopback are never reached.
func TestWH09_NoSpellingConnects(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	_ = srv.Listener.Close()
	srv.Listener = counting{everywhere, &reached}
	srv.Start()
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	urls := corpus(port)
	if len(urls) < 500 {
		t.Fatalf("%d URLs, want 500", len(urls))
	}
	found := map[outcome]int{}
	c, last := watched(t)
	for _, u := range urls {
		last.Store(noURL)
		e := approvals.Endpoint{URL: u, Keys: []approvals.EndpointKey{approvals.NewEndpointKey()}}
		_, err := c.Post(t.Context(), thin("1", e), at)
		got, _ := last.Load().(outcome)
		found[got]++
		if err == nil || got == connected || reached.Load() > 0 {
			t.Fatalf("%q: %s, %v, %d connections", u, got, err, reached.Load())
		}
		if problem := (egress.Rules{}).Check(u); problem == "" && !fakeName(u) {
			t.Errorf("%q would have been saved", u)
		}
	}
	t.Logf("%d URLs: %v", len(urls), found)
	if found[refused] < 300 {
		t.Errorf("only %d reached the guard: %v", found[refused], found)
	}
}

// TestWH09_TheListenersWork: without the guard the same courier gets through,
// so the test above can fail.
func TestWH09_TheListenersWork(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	c := NewCourier(CourierConfig{Private: true, Now: atRest, Resolver: fakeResolver(t)})
	through := 0
	for _, u := range corpus(port) {
		if strings.HasPrefix(u, "http://") && slices.ContainsFunc([]string{"127.0.0.1:", "loopback.test:", "2130706433:", "①②⑦.⓪.⓪.①:", "::ffff:127.0.0.1]"}, func(s string) bool { return strings.Contains(u, s) }) {
			if p, err := c.Post(t.Context(), thin("1", approvals.Endpoint{URL: u, Keys: []approvals.EndpointKey{approvals.NewEndpointKey()}}), at); err == nil && p.Status == 200 {
				through++
			}
		}
	}
	if through < 8 {
		t.Errorf("%d spellings got through without the guard", through)
	}
}

// counting counts the connections of a listener.
type counting struct {
	net.Listener
	n *atomic.Int64
}

func (l counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.n.Add(1)
	}
	return c, err
}

// fakeName reports whether a URL names a host that could be anybody's: only the
// guard knows where it leads.
func fakeName(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && strings.Contains(strings.ToLower(u.Host), ".test")
}
