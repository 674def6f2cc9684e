package templates

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"

	"countersign/approvals"
	"countersign/approvals/destination"
)

func TestDeviceFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent string
		want  Device
	}{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", Device{Browser: "Chrome", System: "Windows"}},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", Device{Browser: "Edge", System: "Windows"}},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15", Device{Browser: "Safari", System: "macOS"}},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile/15E148 Safari/604.1", Device{Browser: "Chrome", System: "iPhone"}},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Device{Browser: "Firefox", System: "Linux"}},
		{"Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", Device{Browser: "Samsung Internet", System: "Android"}},
		{"curl/8.5.0", Device{}},
		{"<script>alert(1)</script>", Device{}},
		{"", Device{}},
	} {
		if got := DeviceFrom(c.agent); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.agent, got, c.want)
		}
	}
}

func TestLoginOf(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]Login{
		"password": LoginPassword, " Password ": LoginPassword, "password+totp": LoginCode, "passkey": LoginPasskey,
		"oidc": LoginSSO, "": LoginUnknown, "your friend from the bank": LoginUnknown,
	} {
		if got := LoginOf(method); got != want {
			t.Errorf("%q: %q, want %q", method, got, want)
		}
	}
}

// TestFactsOf: TA-01, every field shown comes from the stored action.
func TestFactsOf(t *testing.T) {
	t.Parallel()
	details := `{"from":{"holder":"Ferri Ceramiche S.r.l.","iban":"IT60X0542811101000000123456"},` +
		`"to":{"bank_name":"ABN AMRO","holder":"G. Ferri","iban":"NL91ABNA0417164300","payee_check":{"result":"close","scheme":"vop"}}}`
	a := approvals.Action{
		ID: "a", Reference: "BD-7K4Q-2M9X", Kind: approvals.PayoutAccountChange, Details: json.RawMessage(details),
		CreatedAt: time.Date(2026, 11, 22, 16, 21, 0, 0, time.UTC),
		Context:   approvals.Context{IP: "203.0.113.24", UserAgent: "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36", LoginMethod: "password"},
	}
	f, err := FactsOf(a, approvals.Seller{Name: "Giulia Ferri"})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(f.Reference, f.Name, f.From.Masked, f.From.Holder, f.To.Plain, f.To.Bank, f.To.Country, f.To.NameCheck, f.Asked.At.Unix(), f.Asked.Login, f.Asked.Device, f.Asked.Place)
	want := fmt.Sprint("BD-7K4Q-2M9X", "Giulia Ferri", "IT60 •••• … 3456", "Ferri Ceramiche S.r.l.", "NL91 **** 4300", "ABN AMRO", "NL",
		destination.PayeeClose, a.CreatedAt.Unix(), LoginPassword, Device{Browser: "Chrome", System: "Windows"}, Place{IP: "203.0.113.24"})
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if f.ShortReference() != "BD-7K4Q" {
		t.Errorf("short reference %q", f.ShortReference())
	}
	if _, err := FactsOf(approvals.Action{ID: "b", Details: json.RawMessage(`{`)}, approvals.Seller{}); err == nil {
		t.Error("details that do not parse gave facts")
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	w := catalogue(t, EN)
	for _, c := range []struct {
		place Place
		want  string
	}{
		{Place{}, ""}, {Place{IP: "203.0.113.24"}, "IP 203.0.113.24"}, {Place{Country: "NL"}, "Netherlands"},
		{Place{Country: "IT", IP: "2001:db8::1", Usual: "IT"}, "Italy, IP 2001:db8::1"},
		{Place{Country: "NL", Usual: "IT"}, "Netherlands, usually Italy"},
	} {
		if got, err := w.place(c.place); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v; want %q", c.place, got, err, c.want)
		}
	}
}

