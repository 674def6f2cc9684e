package samples_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v3"

	"countersign/web/samples"
)

// node is one value of a YAML file.
type node map[string]any

// documents reads a shipped file.
func documents(t *testing.T, name string) []node {
	t.Helper()
	raw, err := samples.Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(raw), "\n# ", " "), "and do not run") {
		t.Errorf("%s does not say that no test runs it", name)
	}
	var out []node
	d := yaml.NewDecoder(bytes.NewReader(raw))
	for {
		var one node
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, one)
	}
}

// at follows a path of names; a list is entered by the name of its member, or
// by its place.
func at(v any, path ...any) any {
	for _, step := range path {
		switch x := v.(type) {
		case node:
			v = x[fmt.Sprint(step)]
		case []any:
			v = member(x, step)
		default:
			return nil
		}
	}
	return v
}

func member(list []any, step any) any {
	for i, m := range list {
		if i == step || at(m, "name") == step {
			return m
		}
	}
	return nil
}

func expect(t *testing.T, v any, want any, path ...any) {
	t.Helper()
	if got := at(v, path...); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v is %v, want %v", path, got, want)
	}
}

// neverFrom are headers of ours, or about the original request, that must not
// come from a client.
var neverFrom = []string{
	"countersign-release", "countersign-location", "forwarded", "x-forwarded-method", "x-forwarded-uri",
	"x-original-method", "x-original-uri", "x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override", "x-method-override",
}

// TK-01 to TK-04, FW-01, FW-03, FW-05.
func TestTraefik(t *testing.T) {
	t.Parallel()
	files := documents(t, "traefik.yaml")
	if len(files) != 2 {
		t.Fatalf("%d documents, want the static and the dynamic one", len(files))
	}
	expect(t, files[0], false, "entryPoints", "web", "forwardedHeaders", "insecure")
	expect(t, files[0], []any{}, "entryPoints", "web", "forwardedHeaders", "trustedIPs")
	auth := at(files[1], "http", "middlewares", "countersign", "forwardAuth")
	for name, want := range map[string]any{
		"address": "http://127.0.0.1:8091/check", "trustForwardHeader": false, "forwardBody": false,
		"maxBodySize": 65536, "maxResponseBodySize": 65536, "preserveRequestMethod": false, "preserveLocationHeader": false,
		"authRequestHeaders":  []any{"Countersign-Action", "Content-Digest", "Content-Type", "Idempotency-Key"},
		"authResponseHeaders": []any{"Countersign-Release", "Countersign-Action"},
	} {
		expect(t, auth, want, name)
	}
	expect(t, files[1], "Host(`market.example`) && PathRegexp(`(?i)^/bank`) && !Method(`GET`) && !Method(`HEAD`)", "http", "routers", "guarded", "rule")
	expect(t, files[1], []any{"strip", "countersign"}, "http", "routers", "guarded", "middlewares")
	expect(t, files[1], []any{"strip", "strip-action"}, "http", "routers", "open", "middlewares")
	stripped, _ := at(files[1], "http", "middlewares", "strip", "headers", "customRequestHeaders").(node)
	for name, value := range stripped {
		if value != "" {
			t.Errorf("%s is set to %v", name, value)
		}
		delete(stripped, name)
		stripped[strings.ToLower(name)] = ""
	}
	for _, name := range neverFrom {
		if _, ok := stripped[name]; !ok {
			t.Errorf("%s is not removed", name)
		}
	}
}

// EX-02 to EX-06, FW-01, FW-03, FW-05.
func TestEnvoy(t *testing.T) {
	t.Parallel()
	http := at(documents(t, "envoy.yaml")[0], "static_resources", "listeners", "web", "filter_chains", 0, "filters", 0, "typed_config")
	expect(t, http, true, "normalize_path")
	expect(t, http, true, "merge_slashes")
	expect(t, http, "REJECT_REQUEST", "path_with_escaped_slashes_action")
	expect(t, http, "REJECT_REQUEST", "common_http_protocol_options", "headers_with_underscores_action")
	filters, _ := at(http, "http_filters").([]any)
	var order []string
	for _, f := range filters {
		order = append(order, strings.TrimPrefix(fmt.Sprint(at(f, "name")), "envoy.filters.http."))
	}
	if !slices.Equal(order, []string{"header_mutation", "ext_authz", "router"}) {
		t.Errorf("filters %v", order)
	}
	removed, _ := at(filters, "envoy.filters.http.header_mutation", "typed_config", "mutations", "request_mutations").([]any)
	for _, name := range neverFrom {
		if !slices.ContainsFunc(removed, func(m any) bool { return at(m, "remove") == name }) {
			t.Errorf("%s is not removed", name)
		}
	}
	auth := at(filters, "envoy.filters.http.ext_authz", "typed_config")
	expect(t, auth, false, "failure_mode_allow")
	expect(t, auth, "Forbidden", "status_on_error", "code")
	expect(t, auth, true, "deny_at_disable", "default_value")
	expect(t, auth, 65536, "with_request_body", "max_request_bytes")
	expect(t, auth, false, "with_request_body", "allow_partial_message")
	expect(t, auth, "/envoy", "http_service", "path_prefix")
	for want, path := range map[string][]any{
		"[countersign-action content-digest content-type idempotency-key]": {"allowed_headers"},
		"[countersign-release countersign-action]":                         {"http_service", "authorization_response", "allowed_upstream_headers"},
		"[www-authenticate countersign-location]":                          {"http_service", "authorization_response", "allowed_client_headers"},
	} {
		var names []any
		patterns, _ := at(auth, append(path, "patterns")...).([]any)
		for _, p := range patterns {
			names = append(names, at(p, "exact"))
		}
		expect(t, names, want)
	}

	routes, _ := at(http, "route_config", "virtual_hosts", "marketplace", "routes").([]any)
	if len(routes) != 3 {
		t.Fatalf("%d routes", len(routes))
	}
	for i, r := range routes {
		open := at(r, "typed_per_filter_config", "envoy.filters.http.ext_authz", "disabled") == true
		strips := fmt.Sprint(at(r, "request_headers_to_remove")) == "[countersign-action]"
		if guarded := i == 1; open == guarded || strips == guarded {
			t.Errorf("route %d: open %v, strips %v", i, open, strips)
		}
		if about := at(r, "match", "prefix") == "/bank"; about && at(r, "match", "case_sensitive") != false || about != (i < 2) {
			t.Errorf("route %d guards one case only: %v", i, at(r, "match"))
		}
	}
}
