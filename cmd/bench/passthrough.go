package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// connections are open at once (PERFORMANCE, P1).
const connections = 32

// passThrough is P1: small requests that need no approval, through one proxy
// and the other.
func passThrough(ctx context.Context, b *bench) (err error) {
	upstream, err := startPeer(ctx, peerUpstream, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, upstream.stop()) }()
	var measured []*measuredProxy
	add := func(name, kind string) (*measuredProxy, error) {
		p, err := startPeer(ctx, kind, upstream.address)
		if err != nil {
			return nil, err
		}
		m := &measuredProxy{name: name, peer: p}
		measured = append(measured, m)
		return m, nil
	}
	defer func() {
		for _, m := range measured {
			err = errors.Join(err, m.peer.stop())
		}
	}()
	ours, err := add("gateway", peerGateway)
	if err != nil {
		return err
	}
	tuned, err := add("tuned httputil.ReverseProxy", peerTuned)
	if err != nil {
		return err
	}
	minimal, err := add("minimal httputil.ReverseProxy", peerMinimal)
	if err != nil {
		return err
	}
	others := []contender{minimal.contender()}
	if _, missing := nginxProgram(); missing != nil {
		b.say("P1   nginx is left out: %v\n", missing)
	} else {
		nginx, err := add("nginx", peerNginx)
		if err != nil {
			return err
		}
		others = append(others, nginx.contender())
	}
	bare := &measuredProxy{name: "upstream alone", peer: upstream}
	_, err = b.compare(ctx, comparison{
		figure: "P1", what: fmt.Sprintf("requests that pass through, %d connections, 1 KB answers", connections),
		unit: "requests/s", target: target{ratio: 0.9}, ours: ours.contender(), peer: tuned.contender(), others: append(others, bare.contender()),
	})
	if err != nil {
		return err
	}
	for _, m := range append(measured, bare) {
		b.line("p99, CPU per request", "%s: %s ms, %s µs", m.name, spreadOf(m.p99), spreadOf(m.cpu))
	}
	b.line("CPU ratio to the tuned one", "%s, %s", short(spreadOf(ours.cpu).median/spreadOf(tuned.cpu).median), target{atMost: true, ratio: 1.05})
	return nil
}

// measuredProxy is a contender with what its turns cost, the warm-up left out.
type measuredProxy struct {
	name     string
	peer     *peerProcess
	warm     bool
	p99, cpu []float64 // milliseconds; microseconds of processor time per request
}

func (m *measuredProxy) contender() contender {
	return contender{m.name, func(ctx context.Context, d time.Duration) (float64, error) {
		before := cpuOfFamily(m.peer.pid())
		got, err := traffic{m.peer.address, smallRequest, "200"}.send(ctx, d)
		if err != nil {
			return 0, err
		}
		cpu := cpuOfFamily(m.peer.pid()) - before
		if n := float64(len(got.took)); m.warm && n > 0 {
			m.p99 = append(m.p99, float64(quantile(got.took, 0.99).Microseconds())/1000)
			m.cpu = append(m.cpu, float64(cpu.Microseconds())/n)
		}
		m.warm = true
		return float64(len(got.took)) / got.elapsed.Seconds(), nil
	}}
}
