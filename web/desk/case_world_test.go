package desk_test

import (
	"strconv"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/audit"
	policy "countersign/approvals/desk"
	"countersign/auth"
)

// locked makes a seller with a change that waits, locks them, and returns the
// address of the case.
func (o *office) locked() (a approvals.Action, path string) {
	o.t.Helper()
	a = o.Create(o.t)
	o.lock(a)
	return a, o.newest()
}

func (o *office) lock(a approvals.Action) {
	o.t.Helper()
	_, err := o.Service.Lock(o.t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
	o.ok(err)
}

// newest is the address of the newest case.
func (o *office) newest() string {
	o.t.Helper()
	counts, err := o.cases.Counts(o.t.Context(), "")
	o.ok(err)
	return "/desk/cases/" + strconv.FormatInt(counts.Newest, 10)
}

// isLocked reads the seller.
func (o *office) isLocked(a approvals.Action) bool {
	o.t.Helper()
	seller, err := o.Parts.Reader.Seller(o.t.Context(), a.SellerKey())
	o.ok(err)
	return seller.Locked
}

// signIn comes in again, after the session has ended.
func (b *browser) signIn() *browser {
	b.o.t.Helper()
	b.cookies = map[string]string{}
	b.prove(b.get("/desk/sign-in").want(200, ""), "/desk/sign-in").want(303, "/desk")
	return b
}

// pair are two agents who have been here for long enough, signed in.
func (o *office) pair() (marco, anna *browser) {
	o.t.Helper()
	marco, anna = o.join(auth.Agent, "Marco T."), o.join(auth.Agent, "Anna B.")
	o.Clock.Advance(policy.SecondAfter + time.Hour)
	return marco.signIn(), anna.signIn()
}

// field is the value of a hidden field.
func (s seen) field(name string) string {
	_, after, _ := strings.Cut(s.text, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

// decide chooses in the form of a case.
func (b *browser) decide(path, verb string, more ...string) seen {
	b.o.t.Helper()
	shown := b.get(path).want(200, "")
	return b.press(shown, path+"/decide", append([]string{"seen", shown.field("seen"), "verb", verb, "reason", "V1"}, more...)...)
}

// proposes decides and signs.
func (b *browser) proposes(path, verb string, more ...string) seen {
	b.o.t.Helper()
	b.decide(path, verb, more...).want(303, "/desk/sign")
	return b.signs()
}

func (b *browser) signs() seen {
	b.o.t.Helper()
	return b.prove(b.get("/desk/sign").want(200, ""), "/desk/sign")
}

// answers the proposal of a case, and signs.
func (b *browser) answers(path, answer string) seen {
	b.o.t.Helper()
	b.press(b.get(path).want(200, ""), path+"/answer", "answer", answer, "reason", "V4").want(303, "/desk/sign")
	return b.signs()
}

// silent fails if the page has any of these.
func (s seen) silent(texts ...string) seen {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.text, text) {
			s.t.Errorf("says %q:\n%s", text, s.text)
		}
	}
	return s
}
