// Package samples holds configuration files of other programs: what a
// marketplace copies to put the gateway before its own pages. The guide shows
// these very files. The tests run nginx and Caddy with them, only the addresses
// exchanged; the files for Traefik and Envoy are read for the settings that the
// standards ask for, and say so.
package samples

import "embed"

// Files has each file under the name the guide gives it.
//
//go:embed nginx.conf Caddyfile traefik.yaml envoy.yaml
var Files embed.FS
