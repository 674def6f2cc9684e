package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/keyring"
	"countersign/web"
	"countersign/web/forwardauth"
	"countersign/web/peer"
)

// askedOrdinary is P2: requests that name no action. The gateway refuses them
// without a look into the database.
func askedOrdinary(ctx context.Context, b *bench) error {
	url, err := b.newDatabase(ctx, sqliteKind)
	if err != nil {
		return err
	}
	if _, err := b.released(ctx, url); err != nil { // the marketplace has to be there
		return err
	}
	return b.asked(ctx, url, comparison{
		figure: "P2", what: fmt.Sprintf("requests without an action that nginx asks about, %d connections", connections), target: target{ratio: 0.8},
	}, traffic{request: "DELETE /bank HTTP/1.1\r\nHost: shop.example\r\nAccept: application/json\r\n\r\n", status: "401"}, peerNo)
}

// askedReleased is P3: one released request, again and again.
func askedReleased(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		url, err := b.newDatabase(ctx, kind)
		if err != nil {
			return err
		}
		request, err := b.released(ctx, url)
		if err != nil {
			return err
		}
		err = b.asked(ctx, url, comparison{
			figure: "P3", what: fmt.Sprintf("released requests that nginx asks about, on %s, %d connections", kind, connections), target: target{ratio: 0.5},
		}, traffic{request: request, status: "200"}, peerYes)
		if err != nil {
			return err
		}
	}
	return nil
}

// asked measures nginx asking the gateway on a database, against nginx asking a
// handler that always says the same.
func (b *bench) asked(ctx context.Context, url string, c comparison, sent traffic, same string) (err error) {
	if _, missing := exec.LookPath("nginx"); missing != nil {
		b.say("%-4s is left out: %v\n", c.figure, missing)
		return nil
	}
	var started []*peerProcess
	defer func() {
		for _, p := range started {
			err = errors.Join(err, p.stop())
		}
	}()
	start := func(p *peerProcess, failed error) *peerProcess {
		if err = errors.Join(err, failed); failed == nil {
			started = append(started, p)
		}
		return p
	}
	upstream := start(startPeer(ctx, peerUpstream, ""))
	gateway := start(startPeer(ctx, peerAsked, url+" "+b.keysFile()))
	handler := start(startPeer(ctx, same, ""))
	if err != nil {
		return err
	}
	ours := &measuredCheck{name: "gateway", checker: gateway, front: start(startNginx(ctx, asking(upstream, gateway))), sent: sent}
	peer := &measuredCheck{name: "handler that always says " + same, checker: handler, front: start(startNginx(ctx, asking(upstream, handler))), sent: sent}
	if err != nil {
		return err
	}
	c.unit, c.ours, c.peer = "requests/s", ours.contender(), peer.contender()
	if _, err := b.compare(ctx, c); err != nil {
		return err
	}
	b.line("CPU of the one asked", "gateway: %s µs a check; the handler: %s µs", spreadOf(ours.cpu), spreadOf(peer.cpu))
	return nil
}

// released makes an approved action and returns the request that it releases.
// The first check claims it, all others are the same again.
func (b *bench) released(ctx context.Context, url string) (request string, err error) {
	e, err := openEngine(ctx, url, b.keys)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, e.close()) }() // the peer opens it
	r := e.request("S-1")
	bound := approvals.BoundRequest{Method: http.MethodDelete, Target: "/bank", ContentDigest: approvals.ContentDigest(nil)}
	text, err := json.Marshal(bound)
	if err != nil {
		return "", err
	}
	r.Details = []byte(strings.TrimSuffix(string(r.Details), "}") + `,"request":` + string(text) + "}")
	a, mail, err := e.stepUpOf(ctx, r)
	if err != nil {
		return "", err
	}
	a, err = e.told(ctx, a, mail)
	for _, move := range []func(context.Context, approvals.Action) (approvals.Action, error){e.open, e.confirm} {
		if err == nil {
			a, err = move(ctx, a)
		}
	}
	return "DELETE /bank HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
		"Accept: application/json\r\nCookie: session=2f1c7a3e9b8d4f60a1b2c3d4e5f60718\r\nCountersign-Action: " + string(a.ID) +
		"\r\nContent-Digest: " + bound.ContentDigest + "\r\nIdempotency-Key: \"bench\"\r\n\r\n", err
}

