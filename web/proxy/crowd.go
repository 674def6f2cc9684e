package proxy

import (
	"net"
	"net/netip"
	"sync"

	"countersign/web/peer"
)

// maxFromOne is how many connections one address may have (RELIABILITY §11). A
// proxy in front brings everybody's.
const maxFromOne = 100

// crowd counts the connections of every address.
type crowd struct {
	front []peer.List
	mu    sync.Mutex
	from  map[netip.Addr]int
}

// enter counts a connection in, and reports whether there is room for it.
func (c *crowd) enter(at netip.Addr, remote string) bool {
	for _, l := range c.front {
		if l.Has(remote) {
			return true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[at] >= maxFromOne {
		return false
	}
	c.from[at]++
	return true
}

func (c *crowd) leave(at netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[at]--; c.from[at] <= 0 {
		delete(c.from, at)
	}
}

// listener hands out connections that are read strictly.
type listener struct {
	net.Listener
	crowd *crowd
}

func (l listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		at, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil {
			return &conn{Conn: c}, nil
		}
		ip := at.Addr().Unmap()
		if l.crowd.enter(ip, c.RemoteAddr().String()) {
			return &conn{Conn: c, left: sync.OnceFunc(func() { l.crowd.leave(ip) })}, nil
		}
		_ = c.Close() // there is no room to say why
	}
}
