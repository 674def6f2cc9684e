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

// listener hands out connections that are read strictly, so many at once. It
// counts them itself: one that is wrapped by who counts could no longer be
// closed by half.
type listener struct {
	net.Listener
	crowd *crowd
	room  chan struct{} // one in it for every connection
	end   chan struct{}
	once  *sync.Once
}

func newListener(l net.Listener, c *crowd, room int) listener {
	return listener{l, c, make(chan struct{}, room), make(chan struct{}), &sync.Once{}}
}

func (l listener) leave() { <-l.room }

// Close ends the wait for room too.
func (l listener) Close() error {
	l.once.Do(func() { close(l.end) })
	return l.Listener.Close()
}

func (l listener) Accept() (net.Conn, error) {
	for {
		select {
		case l.room <- struct{}{}:
		case <-l.end:
			return nil, net.ErrClosed
		}
		c, err := l.Listener.Accept()
		if err != nil {
			l.leave()
			return nil, err
		}
		at, err := netip.ParseAddrPort(c.RemoteAddr().String())
		if err != nil {
			return &conn{Conn: c, left: sync.OnceFunc(l.leave)}, nil
		}
		ip := at.Addr().Unmap()
		if l.crowd.enter(ip, c.RemoteAddr().String()) {
			return &conn{Conn: c, left: sync.OnceFunc(func() { l.leave(); l.crowd.leave(ip) })}, nil
		}
		_ = c.Close() // there is no room to say why
		l.leave()
	}
}
