package approvaldb_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between the gateway and its PostgreSQL and loses what it is told
// to lose.
type proxy struct {
	upstream string
	listener net.Listener
	mu       sync.Mutex
	lose     loss
	open     []net.Conn
}

// loss is what a proxy loses of the next COMMIT.
type loss int

const (
	nothing loss = iota
	answer       // the server commits, and nobody hears of it
	request      // the server never hears of it
)

// newProxy returns a proxy and the URL that leads through it.
func newProxy(t *testing.T, databaseURL string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{upstream: u.Host, listener: l}
	t.Cleanup(p.down)
	go p.serve()
	u.Host = l.Addr().String()
	return p, u.String()
}

// loseNext arms the proxy.
func (p *proxy) loseNext(what loss) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = what
}

// down closes every connection and takes no new ones.
func (p *proxy) down() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.open {
		_ = c.Close()
	}
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, client, server)
		p.mu.Unlock()
		go p.answers(client, server)
		go p.requests(client, server)
	}
}

// requests copies what the client says and looks for its COMMIT.
func (p *proxy) requests(client, server net.Conn) {
	defer server.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("commit\x00")) {
			switch p.take(request) {
			case request:
				_ = client.Close()
				return
			case nothing, answer:
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// answers copies what the server says, unless it is the answer to lose.
func (p *proxy) answers(client, server net.Conn) {
	defer client.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && p.take(answer) == answer {
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}

// take disarms the proxy if it is armed for this.
func (p *proxy) take(what loss) loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lose != what {
		return nothing
	}
	p.lose = nothing
	return what
}
