package approvals_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"countersign/approvals"
)

var (
	notSent    = approvals.PushOutcome{Result: approvals.PushNotSent, Note: "connection refused"}
	doneOut    = approvals.PushOutcome{Result: approvals.PushExecuted, Status: 204}
	refusedOut = approvals.PushOutcome{Result: approvals.PushFailed, Status: 422}
	unknown    = approvals.PushOutcome{Result: approvals.PushUnknown, Status: 503}
)

// TestPush_SentOnApproval: an approved push is due at once; what is sent is what
// was approved, with a token of this attempt and the release id, and its answer
// ends the action.
func TestPush_SentOnApproval(t *testing.T) {
	t.Parallel()
	p := newPushing(t, false)
	approved := p.action()
	if !approved.Push.NextAt.Equal(approved.MovedAt) {
		t.Fatalf("approved at %v, to be sent at %v", approved.MovedAt, approved.Push.NextAt)
	}
	p.pass(time.Second)
	a := p.comes(doneOut)
	p.is(approvals.Executed, 1)
	p.nothingDue()
	request, _ := approvals.RequestOf(a)
	got, want := p.up.got[0], approvals.PushOrder{
		Action: a.Key(), Attempt: 1, Route: "bank", Request: request, Body: []byte(pushBody), ReleaseID: a.ReleaseID(),
		Token: plainToken(a, a.Push.Attempts[0]),
	}
	if mustJSON(t, got) != mustJSON(t, want) {
		t.Errorf("sent\n%s, want\n%s", mustJSON(t, got), mustJSON(t, want))
	}
	if len(p.store.claims) != 1 || a.Claims != 1 {
		t.Errorf("%d claims", len(p.store.claims))
	}
	var verbs []string
	for _, e := range p.store.events {
		verbs = append(verbs, e.Verb)
	}
	if told := verbs[len(verbs)-2:]; !slices.Equal(told, []string{"claim", "push_result"}) {
		t.Errorf("the log ends with %v", told)
	}
	last := p.store.events[len(p.store.events)-1].Data
	if last["attempt"] != "1" || last["outcome"] != "executed" || last["status"] != "204" || last["route"] != "bank" {
		t.Errorf("the log says %v", last)
	}
	if p.mailOf(t, a, approvals.MailExecuted) == nil {
		t.Error("the seller is not told")
	}
}

// plainToken is the token that plainSigner makes for an attempt: it lives five
// minutes from the attempt, not from the claim.
func plainToken(a approvals.Action, t approvals.PushAttempt) string {
	signed, _ := plainSigner{}.SignRelease(approvals.ReleaseClaims{
		ID: a.ReleaseID() + "." + approvals.FormatTime(t.At), ExpiresAt: t.At.Add(approvals.ReleaseLife).Unix(),
	})
	return signed
}

// TestPush_ClaimIsTheGateways: nobody else claims what the gateway sends.
func TestPush_ClaimIsTheGateways(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	for _, state := range []approvals.State{approvals.Approved, approvals.Executed} {
		_, err := p.Claim(t.Context(), p.action().Key(), p.action().Details, nil)
		if code(err) != approvals.CodeReleasedByGateway {
			t.Errorf("%s: %v", state, err)
		}
		if state == approvals.Approved {
			p.is(approvals.Approved, 0)
			p.comes(doneOut)
		}
	}
}

