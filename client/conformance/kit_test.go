package conformance_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/client/conformance"
	"countersign/web/api"
	"countersign/web/webtest"
)

// kitFor serves a kit and a shop with a mistake, and points each at the other.
func kitFor(t *testing.T, wire http.RoundTripper, mistake string) *conformance.Kit {
	t.Helper()
	var kit *conformance.Kit
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { kit.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	settings := conformance.NewSettings(server.URL)
	shop := mustShop(t, settings, wire, mistake)
	kit, err := conformance.New(conformance.Config{
		Settings: settings, Sandbox: shop.sandbox(), Now: time.Now, Patience: 8 * time.Second, Quiet: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// wire is a transport that repeats nothing by itself: net/http repeats a request
// on a connection that was used before.
func wire() *http.Transport { return &http.Transport{DisableKeepAlives: true} }

// TestRightMarketplace: one that does everything right passes everything, and
// the stand-in gateway says nothing that the API's description does not.
func TestRightMarketplace(t *testing.T) {
	t.Parallel()
	contract, err := webtest.NewContract(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	report, err := kitFor(t, strictly{t, webtest.Transport{Contract: contract, Base: wire()}}, "").Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if wrong := report.Wrong(); len(wrong) > 0 || len(report.Results) != len(conformance.Scenarios()) {
		t.Errorf("%d scenarios, wrong: %q\n%s", len(report.Results), wrong, report)
	}
}

// strictly fails a test whose calls or answers are not as described.
type strictly struct {
	t    *testing.T
	wire webtest.Transport
}

func (s strictly) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.wire.RoundTrip(r)
	if err != nil && strings.HasPrefix(err.Error(), "contract:") {
		s.t.Error(err)
	}
	return res, err
}

// mistakes names the scenarios that catch each mistake, and no others may. Some
// are no mistakes but other ways to be right.
var mistakes = map[string][]string{
	"ignores the signature":          {"webhook_signature"},
	"ignores the timestamp":          {"webhook_timestamp"},
	"works on two webhooks at once":  {"webhook_twice"},
	"goes back with late events":     {"webhook_order"},
	"knows every event":              {"webhook_unknown"},
	"takes payload_mismatch for yes": {"payload_mismatch"},
	"takes seller_locked for yes":    {"seller_locked"},
	"takes not_approved for yes":     {"cancelled"},
	"keeps the session after a lock": {"seller_locked"},
	"keeps one change a seller":      {"second_change"},
	"believes the address":           {"return_forged"},
	"saves a release again":          {"release_twice"},
	"takes no answer for yes":        {"gateway_away"},
	"creates again under a new key":  {"create_lost"},
	"claims again under a new key":   {"claim_lost"},
	"reports again under a new key":  {"result_lost"},
	"reports once and forgets":       {"result_lost"},
	"claims again under the old key": {"claim_refused"},
	"looks at the first signature":   {"webhook_rotation"},
	"reports nothing":                {"approved_once", "result_lost"},
	"works in the background":        nil,
	"replaces the open change":       nil,
	"token: nothing left out":        nil,
	"token: any action":              {"token_action"},
	"token: any details":             {"token_details"},
	"token: any seller":              {"token_seller"},
	"token: any marketplace":         {"token_marketplace"},
	"token: any type":                {"token_type"},
	"token: any time":                {"token_expired"},
	"token: any signature":           {"token_key", "token_algorithm"},
	"token: the header's key":        {"token_key"},
	"token: the header's algorithm":  {"token_algorithm"},
	"token: any action or details":   {"token_action", "token_details", "token_replayed"},
	"believes the webhook more":      {"webhook_lies"},
	"believes the webhook":           allBut("webhook_signature", "webhook_timestamp", "webhook_unknown", "return_forged"),
}

// allBut returns the ids of the other scenarios.
func allBut(ids ...string) []string {
	var rest []string
	for _, s := range conformance.Scenarios() {
		if !slices.Contains(ids, s.ID) {
			rest = append(rest, s.ID)
		}
	}
	return rest
}

// TestMistakes: each wrong marketplace is caught by the scenarios that name its
// mistake, and by no other. They run together, because they mostly wait.
func TestMistakes(t *testing.T) {
	t.Parallel()
	var all sync.WaitGroup
	for mistake, want := range mistakes {
		kit := kitFor(t, wire(), mistake)
		all.Go(func() {
			report, err := kit.Run(t.Context())
			if err != nil {
				t.Errorf("%s: %v", mistake, err)
			}
			if got := report.Wrong(); !slices.Equal(got, want) {
				t.Errorf("%s: caught by %q, want %q\n%s", mistake, got, want, report)
			}
		})
	}
	all.Wait()
}

// TestEveryScenarioCanFail: there is a mistake for each.
func TestEveryScenarioCanFail(t *testing.T) {
	t.Parallel()
	for _, s := range conformance.Scenarios() {
		caught := false
		for _, ids := range mistakes {
			caught = caught || slices.Contains(ids, s.ID)
		}
		if !caught {
			t.Errorf("no mistake is caught by %s", s.ID)
		}
		if s.Sentence == "" || s.Rule == "" {
			t.Errorf("%s says too little", s.ID)
		}
	}
}
