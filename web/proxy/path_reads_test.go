package proxy_test

import (
	"strings"
	"testing"

	"countersign/web/proxy"
)

// A name in braces says whose account a request is about. A route that reads it
// nowhere would let one seller sign what changes another's.
func TestCompile_unreadNames(t *testing.T) {
	t.Parallel()
	const none = "{'to': body.to}"
	for _, tt := range []struct {
		path, seller, details string
		unread                string
	}{
		{"/bank", "identity.id", none, ""},
		{"/sellers/{id}/bank", "identity.id", none, "{id}"},
		{"/sellers/{id}/bank", "path.id", none, ""},
		{"/sellers/{id}/bank", "path['id']", none, ""},
		{"/sellers/{id}/bank", "identity.id == path.id ? identity.id : ''", none, ""},
		{"/sellers/{id}/bank", "identity.id", "{'to': {'holder': path.id}}", ""},
		{"/sellers/{id}/bank", "has(path.id) ? identity.id : ''", none, "{id}"},
		{"/sellers/{id}/bank", "path.other", none, "{id}"},
		{"/sellers/{id}/bank", "'path.id'", none, "{id}"},
		{"/sellers/{id}/bank", "body.path.id", none, "{id}"},
		{"/sellers/{id}/bank", "identity.id", "{'to': path}", ""},
		{"/sellers/{id}/bank", "path[body.name]", none, ""},
		{"/shops/{shop}/sellers/{id}", "path.shop", none, "{id}"},
		{"/shops/{shop}/sellers/{id}", "path.shop", "{'to': path.id}", ""},
		{"/payouts/{rest...}", "identity.id", none, "{rest}"},
	} {
		r := routes("http://127.0.0.1:1", nobody)
		r.Sensitive = r.Sensitive[:1]
		r.Sensitive[0].Path, r.Sensitive[0].Seller, r.Sensitive[0].Details = tt.path, tt.seller, tt.details
		_, faults := proxy.Compile(r)
		if tt.unread == "" && len(faults) > 0 || tt.unread != "" && (len(faults) != 1 || faults[0].Field != "sensitive.0.path" || !strings.Contains(faults[0].Message, tt.unread)) {
			t.Errorf("%s, seller %s, details %s: %+v", tt.path, tt.seller, tt.details, faults)
		}
	}
}
