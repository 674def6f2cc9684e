package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/client"
	"countersign/cmd/countersign/demo"
	"countersign/web/seller"
	"countersign/web/webtest"
)

// life is one action from its creation to its execution, with a gateway that
// dies once on the way. Mailbox and marketplace live on, as strangers do.
type life struct {
	t      *testing.T
	node   *node
	places string // log of the marks passed
	kills  int

	mailbox  *demo.Mailbox
	shop     *client.Client
	seller   *webtest.Seller
	action   *client.Action
	hooks    *client.Webhook
	market   madeMarketplace
	receiver *httptest.Server

	mu       sync.Mutex
	webhooks map[string]int // by webhook-id
	released map[string]int // effects by release id
}

func newLife(t *testing.T, binary, database string) *life {
	t.Helper()
	l := &life{t: t, webhooks: map[string]int{}, released: map[string]int{}, places: filepath.Join(t.TempDir(), "places")}
	smtp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.mailbox, err = demo.OpenMailbox(demo.MailboxConfig{Listener: smtp, Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = l.mailbox.Serve() }()
	t.Cleanup(func() { _ = l.mailbox.Shutdown(context.Background()) })
	l.receiver = httptest.NewServer(http.HandlerFunc(l.webhook))
	t.Cleanup(l.receiver.Close)
	l.node = newNode(t, binary, database, smtp.Addr().String())
	l.market = l.node.prepare(l.receiver.URL)
	if l.hooks, err = client.NewWebhook(l.market.WebhookSecret); err != nil {
		t.Fatal(err)
	}
	if l.shop, err = client.New(l.node.url, l.market.APIKey, client.Tries(1), described(t, http.DefaultTransport)); err != nil {
		t.Fatal(err)
	}
	if l.seller, err = webtest.NewSeller(l.node.url, nil); err != nil {
		t.Fatal(err)
	}
	return l
}

// webhook is the marketplace's receiver; it only takes note.
func (l *life) webhook(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.webhooks[r.Header.Get("Webhook-Id")]++
	w.WriteHeader(http.StatusNoContent)
}

func (l *life) crashAt(n int) {
	l.node.start(fmt.Sprintf("CRASHPOINT=%d", n), "CRASHPOINT_LOG="+l.places)
}

// live takes one step after another until the action is executed and all
// webhooks are out. A step that fails is tried again, after the gateway has
// been started again where it died.
func (l *life) live() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 60*time.Second)
	defer cancel()
	var last error
	for ctx.Err() == nil {
		l.revive()
		done, err := l.step(ctx)
		if done {
			return
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	l.t.Fatalf("the action did not end: %+v; last error: %v\n%s", l.action, last, l.node.log())
}

// revive starts the gateway again where it died.
func (l *life) revive() {
	l.t.Helper()
	if !l.node.dead() {
		return
	}
	if l.kills++; l.kills > 1 {
		l.t.Fatalf("the gateway died twice\n%s", l.node.log())
	}
	l.node.start()
}

// step looks where the action is and does what its seller or its marketplace
// would do.
func (l *life) step(ctx context.Context) (done bool, err error) {
	if l.action == nil {
		created, err := l.shop.CreateAction(ctx, l.change(), client.IdempotencyKey("create"))
		if err == nil {
			l.action = created
		}
		return false, err
	}
	now, err := l.shop.Action(ctx, l.action.ID)
	if err != nil {
		return false, err
	}
	switch now.State {
	case "awaiting_step_up":
		next, err := l.shop.Handoff(ctx, now.ID)
		if err != nil {
			return false, err
		}
		return false, l.seller.Approve(ctx, next.URL)
	case "notifying":
		return false, l.free(ctx)
	case "cooling_off":
		_, err = l.shop.AdvanceTestClock(ctx, 24*time.Hour+time.Second)
	case "awaiting_confirmation":
		return false, l.confirm(ctx)
	case "approved":
		_, err = l.shop.Claim(ctx, now.ID, l.change().Details, client.IdempotencyKey("claim"))
	case "releasing":
		return false, l.release(ctx, now)
	case "executed":
		if l.settled() && l.node.idle() {
			return true, nil
		}
		return false, l.free(ctx)
	default:
		l.t.Fatalf("the action is %s", now.State)
	}
	return false, err
}

// confirm follows the mailed link once a person can have read the mail
// (AS-05); a confirmation that comes sooner is refused.
func (l *life) confirm(ctx context.Context) error {
	link := l.link("/confirm/")
	if link == "" {
		return l.free(ctx)
	}
	if _, err := l.shop.AdvanceTestClock(ctx, 2*seller.DefaultDwell); err != nil {
		return err
	}
	return l.seller.Confirm(ctx, link)
}

// release is what a marketplace does with a claim whose answer it may have
// lost: the same claim again, the effect once, the report.
func (l *life) release(ctx context.Context, now *client.Action) error {
	claimed, err := l.shop.Claim(ctx, now.ID, l.change().Details, client.IdempotencyKey("claim"))
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.released[claimed.ReleaseToken]++
	l.mu.Unlock()
	_, err = l.shop.Report(ctx, now.ID, client.Executed("bank-1"), client.IdempotencyKey("report"))
	return err
}

// free passes the minute after which what a dead gateway had in hand is taken
// up again. A gateway that lives sends by itself.
func (l *life) free(ctx context.Context) error {
	if l.kills == 0 {
		return nil
	}
	_, err := l.shop.AdvanceTestClock(ctx, time.Minute)
	return err
}

// settled reports whether every webhook and the last mail have arrived.
func (l *life) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for mail, n := range l.subjects() {
		if n == 0 && mail != reminder {
			return false
		}
	}
	return len(l.webhooks) >= wantWebhooks
}

