package approvals_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

// TestClaim (PS-01): what the winner gets, and what it starts.
func TestClaim(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Approved)
	now := soon(a)
	c := must(t)(a.ClaimFor(a.Details, seller, gate(a), now))
	b := c.Action
	if b.Claims != 1 || !b.ClaimedAt.Equal(now) || !b.ResultBy.Equal(now.Add(approvals.ResultWindow)) {
		t.Errorf("claims %d at %v, result by %v", b.Claims, b.ClaimedAt, b.ResultBy)
	}
	if c.Claim == nil || c.Claim.Number != 1 || c.Claim.Digest != a.Digest || !c.Claim.At.Equal(now) {
		t.Errorf("claim %+v", c.Claim)
	}
	if _, err := b.ClaimFor(a.Details, seller, gate(a), now); code(err) != approvals.CodeAlreadyClaimed {
		t.Errorf("a second claim: %v", err)
	}
}

// TestTA13_ClaimRefuses: the final gate checks every rule again. When several
// things are wrong, the gateway's own state is told first, then the action's,
// and the details are compared last.
func TestTA13_ClaimRefuses(t *testing.T) {
	t.Parallel()
	type call struct {
		a       approvals.Action
		details json.RawMessage
		s       approvals.Seller
		g       approvals.Gate
		now     time.Time
	}
	other := json.RawMessage(`{"to":` + newAccount + `}`)
	for _, c := range []struct {
		name  string
		spoil func(*call)
		want  approvals.Code
	}{
		{"right", func(*call) {}, ""},
		{"halted", func(x *call) { x.g.Halted = true }, approvals.CodeHalted},
		{"clock a second behind the mark", func(x *call) { x.g.ClockMark = x.now.Add(time.Second) }, ""},
		{"clock more than a second behind the mark", func(x *call) { x.g.ClockMark = x.now.Add(time.Second + 1) }, approvals.CodeClock},
		{"clock an hour ahead of the mark", func(x *call) { x.g.ClockMark = x.now.Add(-time.Hour) }, ""},
		{"clock more than an hour ahead of the mark", func(x *call) { x.g.ClockMark = x.now.Add(-time.Hour - 1) }, approvals.CodeClock},
		{"no mark yet", func(x *call) { x.g.ClockMark = time.Time{} }, ""},
		{"locked", func(x *call) { x.s.Locked = true }, approvals.CodeSellerLocked},
		{"locked and freed since", func(x *call) { x.s.LockEpoch++ }, approvals.CodeSellerLocked},
		{"at the last moment", func(x *call) { x.now = x.a.ClaimBy; x.g.ClockMark = x.now }, ""},
		{"too late, not swept yet", func(x *call) { x.now = x.a.ClaimBy.Add(1); x.g.ClockMark = x.now }, approvals.CodeClaimExpired},
		{"too late, swept", func(x *call) {
			x.now = x.a.ClaimBy.Add(1)
			x.g.ClockMark = x.now
			x.a = must(t)(x.a.Due(seller, x.now)).Action
		}, approvals.CodeClaimExpired},
		{"expired before it was approved", func(x *call) { x.a = reach(t, approvals.Expired) }, approvals.CodeNotApproved},
		{"other details", func(x *call) { x.details = other }, approvals.CodeMismatch},
		{"destination denied", func(x *call) { x.g.Denied = true }, approvals.CodeNotApproved},
		{"destination frozen", func(x *call) { x.g.Frozen = true }, approvals.CodeNotApproved},
		{"other details, destination frozen", func(x *call) { x.details, x.g.Frozen = other, true }, approvals.CodeMismatch},
		{"claimed before, destination frozen", func(x *call) {
			x.a = must(t)(must(t)(x.a.ClaimFor(x.a.Details, x.s, x.g, x.now)).Action.Report(approvals.Result{Outcome: approvals.ResultFailed}, x.now)).Action
			x.g.Frozen = true
		}, approvals.CodeNotApproved},
		{"failed, and a contact changed since", func(x *call) {
			x.a = must(t)(must(t)(x.a.ClaimFor(x.a.Details, x.s, x.g, x.now)).Action.Report(approvals.Result{Outcome: approvals.ResultFailed}, x.now)).Action
			x.s.SecurityAt = x.now
		}, approvals.CodeSecurityChanged},
		{"approved, frozen by others long after", func(x *call) { x.g.Frozen, x.g.PaidSince = true, x.now.Add(-approvals.AgedFor) }, ""},
		{"waiting, of a locked seller", func(x *call) { x.a = reach(t, approvals.CoolingOff); x.s.Locked = true }, approvals.CodeSellerLocked},
		{"cancelled, of a locked seller", func(x *call) { x.a = reach(t, approvals.Cancelled); x.s.Locked = true }, approvals.CodeNotApproved},
		{"halted, locked, late, other details", func(x *call) { x.g.Halted, x.s.Locked, x.now, x.details = true, true, x.a.ClaimBy.Add(1), other }, approvals.CodeHalted},
		{"locked, late, other details", func(x *call) { x.s.Locked, x.now, x.g, x.details = true, x.a.ClaimBy.Add(1), approvals.Gate{}, other }, approvals.CodeSellerLocked},
		{"late, other details", func(x *call) { x.now, x.g, x.details = x.a.ClaimBy.Add(1), approvals.Gate{}, other }, approvals.CodeClaimExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := reach(t, approvals.Approved)
			x := call{a: a, details: a.Details, s: seller, g: gate(a), now: soon(a)}
			c.spoil(&x)
			got, err := x.a.ClaimFor(x.details, x.s, x.g, x.now)
			if code(err) != c.want || (err == nil) != (c.want == "") {
				t.Fatalf("claim: %v, want %q", err, c.want)
			}
			if (got.Claim != nil) != (c.want == "") {
				t.Errorf("claim %+v beside %v", got.Claim, err)
			}
		})
	}
}

