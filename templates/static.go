package templates

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// StaticPrefix is where web serves the static files.
const StaticPrefix = "/static/"

// StaticFile is a file pages link to. Its name holds a hash of its content, so
// that it may be cached for ever.
type StaticFile struct {
	Path        string // "/static/app-0f3a….css"
	ContentType string
	Body        []byte
}

// statics holds the static files by their plain name.
type statics map[string]StaticFile

func loadStatics() (statics, error) {
	files := statics{}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		body, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		body = bytes.TrimSpace(body)
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		files[e.Name()] = StaticFile{
			Path:        StaticPrefix + strings.TrimSuffix(e.Name(), ext) + "-" + hex.EncodeToString(sum[:8]) + ext,
			ContentType: contentType(ext),
			Body:        body,
		}
	}
	return files, nil
}

// contentType does not ask the machine for the types we have.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// Static returns the static file served at a path, hash included.
func (r *Renderer) Static(urlPath string) (StaticFile, bool) {
	for _, f := range r.statics {
		if f.Path == urlPath {
			return f, true
		}
	}
	return StaticFile{}, false
}

// Asset returns the path of a static file by its plain name ("app.css"), for
// pages made elsewhere, and the empty string for a file that does not exist.
func (r *Renderer) Asset(name string) string { return r.statics[name].Path }
