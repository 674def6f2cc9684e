package deliver

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// fakeResolver answers from a name server of its own, which knows a few names
// and reads numbers the way the most obliging resolvers do (inet_aton).
func fakeResolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	var asked atomic.Int64
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, err := nameAnswer(buf[:n], asked.Add(1)); err == nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func nameAnswer(query []byte, asked int64) ([]byte, error) {
	var p dnsmessage.Parser
	h, err := p.Start(query)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	addrs := addressesOf(strings.TrimSuffix(strings.ToLower(q.Name.String()), "."), asked)
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: h.ID, Response: true, RecursionAvailable: true}, Questions: []dnsmessage.Question{q}}
	if len(addrs) == 0 {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, a := range addrs {
		head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return m.Pack()
}

func addressesOf(name string, asked int64) []netip.Addr {
	parse := func(all ...string) (out []netip.Addr) {
		for _, s := range all {
			out = append(out, netip.MustParseAddr(s))
		}
		return out
	}
	switch {
	case strings.HasSuffix(name, "loopback.test") || name == "localhost":
		return parse("127.0.0.1", "::1")
	case name == "metadata.test":
		return parse("169.254.169.254", "fd00:ec2::254")
	case name == "several.test":
		return parse("10.0.0.1", "127.0.0.1", "192.168.0.1")
	case name == "rebinds.test": // another answer each time
		return parse([]string{"127.0.0.1", "10.0.0.1", "0.0.0.0"}[asked%3])
	case name == "mapped.test":
		return parse("::ffff:127.0.0.1", "64:ff9b::7f00:1")
	case name == "private.test":
		return parse("192.168.7.7")
	case name == "six.test":
		return parse("::1", "fe80::1", "fd00::1")
	}
	if a, ok := obliging(name); ok {
		return []netip.Addr{a}
	}
	return nil
}

// obliging reads one to four numbers in any base as an IPv4 address.
func obliging(name string) (netip.Addr, bool) {
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var n uint64
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 0, 64)
		if err != nil {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			n |= v
		} else {
			n |= v << (24 - 8*i)
		}
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}
