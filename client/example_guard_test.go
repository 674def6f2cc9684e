package client_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/client"
)

// Behind the gateway's reverse proxy, or a proxy with forward-auth, the handler
// that saves an account stays as it is. The guard before it compares what
// arrives with what was approved, byte for byte.
func ExampleGuard() {
	const approved = `{"iban":"NL91ABNA0417164300"}`
	gateway, token := startReleasing(approved) // in production: the gateway's own URL
	defer gateway.Close()
	releases, err := client.NewReleaseVerifier(gateway.URL, "market")
	if err != nil {
		log.Fatal(err)
	}
	guard := client.Guard{Releases: releases, AnySeller: true}
	saveAccount := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		release, _ := client.ReleaseOf(r)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fmt.Printf("save %s, once for %s\n", body, release.ReleaseID)
	})
	mux := http.NewServeMux()
	mux.Handle("POST /bank", guard.Wrap(saveAccount))

	for _, body := range []string{approved, `{"iban":"GB29NWBK60161331926819"}`} {
		r := httptest.NewRequest(http.MethodPost, "/bank", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(client.ReleaseHeader, token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// save {"iban":"NL91ABNA0417164300"}, once for rel_a1
	// 200
	// 403
}

// startReleasing stands in for a gateway that has released one POST /bank with
// this body, and returns the release token that the proxy sends along.
func startReleasing(body string) (*httptest.Server, string) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k1", Algorithm: "EdDSA", Use: "sig"}}})
	}))
	now := time.Now()
	return server, signed(private, map[string]any{
		"iss": server.URL, "aud": "market", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"action": "a1", "release_id": "rel_a1", "digest": "d1", "kind": client.PayoutAccountChange, "seller": "S-2201", "marketplace": "market",
		"request": client.BoundRequest{
			Method: http.MethodPost, Target: "/bank", ContentType: "application/json", ContentDigest: client.ContentDigest([]byte(body)),
		},
	})
}
