package main

import (
	"net/http"
	"sync"
	"testing"

	"countersign/client"
	"countersign/web/api"
	"countersign/web/webtest"
)

var theContract = sync.OnceValues(func() (*webtest.Contract, error) { return webtest.NewContract(api.OpenAPI()) })

// described makes a marketplace's client hold every request and answer of a
// test against the description of the API.
func described(t testing.TB, base http.RoundTripper) client.Option {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	return client.HTTPClient(&http.Client{Transport: webtest.Transport{Contract: c, Base: base}})
}
