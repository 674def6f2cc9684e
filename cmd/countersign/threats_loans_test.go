package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/approvals/risk"
	"countersign/client"
)

// TestThreats_MovingMoney plays attacks of THREATS §3C that end in a loan, a switch
// or a payout at once, each under the name the table gives it: one gateway with
// the policy that is compiled in, and for each attack another seller.
func TestThreats_MovingMoney(t *testing.T) {
	t.Parallel()
	d := demoForTest(t)
	d.Gateway.service.Policy = risk.Default()
	shop, err := client.New(d.BaseURL, d.APIKey, described(t, http.DefaultTransport))
	if err != nil {
		t.Fatal(err)
	}
	for i, play := range []struct {
		name string
		do   func(*heist)
	}{
		{"C1 instant_after_change", heistInstant}, {"C2 loan_after_change", heistLoan}, {"C3 sleeper", heistSleeper},
		{"C4 holiday", heistHoliday}, {"C7 one_digit", heistOneDigit}, {"C15 micro_deposit", heistMicroDeposit}, {"C17 smurf", heistSmurf},
	} {
		t.Run(play.name, func(t *testing.T) {
			x := &attack{t: t, d: d, shop: shop, owner: person(t, d)}
			play.do(&heist{attack: x, seller: fmt.Sprintf("S-%d", 4000+i), first: 10_000_000 * (i + 1)})
		})
	}
}

// heist is an attack on the money of one seller.
type heist struct {
	*attack
	seller string
	first  int // number of the first of the seller's accounts
}

// account is the seller's n-th account; the thief's is one of them, as far as
// anybody can tell.
func (h *heist) account(n int) client.Destination {
	return client.Destination{SortCode: "60-16-13", AccountNumber: fmt.Sprintf("%08d", h.first+1_000_003*n), Holder: "G. Ferri"}
}

func (h *heist) order(kind string, details any) client.NewAction {
	a := newChange(h.d, h.seller)
	a.Kind, a.Details = kind, details
	return a
}

func (h *heist) between(from, to int) client.AccountChange {
	old := h.account(from)
	return client.AccountChange{From: &old, To: h.account(to)}
}

func (h *heist) loanTo(n int, amount string) client.NewAction {
	return h.order(client.LoanDisbursement, client.Loan{Amount: amount, Currency: "GBP", Lender: "Bottega Capital", Destination: h.account(n)})
}

// approved asks for something and gives the first proof.
func (h *heist) approved(order client.NewAction) *client.Action {
	h.t.Helper()
	a, err := h.shop.CreateAction(h.t.Context(), order)
	h.must(err)
	if a.Next.URL == "" {
		h.t.Fatalf("%s is %s: %+v", a.Kind, a.State, a.Hold)
	}
	h.must(h.owner.Approve(h.t.Context(), a.Next.URL))
	a, err = h.shop.Action(h.t.Context(), a.ID)
	h.must(err)
	return a
}

// done takes an order from asking to executed, and returns the wait in hours.
func (h *heist) done(order client.NewAction) float64 {
	h.t.Helper()
	a := h.approved(order)
	h.pass(time.Duration(a.Policy.DelayHours*float64(time.Hour)) + time.Minute)
	h.must(h.owner.Confirm(h.t.Context(), mailedLink(h.t, h.d, "/confirm/")))
	_, err := h.shop.Claim(h.t.Context(), a.ID, order.Details)
	h.must(err)
	_, err = h.shop.Report(h.t.Context(), a.ID, client.Executed("x"))
	h.must(err)
	return a.Policy.DelayHours
}

// refused fails the test if an action can be claimed.
func (h *heist) refused(a *client.Action, details any) {
	h.t.Helper()
	if _, err := h.shop.Claim(h.t.Context(), a.ID, details); !client.HasCode(err, client.CodeNotApproved) {
		h.t.Errorf("%s: %v", a.Kind, err)
	}
}

// payout asks whether money may leave to the n-th account, and says which rule
// decided.
func (h *heist) payout(speed string, n int) string {
	h.t.Helper()
	said, err := h.shop.AssessPayout(h.t.Context(), newChange(h.d, h.seller).Seller, client.Payout{Speed: speed, Destination: h.account(n)})
	h.must(err)
	if len(said.Policy.Rules) != 1 || said.Allowed() != (said.Policy.Rules[0].ID == "PAYOUT-FINE") {
		h.t.Errorf("%s: %+v", speed, said)
	}
	return said.Policy.Rules[0].ID
}

