package demo

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"countersign/client"
)

// TestEveryPage: the sentence about the demo, one h1, a language, a policy
// without scripts, nothing cached, no style in the page.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.change()
	attack := s.post("/thief", "seller", "S-2218").Header.Get("Location")
	for path, code := range map[string]int{
		"/": 200, "/bank": 200, "/loan": 200, "/thief": 200, attack: 200, "/attacks/none": 404, "/attacks/" + id: 404,
	} {
		v := s.get(path)
		if v.StatusCode != code {
			t.Errorf("%s: %d, want %d", path, v.StatusCode, code)
		}
		if !strings.Contains(v.text, "Demo. No real money. Cooling-off shortened to 30 seconds.") {
			t.Errorf("%s does not say that it is a demo", path)
		}
		count := map[string]int{}
		for d := range v.doc.Descendants() {
			count[d.Data]++
			if attr(d, "style") != "" {
				t.Errorf("%s has a style attribute", path)
			}
			if d.Type == html.ElementNode && d.Data == "html" && attr(d, "lang") != "en" {
				t.Errorf("%s has no language", path)
			}
		}
		if count["h1"] != 1 || count["main"] != 1 || count["script"]+count["style"] != 0 {
			t.Errorf("%s: %d h1, %d main, %d script", path, count["h1"], count["main"], count["script"])
		}
		policy := v.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self';") || !strings.Contains(policy, "form-action 'self' "+s.gateway.URL+";") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	if v := s.get("/style.css"); v.StatusCode != 200 || !strings.HasPrefix(v.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %s", v.StatusCode, v.Header.Get("Content-Type"))
	}
}

// TestChangeCreate: what the gateway is asked for.
func TestChangeCreate(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	s.get("/bank?lang=it")
	id := s.change()
	s.gateway.set(func() {
		in := s.gateway.actions[id].request
		if in.Kind != client.PayoutAccountChange || in.ReturnURL != s.URL+"/bank" || in.Supersede || in.Context.IP != "127.0.0.1" || in.Context.UserAgent == "" {
			t.Errorf("asked %+v", in)
		}
		if want := (client.Seller{ID: "S-2201", Email: "giulia@ferri.example", Name: "Giulia Ferri", Locale: "it", TimeZone: "Europe/Rome", Country: "IT", OnboardedAt: in.Seller.OnboardedAt}); in.Seller != want || want.OnboardedAt.IsZero() {
			t.Errorf("seller %+v", in.Seller)
		}
		want := `{"from":{"iban":"IT60X0542811101000000123456","holder":"Ferri Ceramiche S.r.l.","bank_name":"Intesa Sanpaolo","country":"IT"},` +
			`"to":{"iban":"IT25I0200809606000000072606","holder":"Ferri Ceramiche S.r.l.","bank_name":"UniCredit","country":"IT"}}`
		if got := string(s.gateway.actions[id].Details); got != want {
			t.Errorf("details %s", got)
		}
	})
	s.unchanged()
}

func TestChangeRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	v := s.post("/bank", "iban", "<script>", "holder", "x")
	if v.StatusCode != 422 || !strings.Contains(v.text, "IBAN is not an IBAN.") || attr(byID(v.doc, "iban"), "value") != "<SCRIPT>" {
		t.Errorf("bad IBAN: %d %s", v.StatusCode, v.text)
	}
	first := s.change()
	v = s.post("/bank", "iban", "DE89370400440532013000", "holder", "x")
	if v.StatusCode != 422 || !strings.Contains(v.text, "Another change is open.") {
		t.Errorf("second change: %d %s", v.StatusCode, v.text)
	}
	v = s.post("/bank", "iban", "DE89370400440532013000", "holder", "x", "supersede", "yes")
	if v.StatusCode != 303 {
		t.Errorf("superseding: %d %s", v.StatusCode, v.text)
	}
	s.hook("action.cancelled", first, nil)
	if got := textOf(byID(s.get("/bank").doc, "change")); !strings.Contains(got, "BD-a2") || !strings.Contains(got, "DE89 •••• •••• 3000") {
		t.Errorf("open change: %s", got)
	}
	if got := textOf(byID(s.get("/bank").doc, "past")); !strings.Contains(got, "BD-a1 cancelled IT25 •••• •••• 2606") {
		t.Errorf("earlier change: %s", got)
	}
	s.gateway.set(func() {
		s.gateway.faults["actions"] = func(w http.ResponseWriter) bool { w.WriteHeader(500); return true }
	})
	if v := s.post("/bank", "iban", wantedIBAN, "holder", "x"); v.StatusCode != 422 || !strings.Contains(v.text, "Countersign refused") {
		t.Errorf("gateway broken: %d %s", v.StatusCode, v.text)
	}
}

