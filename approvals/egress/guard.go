package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// ErrInternal says that an address is not on the public internet.
var ErrInternal = errors.New("address is not public")

// internal lists what IsGlobalUnicast and IsPrivate leave open: shared,
// benchmarking, documentation and reserved ranges, and the prefixes that carry
// an IPv4 address inside an IPv6 one (RFC 6890, RFC 6052, RFC 3056, RFC 4380).
var internal = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

// global is the part of IPv6 that is given out to the public internet. Outside
// of it lie more ways to write an IPv4 address, as in ::ffff:0:127.0.0.1 (RFC
// 2765), and whatever somebody thinks of next.
var global = netip.MustParsePrefix("2000::/3")

// Public refuses every address that is not on the public internet.
func Public(addr netip.Addr) error {
	if addr.Zone() != "" {
		return ErrInternal
	}
	addr = addr.Unmap()
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && !global.Contains(addr) {
		return ErrInternal
	}
	for _, p := range internal {
		if p.Contains(addr) {
			return ErrInternal
		}
	}
	return nil
}

// Guard is a net.Dialer's ControlContext: it sees the address the connection
// is about to be made to, after every name and spelling has been resolved.
func Guard(_ context.Context, _, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("split address: %w", err)
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ErrInternal
	}
	return Public(addr)
}
