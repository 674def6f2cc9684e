// Package samples holds what a marketplace copies to put the gateway before its
// own pages: configurations of nginx, Caddy, Traefik and Envoy, the settings of
// the gateway that go with them, the request as curl sends it, and the handler
// behind it all. The guide shows these very files.
//
// The tests run nginx and Caddy with them, only the addresses exchanged; the
// files for Traefik and Envoy are read for the settings that the standards ask
// for, and say so.
package samples

import "embed"

// Files has each file under the name the guide gives it.
//
//go:embed nginx.conf Caddyfile traefik.yaml envoy.yaml forward_auth.yaml routes.yaml forward_auth.sh guarded/main.go
var Files embed.FS