// wantWebhooks is one for each of seven states, and two for the passkey that was
// enrolled on the way and counts at once.
const wantWebhooks = 9

// check looks at everything from outside.
func (l *life) check() {
	l.t.Helper()
	if len(l.released) != 1 {
		l.t.Errorf("%d different release tokens", len(l.released))
	}
	if len(l.webhooks) != wantWebhooks {
		l.t.Errorf("%d webhooks, want %d: %v", len(l.webhooks), wantWebhooks, l.webhooks)
	}
	for mail, n := range l.subjects() {
		if n > 2 || n < 1 && mail != reminder {
			l.t.Errorf("mail %q arrived %d times", mail, n)
		}
	}
	now, err := l.shop.Action(l.t.Context(), l.action.ID)
	if err != nil { // the place was on the way out
		l.revive()
		now, err = l.shop.Action(l.t.Context(), l.action.ID)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	if now.State != "executed" || len(now.Proofs) != 2 || now.Digest != l.action.Digest {
		l.t.Errorf("the action is %+v", now)
	}
	for !l.node.stop() {
		l.revive()
	}
	if err := errors.Join(l.node.verify()...); err != nil {
		l.t.Error(err)
	}
}

// reminder is the mail before the window. It may be overtaken: a gateway that
// dies with it in hand, and is taken twelve hours further at once, finds the
// window open.
const reminder = "From "

// subjects counts the mails of the life by what they say.
func (l *life) subjects() map[string]int {
	kinds := []string{"requested", "cooling-off", reminder, "Confirm account", "paid into"}
	count := map[string]int{}
	for _, k := range kinds {
		count[k] = 0
	}
	for _, m := range l.mailbox.Messages() {
		for _, k := range kinds {
			if strings.Contains(m.Subject, k) {
				count[k]++
			}
		}
	}
	return count
}

// link returns the newest mailed link with this path, "" for none.
func (l *life) link(path string) string {
	for _, m := range slices.Backward(l.mailbox.Messages()) {
		for word := range strings.FieldsSeq(m.Text) {
			if strings.HasPrefix(word, l.node.url+path) {
				return word
			}
		}
	}
	return ""
}

// onboarded vouches for the seller's first authenticator, with the same words
// each time, so that a retry has the same body.
var onboarded = sync.OnceValue(func() time.Time { return time.Now().UTC() })

func (l *life) change() client.NewAction {
	return client.NewAction{
		Kind: client.PayoutAccountChange,
		Seller: client.Seller{
			ID: "S-1", Email: "giulia@ferri.example", Name: "Giulia Ferri", Locale: "en", OnboardedAt: onboarded(),
		},
		Details: client.AccountChange{
			From: &client.Destination{IBAN: "IT60X0542811101000000123456", Holder: "Ferri Ceramiche"},
			To:   client.Destination{IBAN: "IT25I0200809606000000072606", Holder: "G. Ferri"},
		},
		ReturnURL: l.receiver.URL + "/back",
	}
}