// TestOpenChange: each state's words and the steps that it offers.
func TestOpenChange(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.change()
	const goOn, skip, cancel = "/changes/a1/continue", "/changes/a1/skip", "/changes/a1/cancel"
	for _, c := range []struct {
		state client.State
		words string
		steps []string
	}{
		{client.AwaitingStepUp, "Waiting for your approval.", []string{goOn, cancel}},
		{client.Notifying, "the wait has not started", []string{goOn, cancel}},
		{client.CoolingOff, "Cooling-off.", []string{goOn, skip, cancel}},
		{client.AwaitingConfirmation, "open our newest email", []string{goOn, cancel}},
		{client.Held, "On hold. <i>Bounced</i>", []string{goOn, cancel}},
		{client.Unresolved, "finding out", []string{goOn}},
		{client.Cancelled, "Cancelled. Nothing changed.", nil},
		{"brand_new", `Countersign says "brand_new".`, []string{goOn, cancel}},
	} {
		s.gateway.set(func() {
			a := s.gateway.actions[id]
			a.State, a.NotBefore, a.Hold = c.state, s.gateway.now.Add(30*time.Second), &client.Hold{Text: "<i>Bounced</i>"}
		})
		v := s.get("/bank")
		note := byID(v.doc, "change")
		if !strings.Contains(textOf(note), c.words) || attr(note, "data-state") != string(c.state) {
			t.Errorf("%s: %s", c.state, textOf(note))
		}
		if !slices.Equal(forms(note), c.steps) {
			t.Errorf("%s: steps %q", c.state, forms(note))
		}
	}
	s.gateway.set(func() {
		s.gateway.faults[id] = func(w http.ResponseWriter) bool { w.WriteHeader(500); return true }
	})
	v := s.get("/bank")
	if v.StatusCode != 200 || !strings.Contains(v.text, "could not finish asking") || !strings.Contains(textOf(byID(v.doc, "account")), "IT60") {
		t.Errorf("gateway broken: %d %s", v.StatusCode, v.text)
	}
}

func TestSkipTheWait(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.change()
	s.gateway.set(func() {
		s.gateway.actions[id].State, s.gateway.actions[id].NotBefore = client.CoolingOff, s.gateway.now.Add(24*time.Hour)
	})
	if got := textOf(byID(s.get("/bank").doc, "skip-hint")); !strings.Contains(got, "test clock") {
		t.Errorf("the button does not say what it does: %q", got)
	}
	for range 2 { // the second time there is nothing left to skip
		if v := s.post("/changes/" + id + "/skip"); v.StatusCode != 303 || v.Header.Get("Location") != "/bank" {
			t.Errorf("skip: %d %s", v.StatusCode, v.text)
		}
	}
	s.gateway.set(func() {
		if s.gateway.advanced != 24*time.Hour+time.Second {
			t.Errorf("advanced by %s", s.gateway.advanced)
		}
	})
}

func TestSteps(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	id := s.change()
	if v := s.post("/changes/" + id + "/continue"); v.StatusCode != 303 || v.Header.Get("Location") != s.gateway.URL+"/h/again" {
		t.Errorf("continue: %d %s", v.StatusCode, v.Header.Get("Location"))
	}
	s.post("/sign-in", "seller", "S-2218")
	for _, verb := range []string{"continue", "skip", "cancel"} {
		if v := s.post("/changes/" + id + "/" + verb); v.StatusCode != 404 {
			t.Errorf("%s of another seller's: %d", verb, v.StatusCode)
		}
	}
	s.signIn()
	if v := s.post("/changes/" + id + "/cancel"); v.StatusCode != 303 {
		t.Errorf("cancel: %d", v.StatusCode)
	}
	if v := s.get("/bank"); !strings.Contains(textOf(byID(v.doc, "change")), "Cancelled: changed their mind. Nothing changed.") {
		t.Errorf("after cancel: %s", v.text)
	}
	s.post("/sign-out")
	for _, path := range []string{"/bank"} {
		if v := s.get(path); v.StatusCode != 303 || v.Header.Get("Location") != "/" {
			t.Errorf("signed out, %s: %d", path, v.StatusCode)
		}
	}
}

