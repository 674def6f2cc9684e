package conformance_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"countersign/client/conformance"
)

// The kit takes the gateway's place: it is served where the sandbox expects its
// gateway, and told where the sandbox is. This sandbox forgets to compare the
// token's seller.
func ExampleKit() {
	var kit *conformance.Kit
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.ServeHTTP(w, r) }))
	defer gateway.Close()
	settings := conformance.NewSettings(gateway.URL) // in the sandbox's configuration, instead of its gateway's

	shop, server, err := newShop(settings, wire(), "token: any seller")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	kit, err = conformance.New(conformance.Config{
		Settings: settings, Now: time.Now, Quiet: 10 * time.Millisecond, // leave Quiet at its default
		Sandbox: conformance.Sandbox{Start: shop.public + "/start", Account: shop.public + "/account", Webhook: shop.public + "/webhook"},
	})
	if err != nil {
		log.Fatal(err)
	}
	report, err := kit.Run(context.Background(), "approved_once", "token_seller")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range report.Results {
		fmt.Println(r.ID, r.Passed(), r.Wrong)
	}
	// Output:
	// approved_once true []
	// token_seller false [The account was changed when the token was one for another seller.]
}