// TestRule1_ClaimNeedsTheRows (PS-01): an action that says approved while its stored
// proofs, wait or notices say otherwise is a broken assertion, not a refusal.
func TestRule1_ClaimNeedsTheRows(t *testing.T) {
	t.Parallel()
	for name, tamper := range map[string]func(*approvals.Action){
		"no proofs":                     func(a *approvals.Action) { a.Proofs = nil },
		"no step-up":                    func(a *approvals.Action) { a.Proofs = a.Proofs[1:] },
		"no confirmation":               func(a *approvals.Action) { a.Proofs = a.Proofs[:1] },
		"step-up twice":                 func(a *approvals.Action) { a.Proofs[1] = a.Proofs[0] },
		"step-up over another digest":   func(a *approvals.Action) { a.Proofs[0].Digest[0] ^= 1 },
		"confirmation, another digest":  func(a *approvals.Action) { a.Proofs[1].Digest[0] ^= 1 },
		"proofs of an older generation": func(a *approvals.Action) { a.Generation++ },
		"confirmed before not_before":   func(a *approvals.Action) { a.Proofs[1].At = a.NotBefore.Add(-1) },
		"confirmed after the window":    func(a *approvals.Action) { a.Proofs[1].At = a.ConfirmBy.Add(1) },
		"never waited":                  func(a *approvals.Action) { a.NotBefore = time.Time{} },
		"step-up without UV":            func(a *approvals.Action) { a.Proofs[0].UV = false },
		"confirmation without UV":       func(a *approvals.Action) { a.Proofs[1].UV = false },
		"one code for both":             func(a *approvals.Action) { a.Proofs[1].Spent = a.Proofs[0].Spent },
		"a notice is missing":           func(a *approvals.Action) { a.Contacts[0].AcceptedAt = time.Time{} },
		"no contact":                    func(a *approvals.Action) { a.Contacts = nil },
		"other details stored":          func(a *approvals.Action) { a.Details = json.RawMessage(`{"to":` + newAccount + `}`) },
		"other digest stored":           func(a *approvals.Action) { a.Digest[0] ^= 1 },
		"other seller stored":           func(a *approvals.Action) { a.Seller = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := reach(t, approvals.Approved)
			a.Proofs, a.Contacts = slices.Clone(a.Proofs), slices.Clone(a.Contacts)
			tamper(&a)
			c, err := a.ClaimFor(a.Details, seller, gate(a), soon(a))
			if !errors.Is(err, approvals.ErrBroken) || c.Claim != nil || code(err) != "" {
				t.Errorf("claim %+v, error %v; want a broken assertion", c.Claim, err)
			}
		})
	}
}

// tampered are the fixture's details with one field changed, added or dropped.
func tampered() map[string]string {
	full := func(dest string) string { return `{"from":` + oldAccount + `,"to":` + dest + `}` }
	return map[string]string{
		"another account":    full(strings.Replace(newAccount, "4300", "4301", 1)),
		"another country":    full(strings.Replace(newAccount, "NL91", "NL92", 1)),
		"another holder":     full(strings.Replace(newAccount, "Conti", "Conte", 1)),
		"holder in capitals": full(strings.Replace(newAccount, "Conti", "CONTI", 1)),
		"a bank name more":   full(strings.Replace(newAccount, `{`, `{"bank_name":"ABN",`, 1)),
		"a name check more":  full(strings.Replace(newAccount, `{`, `{"payee_check":{"scheme":"vop","result":"match"},`, 1)),
		"spaces in the IBAN": full(strings.Replace(newAccount, "NL91ABNA0417164300", "NL91 ABNA 0417 1643 00", 1)),
		"holder with space":  full(strings.Replace(newAccount, "Conti", "Conti ", 1)),
		"another from":       `{"from":` + strings.Replace(oldAccount, "3456", "3457", 1) + `,"to":` + newAccount + `}`,
		"no from":            `{"to":` + newAccount + `}`,
		"no to":              `{"from":` + oldAccount + `}`,
		"swapped":            `{"from":` + newAccount + `,"to":` + oldAccount + `}`,
		"a field more":       `{"extra":true,"from":` + oldAccount + `,"to":` + newAccount + `}`,
		"an empty object":    `{}`,
		"a list":             `[]`,
		"the digest instead": `"sha-256"`,
	}
}