const askingConfig = `worker_processes 2; daemon off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 1024; }
http {
	access_log off; keepalive_requests 1000000000;
	client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
	upstream shop { server %[2]s; keepalive 256; keepalive_requests 1000000000; }
	upstream checker { server %[3]s; keepalive 256; keepalive_requests 1000000000; }
	proxy_http_version 1.1;
	server {
		listen %[4]s;
		location / {
			auth_request /countersign; auth_request_set $release $upstream_http_countersign_release;
			proxy_pass http://shop; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header Countersign-Release $release;
		}
		location = /countersign {
			internal; proxy_pass_request_headers off; proxy_pass_request_body off;
			proxy_set_header Connection ""; proxy_set_header Content-Length "";
			proxy_set_header Content-Digest $http_content_digest; proxy_set_header Idempotency-Key $http_idempotency_key;
			proxy_set_header Countersign-Action $http_countersign_action;
			proxy_set_header X-Original-Method $request_method; proxy_set_header X-Original-URI $request_uri;
			proxy_pass http://checker/check;
		}
	}
}
`

// asking configures an nginx before upstream that asks checker.
func asking(upstream, checker *peerProcess) func(dir, address string) string {
	return func(dir, address string) string {
		return fmt.Sprintf(askingConfig, dir, upstream.address, checker.address, address)
	}
}

// measuredCheck is a contender with what its checks cost, the warm-up left out.
type measuredCheck struct {
	name           string
	front, checker *peerProcess
	sent           traffic
	warm           bool
	cpu            []float64 // microseconds of the checker's processor time a request
}

func (m *measuredCheck) contender() contender {
	return contender{m.name, func(ctx context.Context, d time.Duration) (float64, error) {
		before := cpuOfFamily(m.checker.pid())
		m.sent.address = m.front.address
		got, err := m.sent.send(ctx, d)
		if err != nil {
			return 0, err
		}
		if n := float64(len(got.took)); m.warm && n > 0 {
			m.cpu = append(m.cpu, float64((cpuOfFamily(m.checker.pid())-before).Microseconds())/n)
		}
		m.warm = true
		return float64(len(got.took)) / got.elapsed.Seconds(), nil
	}}
}

// sayYes and sayNo are what the gateway is measured against.
func sayYes(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set(forwardauth.ReleaseHeader, strings.Repeat("x", 900)) // as long as a token
	w.Header().Set("Content-Length", "0")
}

func sayNo(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusUnauthorized)
}

// askedServer is the gateway's forward-auth as "countersign serve" listens with
// it, on a database and a key file.
func askedServer(from string) (*http.Server, error) {
	url, keysFile, _ := strings.Cut(from, " ")
	keys, err := keyring.Load(keysFile)
	if err != nil {
		return nil, err
	}
	e, err := openEngine(context.Background(), url, keys)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	stopped := func() time.Time { return began }
	e.service.Now = stopped
	trusted, err := peer.Parse([]string{"127.0.0.1"})
	if err != nil {
		return nil, err
	}
	h, err := forwardauth.New(forwardauth.Config{
		Service: e.service, Answers: e.parts.Answers, Releases: keys, Gate: e.parts.Governor, Marketplace: e.market.ID,
		Trusted: trusted, PublicURL: "https://approve.example", Log: slog.New(slog.DiscardHandler), Now: stopped,
	})
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	return web.Server(web.Observe(h, web.NewMetrics(), log, time.Now), log), nil
}
