package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/client"
	"countersign/web/webtest"
)

// TestThreats plays attacks of THREATS §3 against the public API and the hosted
// pages, each under the name the table gives it. In every one of them nothing
// is released.
func TestThreats(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*attack){
		"A1 pw_only": attackPasswordOnly, "A2 aitm_totp": attackRelay, "A3 downgrade": attackDowngrade,
		"A8 malware_swap": attackSwap, "B3 email_then_bank": attackEmailThenBank, "B4 mailbox_only": attackMailboxOnly,
		"B5 inbox_rules": attackInboxRules, "B6 mail_bomb": attackMailBomb, "C4 holiday": attackHoliday,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := demoForTest(t)
			shop, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
			if err != nil {
				t.Fatal(err)
			}
			play(&attack{t: t, d: d, shop: shop, owner: person(t, d), thief: person(t, d)})
		})
	}
}

// attack is a thief, an owner, and a marketplace in whose session the thief is.
type attack struct {
	t            *testing.T
	d            *Demo
	shop         *client.Client
	owner, thief *webtest.Seller
}

const victim = "S-2201"

func person(t *testing.T, d *Demo) *webtest.Seller {
	t.Helper()
	s, err := webtest.NewSeller(d.BaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (x *attack) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// change asks for the mule's account in the victim's session.
func (x *attack) change() *client.Action {
	x.t.Helper()
	a, err := x.shop.CreateAction(x.t.Context(), newChange(x.d, victim))
	x.must(err)
	return a
}

// enrolled lets the owner set up what they prove with, and ends that action.
func (x *attack) enrolled() {
	x.t.Helper()
	a := x.change()
	x.must(x.owner.Approve(x.t.Context(), a.Next.URL))
	_, err := x.shop.CancelAction(x.t.Context(), a.ID, "changed_mind")
	x.must(err)
}

func (x *attack) pass(by time.Duration) {
	x.t.Helper()
	_, err := x.shop.AdvanceTestClock(x.t.Context(), by)
	x.must(err)
}

// nothing fails the test if anything of a was released: the claim is refused,
// and the old account stays the one to pay.
func (x *attack) nothing(a *client.Action, want client.State) {
	x.t.Helper()
	now, err := x.shop.Action(x.t.Context(), a.ID)
	x.must(err)
	if now.State != want || !strings.Contains(string(now.EffectiveDestination), "IT60X0542811101000000123456") {
		x.t.Errorf("%s, paid into %s; want %s and the old account", now.State, now.EffectiveDestination, want)
	}
	if _, err := x.shop.Claim(x.t.Context(), a.ID, newChange(x.d, victim).Details); err == nil {
		x.t.Error("claimed")
	}
}

func attackPasswordOnly(x *attack) {
	x.enrolled()
	a := x.change()
	p, err := x.thief.Get(x.t.Context(), a.Next.URL)
	x.must(err)
	if p.Options == nil || p.Code != "" {
		x.t.Errorf("%s offers something else than the owner's passkey", p.Path)
	}
	x.nothing(a, client.AwaitingStepUp)
	x.pass(24*time.Hour + time.Minute)
	x.nothing(a, client.Expired)
}

// attackRelay: the thief relays codes within ten minutes, spends one on the
// step-up, and has none when the wait is over.
func attackRelay(x *attack) {
	x.owner.UseApp(x.d.Gateway.Clock.Now)
	x.enrolled()
	x.pass(time.Minute)
	a := x.change()
	p, err := x.thief.Get(x.t.Context(), a.Next.URL)
	x.must(err)
	relayed := x.owner.Code()
	p, err = x.thief.SendCode(x.t.Context(), p, relayed)
	x.must(err)
	if !strings.HasSuffix(p.Path, "/status") {
		x.t.Fatalf("the relayed code led to %s (%d)", p.Path, p.Status)
	}
	x.pass(168*time.Hour + time.Minute)                                    // a code on a device never seen
	p, err = x.thief.Get(x.t.Context(), mailedLink(x.t, x.d, "/confirm/")) // a tier that reads the mailbox, too
	x.must(err)
	p, err = x.thief.Post(x.t.Context(), "/confirm", url.Values{"csrf": {p.Fields["csrf"]}, "answer": {"yes"}})
	x.must(err)
	if p, err = x.thief.SendCode(x.t.Context(), p, relayed); err != nil || p.Status != http.StatusConflict { // from his device no code is enough
		x.t.Errorf("the code of a week ago: %v, %+v", err, p)
	}
	x.nothing(a, client.AwaitingConfirmation)
	x.pass(73 * time.Hour)
	x.nothing(a, client.Expired)
}

func attackDowngrade(x *attack) {
	x.enrolled()
	a := x.change()
	p, err := x.thief.Get(x.t.Context(), a.Next.URL)
	x.must(err)
	p, err = x.thief.Post(x.t.Context(), p.Path+"/step-up", url.Values{"csrf": {p.Fields["csrf"]}, "totp": {"123456"}})
	x.must(err)
	if p.Status != http.StatusForbidden {
		x.t.Errorf("a code where there is a passkey: %d", p.Status)
	}
	x.nothing(a, client.AwaitingStepUp)
}

// attackSwap (WA-17, PS-09): malware shows the seller another account than it sends. Page and
// mails show what was sent.
func attackSwap(x *attack) {
	a := x.change()
	p, err := x.owner.Get(x.t.Context(), a.Next.URL)
	x.must(err)
	if !strings.Contains(p.Text, "IT25") || !strings.Contains(p.Text, "2606") {
		x.t.Error("the page does not show the account that was sent")
	}
	x.must(x.owner.Approve(x.t.Context(), p.Path))
	x.pass(24*time.Hour + time.Minute)
	for _, m := range x.d.Mailbox.Messages() {
		if about := strings.Contains(m.Text, a.Reference); about && !(strings.Contains(m.Text, "IT25") && strings.Contains(m.Text, "2606")) {
			x.t.Errorf("the mail %q does not show the account that was sent", m.Subject)
		}
	}
	x.nothing(a, client.AwaitingConfirmation)
}

// attackEmailThenBank: the thief has the address changed first. It waits, asks
// both mailboxes, and for 30 days after it money waits a week. The figures are
// those of a code, which the gateway names until it knows how a seller proves.
func attackEmailThenBank(x *attack) {
	x.enrolled()
	c, err := x.shop.CreateAction(x.t.Context(), client.NewAction{
		Kind: client.ContactChange, Seller: newChange(x.d, victim).Seller, ReturnURL: x.d.MarketplaceURL + "/bank",
		Details: client.AddressChange{From: client.EmailAddress{Email: victim + "@sellers.example"}, To: client.EmailAddress{Email: "thief@post.example"}},
	})
	x.must(err)
	x.must(x.owner.Approve(x.t.Context(), c.Next.URL)) // a victim who was talked into it
	x.pass(72*time.Hour + time.Minute)
	if err := x.owner.Confirm(x.t.Context(), mailedLink(x.t, x.d, "/confirm/")); err == nil {
		x.t.Fatal("confirmed before the new address answered")
	}
	p, err := x.thief.Get(x.t.Context(), mailedLink(x.t, x.d, "/verify/"))
	x.must(err)
	_, err = x.thief.Post(x.t.Context(), "/verify", url.Values{"csrf": {p.Fields["csrf"]}})
	x.must(err)
	x.must(x.owner.Confirm(x.t.Context(), mailedLink(x.t, x.d, "/confirm/")))
	if c, err = x.shop.Action(x.t.Context(), c.ID); err != nil || c.State != client.ExecutedState {
		x.t.Fatalf("%+v, %v", c, err)
	}
	for _, step := range []struct {
		after, wait time.Duration
	}{{0, 168 * time.Hour}, {72 * time.Hour, 168 * time.Hour}, {(29*24 - 72) * time.Hour, 168 * time.Hour}, {48 * time.Hour, 72 * time.Hour}} {
		if step.after > 0 {
			x.pass(step.after)
		}
		a := x.change()
		if a.Policy.DelayHours != step.wait.Hours() {
			x.t.Errorf("%s later it waits %v hours, want %v", step.after, a.Policy.DelayHours, step.wait.Hours())
		}
		_, err := x.shop.CancelAction(x.t.Context(), a.ID, "marketplace")
		x.must(err)
	}
}

// attackMailboxOnly (NI-04): who reads the mail and has nothing else confirms
// nothing.
func attackMailboxOnly(x *attack) {
	a := x.change()
	x.must(x.owner.Approve(x.t.Context(), a.Next.URL))
	x.pass(24*time.Hour + time.Minute)
	if err := x.thief.Confirm(x.t.Context(), mailedLink(x.t, x.d, "/confirm/")); err == nil {
		x.t.Error("the mailbox confirmed")
	}
	x.nothing(a, client.AwaitingConfirmation)
}

// attackInboxRules: the owner sees no mail at all; the banner of the
// marketplace is enough to stop it, and silence is, too.
func attackInboxRules(x *attack) {
	x.enrolled()
	a := x.change()
	x.must(x.owner.Approve(x.t.Context(), a.Next.URL))
	_, err := x.shop.CancelAction(x.t.Context(), a.ID, "changed_mind")
	x.must(err)
	x.nothing(a, client.Cancelled)
	b := x.change()
	x.must(x.owner.Approve(x.t.Context(), b.Next.URL))
	x.pass((24 + 72) * time.Hour)
	x.pass(time.Minute)
	x.nothing(b, client.Expired)
}

// attackMailBomb: among thousands of others no single mail may be the only one.
func attackMailBomb(x *attack) {
	x.owner.UseApp(x.d.Gateway.Clock.Now)
	a := x.change()
	x.must(x.owner.Approve(x.t.Context(), a.Next.URL))
	x.pass((72 + 72) * time.Hour)
	x.pass(time.Minute)
	about := 0
	for _, m := range x.d.Mailbox.Messages() {
		if strings.Contains(m.Text, a.Reference) && strings.Contains(m.Text, "/cancel/") {
			about++
		}
	}
	if about < 6 { // asked, approved, again after a day, before the window, at its opening, renewed daily
		x.t.Errorf("%d mails with a way to stop it", about)
	}
	x.nothing(a, client.Expired)
}

func attackHoliday(x *attack) {
	a := x.change()
	x.must(x.owner.Approve(x.t.Context(), a.Next.URL))
	x.pass(14 * 24 * time.Hour)
	x.nothing(a, client.Expired)
}

// A6, no_sms: no route, field or sentence of the API speaks of text messages.
func TestThreats_NoSMS(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, d.BaseURL+"/v1/openapi.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var contract strings.Builder
	if _, err := io.Copy(&contract, res.Body); err != nil || contract.Len() < 1000 {
		t.Fatalf("%d bytes, %v", contract.Len(), err)
	}
	for _, word := range []string{"sms", "phone number", "telephone", "text message"} {
		if strings.Contains(strings.ToLower(contract.String()), word) {
			t.Errorf("the API speaks of %q", word)
		}
	}
}