// TestOwn: the seller is handed over to their own pages, once the gateway knows
// them.
func TestOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if v := s.post("/own/security"); v.StatusCode != 303 || v.Header.Get("Location") != "/" {
		t.Errorf("nobody: %d %s", v.StatusCode, v.Header.Get("Location"))
	}
	s.signIn()
	if v := s.get("/bank"); slices.Contains(forms(v.doc), "/own/security") {
		t.Error("there is a link for a seller whom the gateway has never seen")
	}
	s.change()
	if v := s.get("/bank"); !slices.Contains(forms(v.doc), "/own/security") {
		t.Error("there is no link")
	}
	if v := s.post("/own/security"); v.StatusCode != 303 || v.Header.Get("Location") != s.gateway.URL+"/h/seller/security" {
		t.Errorf("%d %s", v.StatusCode, v.Header.Get("Location"))
	}
	if v := s.post("/own/anything"); v.StatusCode != 409 {
		t.Errorf("another page: %d", v.StatusCode)
	}
}

// TestForeignPost: another site cannot press our buttons, a GET presses none.
func TestForeignPost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.signIn()
	for _, path := range []string{"/bank", "/thief", "/sign-in", "/sign-out", "/changes/a1/skip", "/changes/a1/cancel"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		resp, err := s.browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s from elsewhere: %d", path, resp.StatusCode)
		}
	}
	for _, path := range []string{"/changes/a1/skip", "/sign-in", "/webhooks/countersign"} {
		if v := s.get(path); v.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, v.StatusCode)
		}
	}
}

// TestThief: the story of 2018, and how the owner ends it.
func TestThief(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if v := s.post("/thief", "seller", "nobody"); v.StatusCode != 422 {
		t.Errorf("nobody: %d", v.StatusCode)
	}
	v := s.post("/thief", "seller", "S-2201")
	attack := v.Header.Get("Location")
	if v.StatusCode != 303 || attack != "/attacks/a1" {
		t.Fatalf("attack: %d %s", v.StatusCode, attack)
	}
	s.gateway.set(func() {
		in := s.gateway.actions["a1"].request
		if in.Context.IP != thiefIP || in.Context.UserAgent != thiefUserAgent || in.Context.LoginMethod != "password" {
			t.Errorf("context %+v", in.Context)
		}
		if got := string(s.gateway.actions["a1"].Details); !strings.Contains(got, `"to":{"iban":"NL91ABNA0417164300"`) {
			t.Errorf("details %s", got)
		}
	})
	v = s.get(attack)
	if got := textOf(byID(v.doc, "outcome")); !strings.Contains(got, "Nothing.") || !strings.Contains(got, "IT60 •••• •••• 3456") {
		t.Errorf("outcome: %s", got)
	}
	if !strings.Contains(v.text, "I did not ask for this") || !strings.Contains(v.text, "giulia@ferri.example") {
		t.Errorf("the owner's way out is not told: %s", v.text)
	}
	if v := s.post("/thief", "seller", "S-2201"); v.StatusCode != 422 || !strings.Contains(v.text, "Another change is open.") {
		t.Errorf("again: %d", v.StatusCode)
	}
	if v := s.post("/changes/a1/continue"); v.StatusCode != 303 {
		t.Errorf("the thief cannot look: %d", v.StatusCode)
	}
	s.gateway.set(func() {
		s.gateway.actions["a1"].State, s.gateway.actions["a1"].CancelReason = client.Cancelled, "not_me"
		s.gateway.locked["S-2201"] = true
	})
	if got := textOf(byID(s.get(attack).doc, "outcome")); !strings.Contains(got, "the door is shut") {
		t.Errorf("outcome: %s", got)
	}
	s.signIn()
	if byID(s.get("/bank").doc, "locked") == nil {
		t.Error("the seller is not told that the account is locked")
	}
	s.unchanged()
}

func TestInWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		time.Minute: "1 minute", 30 * time.Second: "30 seconds", 90 * time.Minute: "1 hour 30 minutes",
		24 * time.Hour: "24 hours", 61 * time.Second: "1 minute 1 second", time.Millisecond: "less than a second",
	} {
		if got := InWords(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}