// TestTamper is THREATS C8 and PS-10: whatever differs from what was approved is refused,
// and an approved action is held with a case.
func TestTamper(t *testing.T) {
	t.Parallel()
	for name, raw := range tampered() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkMismatch(t, raw)
		})
	}
}

func checkMismatch(t *testing.T, raw string) {
	t.Helper()
	a := reach(t, approvals.Approved)
	canonical, err := approvals.CanonicalDetails(json.RawMessage(raw))
	if err != nil {
		t.Fatalf("canonicalise %s: %v", raw, err)
	}
	c, err := a.ClaimFor(canonical, seller, gate(a), soon(a))
	if code(err) != approvals.CodeMismatch {
		t.Fatalf("claim with %s: %v", raw, err)
	}
	if c.Claim != nil || c.Action.Claims != 0 || c.Action.State != approvals.Held || c.Action.Hold != approvals.HoldMismatch {
		t.Errorf("%s for %s, claims %d", c.Action.State, c.Action.Hold, c.Action.Claims)
	}
	if c.Case == nil || c.Case.Reason != approvals.CaseMismatch || len(c.Mails) != 1 || c.Mails[0].Kind != approvals.MailHeld {
		t.Errorf("case %+v, mails %+v", c.Case, c.Mails)
	}
	if _, err := c.Action.ClaimFor(a.Details, seller, gate(a), soon(a)); code(err) != approvals.CodeNotApproved {
		t.Errorf("the right details after the wrong ones: %v", err)
	}
}

// TestSameDetailsInOtherWords: order, space and escapes of JSON are no
// difference (RELIABILITY I7).
func TestSameDetailsInOtherWords(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		details,
		"\n{ \"to\" : " + newAccount + " ,\t\"from\" : " + oldAccount + " }\r\n",
		`{"to":{"iban":"NL91ABNA0417164300","holder":"Francesca Conti"},"from":` + oldAccount + `}`,
		strings.Replace(details, "Francesca", `\u0046rancesca`, 1),
		strings.Replace(details, `"from"`, `"\u0066rom"`, 1),
	} {
		a := reach(t, approvals.Approved)
		canonical, err := approvals.CanonicalDetails(json.RawMessage(raw))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if c, err := a.ClaimFor(canonical, seller, gate(a), soon(a)); err != nil || c.Claim == nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// TestTamperEveryByte flips every byte of the approved details: whatever still
// is JSON is a mismatch, the rest cannot be read.
func TestTamperEveryByte(t *testing.T) {
	t.Parallel()
	a := reach(t, approvals.Approved)
	for i := range a.Details {
		for _, flip := range []byte{1, 2, 0x20, 0x80} {
			raw := slices.Clone(a.Details)
			raw[i] ^= flip
			canonical, err := approvals.CanonicalDetails(raw)
			if err != nil {
				continue
			}
			if c, err := a.ClaimFor(canonical, seller, gate(a), soon(a)); code(err) != approvals.CodeMismatch || c.Claim != nil {
				t.Fatalf("byte %d flipped by %#x: %v", i, flip, err)
			}
		}
	}
}

// TestOneDigit is THREATS C7: one digit is a whole change, at creation as at
// claim. (The parser's check digits refuse most of them earlier.)
func TestOneDigit(t *testing.T) {
	t.Parallel()
	uk := func(number string) string {
		return `{"account_number":"` + number + `","holder":"F. Conti","sort_code":"601613"}`
	}
	small, err := approvals.ParseDetails(approvals.PayoutAccountChange, []byte(`{"from":`+uk("31926819")+`,"to":`+uk("31926818")+`}`))
	if err != nil {
		t.Fatalf("one digit is refused as a change: %v", err)
	}
	d := mustDraft(t)
	d.Details = small
	a := must(t)(approvals.Propose(d, seller, defaultDecision(), t0)).Action
	if b := propose(t, seller).Action; a.Digest == b.Digest || a.Decision.Class != b.Decision.Class || !maps.Equal(a.Decision.Wait, b.Decision.Wait) {
		t.Errorf("one digit: class %s, wait %v", a.Decision.Class, a.Decision.Wait)
	}
	a = forward(t, a, seller, approvals.Approved)
	claimed := json.RawMessage(strings.Replace(string(small), "31926818", "31926817", 1))
	if _, err := a.ClaimFor(claimed, seller, gate(a), soon(a)); code(err) != approvals.CodeMismatch {
		t.Errorf("one digit at the claim: %v", err)
	}
}
