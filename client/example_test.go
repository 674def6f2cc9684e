package client_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"countersign/client"
)

// A payout account changes in three steps: the seller asks and an action is
// created, the seller proves themselves at the gateway (days pass), and the
// marketplace claims, verifies, saves and reports.
func Example() {
	standIn := startGateway() // in production: the gateway's own URL
	defer standIn.Close()
	ctx := context.Background()
	gateway, err := client.New(standIn.URL, "cs_test_key")
	if err != nil {
		log.Fatal(err)
	}
	releases, err := client.NewReleaseVerifier(standIn.URL, "market")
	if err != nil {
		log.Fatal(err)
	}

	// The form that used to save the account creates an action instead.
	change := client.AccountChange{
		From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche S.r.l."},
		To:   client.Destination{IBAN: "NL91ABNA0417164300", Holder: "G. Ferri"},
	}
	action, err := gateway.CreateAction(ctx, client.NewAction{
		Kind:      client.PayoutAccountChange,
		Seller:    client.Seller{ID: "S-2201", Email: "giulia@ferri.example", Name: "Giulia Ferri", Locale: "it"},
		Details:   change,
		Context:   client.Context{IP: "203.0.113.24", UserAgent: "Mozilla/5.0"},
		ReturnURL: "https://market.example/bank",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("send the seller to", strings.TrimPrefix(action.Next.URL, standIn.URL))

	// When the webhook says action.approved, claim with the same details.
	claimed, err := gateway.Claim(ctx, action.ID, change, client.IdempotencyKey("claim-1-"+action.ID))
	if err != nil {
		log.Fatal(err)
	}
	release, err := releases.Verify(ctx, claimed.ReleaseToken, client.Expect{
		Action: action.ID, Kind: client.PayoutAccountChange, Seller: "S-2201", Digest: action.Digest,
	})
	if err != nil {
		log.Fatal(err) // never carry it out
	}
	fmt.Println("save the account, once for", release.ReleaseID)
	action, err = gateway.Report(ctx, action.ID, client.Executed("bank-change-77"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the action is", action.State)
	// Output:
	// send the seller to /h/one-time
	// save the account, once for rel_a1
	// the action is executed
}

// A refusal is a *Problem; its code says what to do.
func ExampleProblem() {
	standIn := startGateway()
	defer standIn.Close()
	gateway, err := client.New(standIn.URL, "cs_test_key")
	if err != nil {
		log.Fatal(err)
	}
	_, err = gateway.Claim(context.Background(), "too-early", client.AccountChange{})
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Code == client.CodeNotApproved {
		fmt.Println("the action is", p.State, "until", p.NotBefore.Format(time.RFC3339))
	}
	// Output: the action is cooling_off until 2026-05-17T12:00:00Z
}

// The webhook is a pointer: it says when to look, the claim decides.
func ExampleWebhook_Read() {
	hooks, err := client.NewWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		log.Fatal(err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		event, err := hooks.Read(r)
		if err != nil {
			http.Error(w, "not ours", http.StatusBadRequest)
			return
		}
		if event.Type == "action.approved" {
			fmt.Println("claim", event.Data.ID) // put it on a queue; answer soon
		}
		w.WriteHeader(http.StatusNoContent)
	}
	answer := httptest.NewRecorder()
	handler(answer, httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(`{"type":"action.approved","data":{"id":"a1"}}`)))
	fmt.Println("unsigned:", answer.Code)
	// Output: unsigned: 400
}

// startGateway stands in for a gateway whose action a1 is approved already.
func startGateway() *httptest.Server {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	answer := func(pattern string, status int, v any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(v)
		})
	}
	now := time.Now()
	claims := map[string]any{
		"iss": server.URL, "aud": "market", "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"action": "a1", "release_id": "rel_a1", "digest": "d1", "kind": client.PayoutAccountChange, "seller": "S-2201", "marketplace": "market",
	}
	answer("POST /v1/actions", 201, map[string]any{"id": "a1", "digest": "d1", "next": map[string]any{"type": "redirect", "url": server.URL + "/h/one-time"}})
	answer("POST /v1/actions/a1/claim", 200, map[string]any{"release_token": signed(private, claims)})
	answer("POST /v1/actions/too-early/claim", 409, map[string]any{"code": "not_approved", "state": "cooling_off", "not_before": "2026-05-17T12:00:00.000000Z"})
	answer("POST /v1/actions/a1/result", 200, map[string]any{"id": "a1", "state": "executed"})
	answer("GET /.well-known/jwks.json", 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: "k1", Algorithm: "EdDSA", Use: "sig"}}})
	return server
}

func signed(key ed25519.PrivateKey, claims map[string]any) string {
	options := (&jose.SignerOptions{}).WithType("release+jwt").WithHeader("kid", "k1")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, options)
	if err != nil {
		log.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		log.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		log.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		log.Fatal(err)
	}
	return token
}
