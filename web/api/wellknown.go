package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
)

//go:embed openapi.yaml
var openAPIFile []byte

// OpenAPI returns the description of the API (OpenAPI 3.1, YAML).
func OpenAPI() []byte { return append([]byte(nil), openAPIFile...) }

func (a *API) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(openAPIFile) // the client may be gone
}

// jwks publishes the keys of release tokens, old and new (RFC 7517 §5).
func (a *API) jwks(*http.Request) (any, error) {
	set, err := a.Releases.JWKS()
	return json.RawMessage(set), err
}
