package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"countersign/auth"
	"countersign/client"
	"countersign/web/webtest"
)

// What the API hands out about an action verifies without the gateway, and a
// changed byte of anything that was signed, or that says what was, is seen.
func TestFlow_Evidence(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	shop, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
	if err != nil {
		t.Fatal(err)
	}
	order := newChange(d, "S-2201")
	action, err := shop.CreateAction(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	seller, err := webtest.NewSeller(d.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := seller.Approve(t.Context(), action.Next.URL); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.AdvanceTestClock(t.Context(), 24*time.Hour+time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := seller.Confirm(t.Context(), mailedLink(t, d, "/confirm/")); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Claim(t.Context(), action.ID, order.Details); err != nil {
		t.Fatal(err)
	}
	raw := evidenceOf(t, d, action.ID)
	verify := func(raw []byte) (auth.Bundle, error) {
		return auth.VerifyBundle(raw, d.Gateway.Config.PasskeyDomain, []string{d.BaseURL})
	}
	good, err := verify(raw)
	if err != nil || good.Digest != action.Digest || len(good.Proofs) != 2 {
		t.Fatalf("%v: %s", err, raw)
	}
	for name, other := range spellingsOf(raw) {
		if _, err := verify(other); err == nil || bytes.Equal(raw, other) {
			t.Errorf("%s passes", name)
		}
	}
	if _, err := auth.VerifyBundle(raw, "other.example", []string{d.BaseURL}); err == nil {
		t.Error("another relying party passes")
	}
	signed := bytes.Index(raw, []byte(`"events":`)) // and what follows is the gateway's own word
	for i := range signed {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		if b, err := verify(changed); err == nil && !bytes.Equal(mattering(t, b), mattering(t, good)) {
			t.Errorf("another byte %d passes: …%s…", i, changed[max(i-40, 0):i+10])
		}
	}
	for name, change := range map[string]func(*auth.Bundle){
		"a proof less":         func(b *auth.Bundle) { b.Proofs = b.Proofs[:1] },
		"a proof twice":        func(b *auth.Bundle) { b.Proofs[1] = b.Proofs[0] },
		"a proof once more":    func(b *auth.Bundle) { b.Proofs = append(b.Proofs, b.Proofs[0]) },
		"an event less":        func(b *auth.Bundle) { b.Events = b.Events[1:] },
		"events the other way": func(b *auth.Bundle) { b.Events[0], b.Events[1] = b.Events[1], b.Events[0] },
		"another's event": func(b *auth.Bundle) {
			b.Events[1] = bytes.Replace(b.Events[1], []byte(`"seller":"S-2201"`), []byte(`"seller":"S-2202"`), 1)
		},
		"another state":        func(b *auth.Bundle) { b.Action.State = "executed" },
		"the proofs exchanged": func(b *auth.Bundle) { b.Proofs[0].Stage, b.Proofs[1].Stage = b.Proofs[1].Stage, b.Proofs[0].Stage },
		"evidence of each other": func(b *auth.Bundle) {
			b.Proofs[0].Evidence, b.Proofs[1].Evidence = b.Proofs[1].Evidence, b.Proofs[0].Evidence
		},
	} {
		var b auth.Bundle
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		change(&b)
		again, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verify(again); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// One document has one spelling: what one reader takes and another passes over
// is refused.
func spellingsOf(raw []byte) map[string][]byte {
	return map[string][]byte{
		"another case":  bytes.Replace(raw, []byte(`"digest":`), []byte(`"Digest":`), 1),
		"said twice":    bytes.Replace(raw, []byte(`{"v":1,`), []byte(`{"v":1,"digest":"00",`), 1),
		"a space":       bytes.Replace(raw, []byte(`{"v":1,`), []byte(`{"v":1, `), 1),
		"one more":      bytes.Replace(raw, []byte(`{"v":1,`), []byte(`{"v":1,"note":"paid",`), 1),
		"two documents": append(bytes.Clone(raw), raw...),
	}
}

func evidenceOf(t *testing.T, d *Demo, id string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.BaseURL+"/v1/actions/"+id+"/evidence", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.APIKey)
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: webtest.Transport{Contract: c, Base: http.DefaultTransport}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s, %v", resp.StatusCode, raw, err)
	}
	return raw
}

// mattering is a bundle without what is only the gateway's word or a name: the
// decision, the reference, and the ids of proofs and credentials.
func mattering(t *testing.T, b auth.Bundle) []byte {
	t.Helper()
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	delete(v, "decision")
	delete(v["action"].(map[string]any), "reference")
	for _, p := range v["proofs"].([]any) {
		proof := p.(map[string]any)
		delete(proof, "id")
		if passkey, ok := proof["evidence"].(map[string]any)["passkey"].(map[string]any); ok {
			delete(passkey, "credential_id")
			delete(passkey, "counter")
		}
	}
	if raw, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	return raw
}
