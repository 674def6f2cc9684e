package main

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"countersign/approvals"
)

// How long a node may take to finish what it has accepted (RELIABILITY F-55).
// The two run beside each other: no request or stream of a client, however long,
// takes the time of a push that is being sent.
const (
	serversTime = 25 * time.Second
	queueTime   = approvals.PushTimeout + 10*time.Second // and to write down what came of it
)

func (g *Gateway) shutdown() error {
	g.stopping.Store(true)
	servers := []*http.Server{g.public}
	for _, d := range g.doors {
		servers = append(servers, d.server)
	}
	return ending{servers, g.queue.Stop, serversTime, queueTime}.run()
}

// ending is what has to end before a node does.
type ending struct {
	servers     []*http.Server
	queue       func(ctx context.Context) error
	serversTime time.Duration
	queueTime   time.Duration
}

// run ends all at once. A connection that is still open when its time is over is
// cut.
func (e ending) run() error {
	out := make([]error, len(e.servers)+1)
	var all sync.WaitGroup
	all.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), e.queueTime)
		defer cancel()
		out[0] = e.queue(ctx)
	})
	for i, s := range e.servers {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), e.serversTime)
			defer cancel()
			if out[i+1] = s.Shutdown(ctx); out[i+1] != nil {
				out[i+1] = errors.Join(out[i+1], s.Close())
			}
		})
	}
	all.Wait()
	return errors.Join(out...)
}
