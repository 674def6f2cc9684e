package seller_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"countersign/web"
	"countersign/web/api"
)

// front puts the pages behind everything a real request passes.
func (g *gateway) front(pages web.Pages) http.Handler {
	g.t.Helper()
	calls, err := api.New(api.Config{
		Service: g.Service, Reader: g.Parts.Reader, Records: g.Parts.Reader, Registry: g.Parts.Registry, Answers: g.Parts.Answers,
		Releases: g.Keys, PublicURL: home, Now: g.Clock.Now, Test: true, Clock: stopped{},
	})
	if err != nil {
		g.t.Fatal(err)
	}
	public, err := web.CheckPublicURL(home)
	if err != nil {
		g.t.Fatal(err)
	}
	h, err := web.New(web.Config{
		PublicURL: public, API: calls, Pages: pages, Ready: ready{}, Metrics: web.NewMetrics(), Now: g.Clock.Now,
		Log: slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return h
}

type ready struct{}

func (ready) Ready(context.Context) error { return nil }

// stopped is the clock the API could move, which no test here does.
type stopped struct{}

func (stopped) Advance(context.Context, time.Duration) (time.Time, error) { return time.Time{}, nil }

// lines is a log that may be written from several requests at once.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}
