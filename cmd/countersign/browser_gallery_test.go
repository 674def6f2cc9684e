package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/templates"
	"countersign/web"
	"countersign/web/api"
	"countersign/web/dev"
	"countersign/web/problem"
)

// gallery serves every page in every state, with its sample data, behind the
// gateway's own front: the same headers, the same policy, the same files.
type gallery struct {
	url     string
	pages   *templates.Renderer
	samples []templates.Sample
	desk    []templates.DeskSample
}

func newGallery(t testing.TB) gallery {
	t.Helper()
	pages, err := templates.New(templates.Config{
		PasskeyDomain: "localhost", DemoWait: time.Minute,
		Typed: map[templates.Locale]string{templates.EN: "market.example/security", templates.IT: "market.example/sicurezza"},
	})
	if err != nil {
		t.Fatal(err)
	}
	samples := slices.DeleteFunc(templates.Samples(), func(s templates.Sample) bool { return inOtherWords(s.Name) })
	server := httptest.NewUnstartedServer(nil)
	public, err := url.Parse("http://" + server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	sellers := samplePages{pages, samples, templates.DeskSamples()}
	developers, err := dev.Routes(dev.Config{Pages: pages, OpenAPI: api.OpenAPI(), Refuse: sellers.Refuse})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	front, err := web.New(web.Config{
		PublicURL: public, API: &api.API{}, Pages: sellers, Dev: developers, Ready: alwaysReady{},
		Metrics: web.NewMetrics(), Log: log, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config = web.Server(front, log)
	server.Start()
	t.Cleanup(server.Close)
	return gallery{server.URL, pages, samples, sellers.desk}
}

// inOtherWords reports whether a sample is another one about a loan, a switch or a defined kind:
// the same page with other words, which the tests of templates read. Those with
// something of their own to look at stay.
func inOtherWords(name string) bool {
	kept := []string{"review-open-loan", "review-open-loan-yen", "answer-open-loan", "status-executed-loan", "review-open-switch", "review-open-defined", "code-open-defined"}
	return (strings.Contains(name, "-loan") || strings.HasSuffix(name, "-switch") || strings.HasSuffix(name, "-defined") && !strings.HasPrefix(name, "desk")) && !slices.Contains(kept, name)
}

// names are those of every sample.
func (g gallery) names() (names []string) {
	for _, s := range g.samples {
		names = append(names, s.Name)
	}
	for _, s := range g.desk {
		names = append(names, s.Name)
	}
	return names
}

// address is where a sample is shown in a language.
func (g gallery) address(sample string, l templates.Locale) string {
	return g.url + "/" + string(l) + "/" + sample
}

// samplePages stands where the seller's pages stand.
type samplePages struct {
	pages   *templates.Renderer
	samples []templates.Sample
	desk    []templates.DeskSample
}

func (s samplePages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f, ok := s.pages.Static(r.URL.Path); ok {
		w.Header().Set("Content-Type", f.ContentType)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write(f.Body)
		return
	}
	locale, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	var body bytes.Buffer
	err := errNoSample
	for _, sample := range s.samples {
		if sample.Name == name {
			err = s.pages.Page(&body, templates.Locale(locale), sample.Page)
		}
	}
	for _, sample := range s.desk {
		if sample.Name == name {
			err = s.pages.Dev(&body, sample.Page)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = body.WriteTo(w)
}

var errNoSample = errors.New("no such sample")

func (s samplePages) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	http.Error(w, string(problem.Of(r.Context(), err).Code), http.StatusBadRequest)
}

type alwaysReady struct{}

func (alwaysReady) Ready(context.Context) error { return nil }