// heistInstant: change, cash out (Uber 2018).
func heistInstant(h *heist) {
	h.done(h.order(client.PayoutAccountChange, h.between(0, 1)))
	at := 0 * time.Hour
	for _, step := range []struct {
		hours time.Duration
		want  string
	}{{71, "PAYOUT-TO-YOUNG"}, {73, "PAYOUT-TO-YOUNG"}, {167, "PAYOUT-TO-YOUNG"}, {169, "PAYOUT-FINE"}} {
		h.pass(step.hours*time.Hour - at)
		at = step.hours * time.Hour
		if got := h.payout(client.InstantPayout, 1); got != step.want {
			h.t.Errorf("at %d h: %s, want %s", step.hours, got, step.want)
		}
		if got := h.payout(client.ScheduledPayout, 1); got != "PAYOUT-FINE" {
			h.t.Errorf("at %d h, on the marketplace's own day: %s", step.hours, got)
		}
	}
	open, err := h.shop.CreateAction(h.t.Context(), h.order(client.PayoutAccountChange, h.between(1, 2)))
	h.must(err)
	if got := h.payout(client.InstantPayout, 1); got != "PAYOUT-DURING-CHANGE" {
		h.t.Errorf("while a change waits: %s", got)
	}
	_, err = h.shop.CancelAction(h.t.Context(), open.ID, "marketplace")
	h.must(err)
	if got := h.payout(client.InstantPayout, 2); got != "PAYOUT-TO-YOUNG" {
		h.t.Errorf("to an account that was only asked for: %s", got)
	}
}

// heistLoan: change, draw, gone (the founding case).
func heistLoan(h *heist) {
	h.done(h.order(client.PayoutAccountChange, h.between(0, 1)))
	h.pass(time.Hour)
	loan := h.loanTo(1, "12000.00")
	a := h.approved(loan)
	if a.Policy.DelayHours < 168 {
		h.t.Errorf("an hour after the change it waits %v hours", a.Policy.DelayHours)
	}
	h.pass(167 * time.Hour)
	h.refused(a, loan.Details)
	_, err := h.shop.CancelAction(h.t.Context(), a.ID, "changed_mind")
	h.must(err)

	change, err := h.shop.CreateAction(h.t.Context(), h.order(client.PayoutAccountChange, h.between(1, 2)))
	h.must(err)
	a, err = h.shop.CreateAction(h.t.Context(), loan)
	h.must(err)
	if a.State != client.Held || a.Hold.Code != "review" || a.Next.URL != "" {
		h.t.Errorf("while a change waits: %s, %+v", a.State, a.Hold)
	}
	h.refused(a, loan.Details)
	for _, id := range []string{a.ID, change.ID} {
		_, err = h.shop.CancelAction(h.t.Context(), id, "marketplace")
		h.must(err)
	}
	h.pass(14 * 24 * time.Hour)
	if hours := h.done(loan); hours >= 168 {
		h.t.Errorf("to an account of three weeks it waits %v hours", hours)
	}
}

// heistSleeper: put an account there, sleep, switch to it.
func heistSleeper(h *heist) {
	h.done(h.order(client.PayoutAccountChange, h.between(0, 1)))
	h.pass(15 * 24 * time.Hour)
	h.done(h.order(client.PayoutAccountChange, h.between(1, 2)))
	h.pass(60 * 24 * time.Hour)
	back := h.order(client.PayoutAccountSwitch, h.between(2, 1))
	a := h.approved(back)
	if a.Policy.DelayHours < 24 {
		h.t.Errorf("after 60 days the switch waits %v hours, less than a change", a.Policy.DelayHours)
	}
	h.refused(a, back.Details)
	if !strings.Contains(string(a.EffectiveDestination), h.account(2).AccountNumber) {
		h.t.Errorf("paid into %s", a.EffectiveDestination)
	}
	h.pass(time.Duration(a.Policy.DelayHours*float64(time.Hour)) + time.Minute)
	h.refused(a, back.Details) // one proof is not two
	h.must(h.owner.Confirm(h.t.Context(), mailedLink(h.t, h.d, "/confirm/")))
	_, err := h.shop.Claim(h.t.Context(), a.ID, back.Details)
	h.must(err)
	_, err = h.shop.Report(h.t.Context(), a.ID, client.Executed("x"))
	h.must(err)
	if got := h.payout(client.InstantPayout, 1); got != "PAYOUT-TO-YOUNG" {
		h.t.Errorf("the age came back with the switch: %s", got)
	}
}

