package dev

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"path"

	"countersign/approvals"
	"countersign/client/examples"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/samples"
)

// Addresses of this package.
const (
	guidePath = "/dev/guide"
	apiPath   = problem.DocPath
	filesPath = "/dev/files/"
)

// Config is what the pages stand on.
type Config struct {
	Pages *templates.Renderer
	// OpenAPI is the description of the API that the reference is made from.
	OpenAPI []byte
	// Refuse answers a request for a file that does not exist.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
}

// Route is one page. Path is a pattern of net/http without its method, which is
// GET.
type Route struct {
	Path    string
	Handler http.Handler
}

// Routes prints the pages and returns where they are.
func Routes(c Config) ([]Route, error) {
	shown := map[string]templates.File{}
	guide, err := guide(shown)
	if err != nil {
		return nil, err
	}
	calls, err := reference(c.OpenAPI)
	if err != nil {
		return nil, err
	}
	var page, api bytes.Buffer
	if err := errors.Join(c.Pages.Dev(&page, guide), c.Pages.Dev(&api, calls)); err != nil {
		return nil, err
	}
	return []Route{
		{guidePath, static("text/html; charset=utf-8", page.Bytes())},
		{apiPath, static("text/html; charset=utf-8", api.Bytes())},
		{filesPath + "{name}", files(shown, c.Refuse)},
	}, nil
}

// guide fills D8, and shown with the files that it shows.
func guide(shown map[string]templates.File) (templates.Guide, error) {
	var g templates.Guide
	for _, f := range []struct {
		into *templates.File
		from embed.FS
		at   string
	}{
		{&g.Curl, examples.Files, "curl/payout_change.sh"},
		{&g.Receiver, examples.Files, "node/receiver.js"},
		{&g.Market, examples.Files, "market/main.go"},
		{&g.Routes, samples.Files, "routes.yaml"},
		{&g.Request, samples.Files, "forward_auth.sh"},
		{&g.ForwardAuth, samples.Files, "forward_auth.yaml"},
		{&g.Nginx, samples.Files, "nginx.conf"},
		{&g.Caddy, samples.Files, "Caddyfile"},
		{&g.Traefik, samples.Files, "traefik.yaml"},
		{&g.Envoy, samples.Files, "envoy.yaml"},
		{&g.Guarded, samples.Files, "guarded/main.go"},
	} {
		text, err := f.from.ReadFile(f.at)
		if err != nil {
			return g, fmt.Errorf("read a sample: %w", err)
		}
		name := nameOf(f.at)
		*f.into = templates.File{Name: name, URL: templates.Link(filesPath + name), Text: string(text)}
		shown[name] = *f.into
	}
	return g, nil
}

// nameOf is a file's own name, and its directory's where it says nothing.
func nameOf(at string) string {
	if name := path.Base(at); name != "main.go" {
		return name
	}
	return path.Base(path.Dir(at)) + ".go"
}

func static(contentType string, body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", problem.Cacheable)
		_, _ = w.Write(body) // the reader may be gone
	})
}

func files(shown map[string]templates.File, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := shown[r.PathValue("name")]
		if !ok {
			refuse(w, r, approvals.Refuse(approvals.CodeNotFound))
			return
		}
		static("text/plain; charset=utf-8", []byte(f.Text)).ServeHTTP(w, r)
	})
}