// TestPush_RefusedRequests: what could not be sent as it was approved is refused
// when it is asked for.
func TestPush_RefusedRequests(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*approvals.Request){
		"no route":     func(r *approvals.Request) { r.Push.Route = "" },
		"no request":   func(r *approvals.Request) { r.Details = []byte(details) },
		"other body":   func(r *approvals.Request) { r.Push.Body = []byte("iban=FR1420041010050500013M02606") },
		"own kind":     func(r *approvals.Request) { r.Kind, r.Details = approvals.ContactChange, []byte(swapDetails) },
		"body missing": func(r *approvals.Request) { r.Push.Body = nil },
	} {
		g := newGateway()
		r := pushRequest(seller, false)
		spoil(&r)
		if _, err := g.Create(t.Context(), r); code(err) != approvals.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const swapDetails = `{"from":{"email":"francesca@example.it"},"to":{"email":"new@example.it"}}`

// TestI3_CancelBeforeTheClaimWins: what was cancelled, held or has expired before
// the claim is never sent.
func TestI3_CancelBeforeTheClaimWins(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*pushing) error{
		"cancelled": func(p *pushing) error {
			_, err := p.Cancel(p.tb.Context(), p.action().Key(), approvals.ChangedMind, p.action().SellerActor())
			return err
		},
		"not me": func(p *pushing) error { _, err := p.NotMe(p.tb.Context(), p.action().Key()); return err },
		"locked": func(p *pushing) error {
			_, err := p.Lock(p.tb.Context(), p.action().SellerKey(), approvals.LockMarketplace, "", market)
			return err
		},
		"expired": func(p *pushing) error {
			p.store.gate.Halted = true // or it would have been sent
			p.pass(approvals.ClaimWindow)
			p.store.gate.Halted = false
			_, err := p.Sweep(p.tb.Context(), p.store, 10)
			return err
		},
	} {
		p := newPushing(t, true)
		if err := stop(p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if next := p.action().Push.NextAt; !next.IsZero() {
			t.Errorf("%s: still due at %v", name, next)
		}
		p.nothingDue()
		if len(p.up.got) != 0 || p.action().Claims != 0 {
			t.Errorf("%s: sent %d times, %d claims", name, len(p.up.got), p.action().Claims)
		}
	}
}

// TestI3_CancelAfterTheClaimIsRefused: the claim's commit decides.
func TestI3_CancelAfterTheClaimIsRefused(t *testing.T) {
	t.Parallel()
	p := newPushing(t, false)
	p.up.during = func() {
		if _, err := p.Cancel(t.Context(), p.action().Key(), approvals.ChangedMind, p.action().SellerActor()); code(err) != approvals.CodeTooLateToCancel {
			t.Errorf("cancelled while it is sent: %v", err)
		}
	}
	p.comes(doneOut)
	p.is(approvals.Executed, 1)
}

// TestI4_OneEffect: every attempt of an idempotent push has the same key and the
// same bytes, and a token of its own.
func TestI4_OneEffect(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	effects, tokens := map[string]bool{}, map[string]bool{}
	p.up.during = func() {
		o := p.up.got[len(p.up.got)-1]
		effects[o.ReleaseID+mustJSON(t, o.Request)+string(o.Body)], tokens[o.Token] = true, true
	}
	for range 5 {
		p.again()
		p.comes(unknown)
	}
	p.again()
	p.comes(doneOut)
	p.is(approvals.Executed, 6)
	if len(effects) != 1 || len(tokens) != 6 {
		t.Errorf("%d effects, %d tokens in 6 attempts", len(effects), len(tokens))
	}
}

// TestI4b_MayHaveBeenSentOnce: without idempotency, one attempt whose outcome is
// not known is the last: people decide.
func TestI4b_MayHaveBeenSentOnce(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]approvals.PushOutcome{
		"unknown": unknown, "a result nobody knows": {Result: "perhaps"}, "none": {},
	} {
		p := newPushing(t, false)
		p.comes(notSent)
		p.again()
		p.comes(o)
		p.is(approvals.Unresolved, 2)
		p.nothingDue()
		if !slices.Contains(p.store.cases, approvals.CaseUnresolved) {
			t.Errorf("%s: no case", name)
		}
	}
	p := newPushing(t, false)
	p.up.err = errors.New("the pusher broke")
	p.comes(doneOut)
	p.is(approvals.Unresolved, 1)
}

// TestI5_NumbersWithoutGaps: twelve attempts are numbered from one, one at a time.
func TestI5_NumbersWithoutGaps(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	p.up.during = func() {
		if err := p.push(); !errors.Is(err, approvals.ErrNotDue) {
			t.Errorf("a second worker while the first is at it: %v", err)
		}
	}
	for p.again() && p.action().State != approvals.Unresolved {
		p.comes(unknown)
	}
	p.is(approvals.Unresolved, 12)
}

// TestPush_Outcomes is the table of RELIABILITY §5.
func TestPush_Outcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                  string
		outcome               approvals.PushOutcome
		idempotent, otherwise approvals.State
	}{
		{"within the contract", doneOut, approvals.Executed, approvals.Executed},
		{"refused", refusedOut, approvals.ExecutionFailed, approvals.ExecutionFailed},
		{"not sent", notSent, approvals.Releasing, approvals.Releasing},
		{"nobody knows", unknown, approvals.Releasing, approvals.Unresolved},
	} {
		for idempotent, want := range map[bool]approvals.State{true: tt.idempotent, false: tt.otherwise} {
			p := newPushing(t, idempotent)
			a := p.comes(tt.outcome)
			p.is(want, 1)
			if want != approvals.Releasing {
				p.nothingDue()
			}
			if last := a.Push.Attempts[0]; last.Result != tt.outcome.Result || last.Status != tt.outcome.Status || last.Note != tt.outcome.Note {
				t.Errorf("%s: the evidence is %+v", tt.name, last)
			}
		}
	}
}

// TestPush_NotesAreShortAndPlain: what a pusher says is kept, and kept harmless.
func TestPush_NotesAreShortAndPlain(t *testing.T) {
	t.Parallel()
	p := newPushing(t, true)
	a := p.comes(approvals.PushOutcome{Result: approvals.PushNotSent, Note: "line\r\n\x1b[31mred \xff" + strings.Repeat("é", 200)})
	if note := a.Push.Attempts[0].Note; len(note) > 256 || !utf8.ValidString(note) || strings.ContainsAny(note, "\r\n\x1b") || !strings.HasPrefix(note, "line") {
		t.Errorf("%d bytes: %q", len(note), note)
	}
}
