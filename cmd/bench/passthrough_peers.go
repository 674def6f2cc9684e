package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"countersign/approvals"
	"countersign/web/proxy"
)

// Kinds of peers. Each is a process of its own, so that its processor time can
// be told from that of the load.
const (
	peerUpstream = "upstream"
	peerMinimal  = "minimal"
	peerTuned    = "tuned"
	peerGateway  = "gateway"
	peerNginx    = "nginx"
	peerYes      = "yes"   // asked by nginx, says yes to everything
	peerNo       = "no"    // asked by nginx, says no to everything
	peerAsked    = "asked" // the gateway's forward-auth; "upstream" is its database and key file

	peerVariable = "COUNTERSIGN_BENCH_PEER" // "kind upstream": this process is one
)

// peerProcess is one that runs.
type peerProcess struct {
	address string
	cmd     *exec.Cmd
	input   io.Closer // it ends with it
	dir     string    // nginx's
}

func (p *peerProcess) pid() int { return p.cmd.Process.Pid }

func (p *peerProcess) stop() error {
	if p.dir != "" {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	err := p.input.Close()
	_ = p.cmd.Wait() // told to end
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
	}
	return err
}

// startPeer runs a peer before an upstream.
func startPeer(ctx context.Context, kind, upstream string) (*peerProcess, error) {
	if kind == peerNginx {
		return startNginx(ctx, func(dir, address string) string { return fmt.Sprintf(nginxConfig, dir, upstream, address) })
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), peerVariable+"="+kind+" "+upstream)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	p := &peerProcess{cmd: cmd, input: input}
	line, err := bufio.NewReader(output).ReadString('\n')
	if p.address = strings.TrimSpace(line); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", kind, err), p.stop())
	}
	return p, nil
}

const nginxConfig = `worker_processes 2; daemon off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 1024; }
http {
	access_log off; keepalive_requests 1000000000;
	client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
	upstream shop { server %[2]s; keepalive 256; keepalive_requests 1000000000; }
	server {
		listen %[3]s;
		location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
			proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host; }
	}
}
`

// nginxProgram finds nginx, also where only an administrator's path leads.
func nginxProgram() (string, error) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx")
	}
	return program, err
}

// startNginx runs nginx on what config makes for a directory and an address.
func startNginx(ctx context.Context, text func(dir, address string) string) (*peerProcess, error) {
	dir, err := os.MkdirTemp("", "countersign-nginx-")
	if err != nil {
		return nil, err
	}
	name, err := freeAddress()
	if err != nil {
		return nil, err
	}
	address := strings.Replace(name, "localhost", "127.0.0.1", 1)
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, []byte(text(dir, address)), 0o600); err != nil {
		return nil, err
	}
	program, err := nginxProgram()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "-p", dir, "-c", config)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	p := &peerProcess{address: address, cmd: cmd, input: io.NopCloser(nil), dir: dir}
	err = until(ctx, 10*time.Second, func(context.Context) (bool, error) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false, nil // not yet
		}
		return true, c.Close()
	})
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// playPeer makes this process a peer if it was started as one, until its input
// ends. It reports whether it was.
func playPeer() bool {
	kind, upstream, asked := strings.Cut(os.Getenv(peerVariable), " ")
	if !asked {
		return false
	}
	if err := servePeer(kind, upstream); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
	return true
}

func servePeer(kind, upstream string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serve := func(h http.Handler) { go func() { _ = (&http.Server{Handler: h}).Serve(l) }() }
	switch kind {
	case peerUpstream:
		go answerAll(l)
	case peerMinimal:
		serve(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream}))
	case peerTuned:
		serve(tunedProxy(upstream))
	case peerGateway:
		p, err := gatewayProxy(upstream)
		if err != nil {
			return err
		}
		go func() { _ = p.Server().Serve(p.Listen(l)) }()
	case peerYes:
		serve(http.HandlerFunc(sayYes))
	case peerNo:
		serve(http.HandlerFunc(sayNo))
	case peerAsked:
		s, err := askedServer(upstream)
		if err != nil {
			return err
		}
		go func() { _ = s.Serve(l) }()
	default:
		return fmt.Errorf("there is no peer %q", kind)
	}
	fmt.Println(l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// answerAll is an upstream that costs as little as can be.
func answerAll(l net.Listener) {
	answer := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024)
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			r := bufio.NewReader(c)
			for {
				for {
					line, err := r.ReadSlice('\n')
					if err != nil {
						return
					}
					if len(line) == 2 {
						break
					}
				}
				if _, err := io.WriteString(c, answer); err != nil {
					return
				}
			}
		}()
	}
}

// tunedProxy is what a team writes that has measured once.
func tunedProxy(upstream string) http.Handler {
	target := &url.URL{Scheme: "http", Host: upstream}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		Transport:  &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true},
		BufferPool: &bufferPool{},
	}
}

type bufferPool struct{ pool sync.Pool }

func (b *bufferPool) Get() []byte {
	if v, ok := b.pool.Get().(*[]byte); ok {
		return *v
	}
	return make([]byte, 32<<10)
}

func (b *bufferPool) Put(buf []byte) { b.pool.Put(&buf) }

// gatewayProxy is the gateway's own, with routes as in a shop. It has no
// database: nothing that passes through asks one.
func gatewayProxy(upstream string) (*proxy.Proxy, error) {
	route := func(name, method, path, seller string) proxy.Route {
		return proxy.Route{Name: name, Method: method, Path: path, Seller: seller, Kind: string(approvals.PayoutAccountChange), Details: "{'to': body.to}", ReturnURL: returnURL}
	}
	table, faults := proxy.Compile(proxy.Routes{
		Upstream: "http://" + upstream, Listen: "127.0.0.1:0", Marketplace: "bench",
		Identity:  proxy.Identity{Peer: proxy.PeerIdentity{Trusted: []string{"10.255.255.1"}, Header: "X-Seller"}},
		Sensitive: []proxy.Route{route("bank", "POST", "/bank", "identity.id"), route("seller-bank", "PUT", "/sellers/{id}/bank", "path.id"), route("payout", "POST", "/payouts/{rest...}", "path.rest")},
	})
	if len(faults) > 0 {
		return nil, fmt.Errorf("routes.%s %s", faults[0].Field, faults[0].Message)
	}
	return proxy.New(proxy.Config{
		Table: table, Approvals: &approvals.Service{}, Marketplace: approvals.Marketplace{ID: "bench", ReturnURLs: []string{returnURL}},
		PublicURL: "https://approve.example", Now: time.Now, Machine: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}