// TestAppKey: the address an authenticator app reads, and that html/template
// lets it through.
func TestAppKey(t *testing.T) {
	t.Parallel()
	key := AppKey{Issuer: "Bottega & Co", Account: "giulia+shop@ferri.example", Secret: "JBSWY3DPEHPK3PXP"}
	const want = "otpauth://totp/Bottega%20&%20Co:giulia+shop@ferri.example?secret=JBSWY3DPEHPK3PXP&issuer=Bottega%20%20%20Co&algorithm=SHA1&digits=6&period=30"
	if got := key.URI(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	page := renderPage(t, sharedRenderer(t), EN, SetupApp{Frame: sampleFrame(), App: key, Submit: "/enrol/app"})
	if !strings.Contains(page, `href="otpauth://totp/`) {
		t.Error("the page has no otpauth: link")
	}
}

// TestQR redraws the path and compares it with the code, quiet zone included.
func TestQR(t *testing.T) {
	t.Parallel()
	const content = "otpauth://totp/Bottega:giulia?secret=JBSWY3DPEHPK3PXP&issuer=Bottega"
	drawn, err := NewQR(content)
	if err != nil {
		t.Fatal(err)
	}
	want, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	size := want.Bounds().Dx()
	if drawn.Size != size+8 {
		t.Fatalf("%d modules, want %d and a quiet zone of 4 on each side", drawn.Size, size)
	}
	modules := make([]bool, drawn.Size*drawn.Size)
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(drawn.Path, -1) {
		var x, y, run int
		if _, err := fmt.Sscan(m[1], &x); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(m[2], &y); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(m[3], &run); err != nil {
			t.Fatal(err)
		}
		for i := range run {
			modules[y*drawn.Size+x+i] = true
		}
	}
	for y := range drawn.Size {
		for x := range drawn.Size {
			inside := x >= 4 && y >= 4 && x < size+4 && y < size+4
			if want := inside && dark(want.At(x-4, y-4).RGBA()); modules[y*drawn.Size+x] != want {
				t.Fatalf("module %d,%d is dark: %v", x, y, !want)
			}
		}
	}
	if _, err := NewQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("5,000 characters fit into a code")
	}
}

// TestPercent is the progress of the wait as stored with the action.
func TestPercent(t *testing.T) {
	t.Parallel()
	start := sampleTime(22, 17, 0)
	for _, c := range []struct {
		state approvals.State
		after time.Duration
		want  int
	}{
		{approvals.CoolingOff, 0, 0}, {approvals.CoolingOff, 6 * time.Hour, 25}, {approvals.CoolingOff, 24 * time.Hour, 100},
		{approvals.CoolingOff, 48 * time.Hour, 100}, {approvals.CoolingOff, -time.Hour, 0}, {approvals.AwaitingConfirmation, time.Hour, -1},
	} {
		p := Status{State: c.state, Wait: 24 * time.Hour, Times: Times{NotBefore: start.Add(24 * time.Hour)}}
		p.Now = start.Add(c.after)
		if got := p.Percent(); got != c.want {
			t.Errorf("%s after %v: %d, want %d", c.state, c.after, got, c.want)
		}
	}
	if p := (Status{State: approvals.CoolingOff}); p.Percent() != -1 {
		t.Error("an action without a wait has a progress bar")
	}
}

func TestMaskEmail(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"giulia@ferri.example": "g•••@ferri.example", "è@x.example": "è•••@x.example", "a@b@c.example": "a•••@c.example",
		"": "•••", "nobody": "•••", "@x.example": "•••",
	} {
		if got := MaskEmail(address); got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
}

// TestHoldOf: the mail and the page of one hold name the same address.
func TestHoldOf(t *testing.T) {
	t.Parallel()
	at := sampleTime(22, 17, 40)
	a := approvals.Action{State: approvals.Held, Hold: approvals.HoldNotice, HoldBy: at, Contacts: []approvals.Notice{
		{Email: "anna@rossi.example", AcceptedAt: at}, {Email: "giulia@ferri.example", RefusedAt: at},
	}}
	if got, want := HoldOf(a), (Hold{Code: approvals.HoldNotice, Address: "g•••@ferri.example", Until: at}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	a.Hold = approvals.HoldReview
	if got, want := HoldOf(a), (Hold{Code: approvals.HoldReview, Until: at}); got != want {
		t.Errorf("%+v, want %+v: it is no notice that is missing", got, want)
	}
	a.State, a.Hold = approvals.CoolingOff, ""
	if got := HoldOf(a); got != (Hold{}) {
		t.Errorf("not held: %+v", got)
	}
}
