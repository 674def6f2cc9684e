package main

import (
	"net"
	"net/http"
)

// door is a listener beside the public one, for somebody who does not come by
// the public URL.
type door struct {
	name    string // for the log
	address string
	server  *http.Server
	// over reads what comes in its own way; nil: as it comes.
	over     func(net.Listener) net.Listener
	listener net.Listener // nil until it is open
}

// openDoors listens on every address, or on none.
func (g *Gateway) openDoors() error {
	for _, d := range g.doors {
		l, err := listen(d.address)
		if err != nil {
			g.closeDoors()
			return err
		}
		d.listener = l
		if d.over != nil {
			d.listener = d.over(l)
		}
		g.Log.Info("serving", "door", d.name, "listen", l.Addr().String())
	}
	return nil
}

func (g *Gateway) closeDoors() {
	for _, d := range g.doors {
		if d.listener != nil {
			_ = d.listener.Close() // nobody has used it
			d.listener = nil
		}
	}
}