// heistHoliday: a loan is asked for, and a change of account, while the owner is away
// for two weeks. Nothing is released, and the account of before goes on being paid.
func heistHoliday(h *heist) {
	h.done(h.order(client.PayoutAccountChange, h.between(0, 1)))
	h.pass(15 * 24 * time.Hour)
	loan, change := h.loanTo(2, "12000.00"), h.order(client.PayoutAccountChange, h.between(1, 2))
	a, b := h.approved(loan), h.approved(change) // a victim who was talked into it, and left
	h.pass(14 * 24 * time.Hour)
	for _, x := range []struct {
		*client.Action
		details any
	}{{a, loan.Details}, {b, change.Details}} {
		now, err := h.shop.Action(context.WithoutCancel(h.t.Context()), x.ID)
		h.must(err)
		if now.State != client.Expired {
			h.t.Errorf("%s: after 14 days it is %s", x.Kind, now.State)
		}
		h.refused(now, x.details)
		if now.Kind == client.PayoutAccountChange && !strings.Contains(string(now.EffectiveDestination), h.account(1).AccountNumber) {
			h.t.Errorf("paid into %s, want the account of before", now.EffectiveDestination)
		}
	}
	if got := h.payout(client.InstantPayout, 1); got != "PAYOUT-FINE" {
		h.t.Errorf("to the account of before: %s", got)
	}
	if got := h.payout(client.InstantPayout, 2); got != "PAYOUT-TO-YOUNG" {
		h.t.Errorf("to the one that was asked for: %s", got)
	}
}

// heistOneDigit: what looks like a typo is another account.
func heistOneDigit(h *heist) {
	old, typo, sort := h.account(0), h.account(0), h.account(0)
	typo.AccountNumber = typo.AccountNumber[:7] + "9"
	sort.SortCode = "60-16-14"
	ask := func(to client.Destination) client.Policy {
		said, err := h.shop.Assess(h.t.Context(), h.order(client.PayoutAccountChange, client.AccountChange{From: &old, To: to}))
		h.must(err)
		return said.Policy
	}
	want := ask(h.account(7))
	for name, to := range map[string]client.Destination{"one digit": typo, "the sort code": sort} {
		if got := ask(to); got.Class != want.Class || got.DelayHours != want.DelayHours || got.DelayHours == 0 {
			h.t.Errorf("%s: %s, %v hours; another account is %s, %v", name, got.Class, got.DelayHours, want.Class, want.DelayHours)
		}
	}
}

// heistMicroDeposit: that a cent has arrived shows whose account it is, the thief's.
// There is nowhere to say so, and where it is said all the same nothing is milder.
func heistMicroDeposit(h *heist) {
	order := h.order(client.PayoutAccountChange, h.between(0, 1))
	plain, err := h.shop.Assess(h.t.Context(), order)
	h.must(err)
	order.Metadata = map[string]string{"micro_deposit": "verified", "payee_check": "match"}
	said, err := h.shop.Assess(h.t.Context(), order)
	h.must(err)
	if said.State != plain.State || !reflect.DeepEqual(said.Policy, plain.Policy) || plain.Policy.DelayHours == 0 {
		h.t.Errorf("with a micro-deposit %+v, without %+v", said.Policy, plain.Policy)
	}
	h.refused(h.approved(order), order.Details)
	order.Details = map[string]any{"to": h.account(2), "micro_deposit": map[string]any{"amount": "0.01", "result": "verified"}}
	shop, err := client.New(h.d.BaseURL, h.d.APIKey) // the other one would not even send it
	h.must(err)
	_, err = shop.Assess(h.t.Context(), order)
	if said, ok := errors.AsType[*client.Problem](err); !ok || len(said.Errors) != 1 || said.Errors[0].Field != "details.micro_deposit" {
		h.t.Errorf("as a part of the details: %v", err)
	}
}

// heistSmurf: twenty small loans to a new account are no faster than a large one
// (rule 6: one is open at a time, and what takes its place begins anew, with the whole
// wait), and from the sixth in 30 days on, asking often is itself a weak signal.
// What they add up to is TestThreats_C17_smurf of package approvaldb.
func heistSmurf(h *heist) {
	loan := h.loanTo(1, "200.00")
	a := h.approved(loan)
	if a.Policy.DelayHours < 168 {
		h.t.Errorf("a small loan waits %v hours", a.Policy.DelayHours)
	}
	for range 19 {
		if _, err := h.shop.CreateAction(h.t.Context(), loan); !client.HasCode(err, client.CodeActionAlreadyOpen) {
			h.t.Fatalf("another one beside it: %v", err)
		}
	}
	h.pass(167 * time.Hour)
	h.refused(a, loan.Details)
	loan.Supersede = true
	b, err := h.shop.CreateAction(h.t.Context(), loan)
	h.must(err)
	if !b.NotBefore.IsZero() || len(b.Proofs) != 0 {
		h.t.Errorf("what takes its place has kept something: %+v", b)
	}
	h.refused(b, loan.Details)
	if a, err = h.shop.Action(h.t.Context(), a.ID); err != nil || a.State != client.Cancelled {
		h.t.Errorf("%s, %v", a.State, err)
	}
	for n := 3; n <= 6; n++ { // the n-th sees those before it
		if b.Policy.Class != "low" {
			h.t.Errorf("loan %d is %s", n-1, b.Policy.Class)
		}
		b, err = h.shop.CreateAction(h.t.Context(), loan)
		h.must(err)
	}
	if b.Policy.Class != "medium" {
		h.t.Errorf("the sixth loan in 30 days is %s", b.Policy.Class)
	}
}
