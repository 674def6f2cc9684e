package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/client"
)

// losing loses the answer to one POST, after what it asked for was done.
type losing struct {
	inner http.RoundTripper
	lose  int // counted from 1
	posts int
}

var errLost = errors.New("the line went dead")

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.inner.RoundTrip(r)
	if err != nil || r.Method != http.MethodPost {
		return resp, err
	}
	if l.posts++; l.posts != l.lose {
		return resp, nil
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return nil, errors.Join(errLost, resp.Body.Close())
}

// shop is a marketplace that makes every POST once, and recovers when the
// answer does not come.
type shop struct {
	*gateway
	c        *client.Client
	releases *client.ReleaseVerifier
	sameKey  bool            // asks again with the same key; else it reads and goes on from there
	bank     map[string]bool // what was carried out, by release id
	steps    int
}

func newShop(t *testing.T, lose int, sameKey bool) (*shop, *losing) {
	t.Helper()
	s := &shop{gateway: sqliteGateway(t), sameKey: sameKey, bank: map[string]bool{}}
	line := &losing{inner: s.front, lose: lose}
	through := client.HTTPClient(&http.Client{Transport: line})
	var err error
	if s.c, err = client.New(publicURL, ourKey, through, client.Tries(1)); err != nil {
		t.Fatal(err)
	}
	if s.releases, err = client.NewReleaseVerifier(publicURL, "market", through); err != nil {
		t.Fatal(err)
	}
	s.releases.Now = s.clock.Now
	return s, line
}

// once does a step. When its answer is lost the same call is made again, or
// what to do then is found out by reading.
func (s *shop) once(do func(client.CallOption) error, read func() error) {
	s.t.Helper()
	s.steps++
	key := client.IdempotencyKey(fmt.Sprintf("step-%d", s.steps))
	err := do(key)
	if errors.Is(err, errLost) {
		before := s.rows()
		if !s.sameKey {
			err = read()
		} else if err = do(key); !maps.Equal(before, s.rows()) {
			s.t.Errorf("step %d, asked again, did something: %v, then %v", s.steps, before, s.rows())
		}
	}
	if err != nil {
		s.t.Fatalf("step %d: %v", s.steps, err)
	}
}

// created finds the seller's one action.
func (s *shop) created(ctx context.Context, seller string) (*client.Action, error) {
	page, err := s.c.Actions(ctx, client.ActionQuery{Seller: seller})
	if err != nil || len(page.Data) != 1 {
		return nil, fmt.Errorf("%d actions of %s, %w", len(page.Data), seller, err)
	}
	return &page.Data[0], nil
}

func (s *shop) order(seller string) client.NewAction {
	return client.NewAction{
		Kind: client.PayoutAccountChange, Seller: client.Seller{ID: seller, Email: "giulia@ferri.example"},
		Details: client.AccountChange{To: client.Destination{IBAN: "NL91ABNA0417164300", Holder: "Giulia Ferri"}}, ReturnURL: returnURL,
	}
}

func (s *shop) create(ctx context.Context, seller string) (made *client.Action) {
	s.t.Helper()
	s.once(func(k client.CallOption) (err error) {
		made, err = s.c.CreateAction(ctx, s.order(seller), k)
		return err
	}, func() (err error) {
		made, err = s.created(ctx, seller)
		return err
	})
	return made
}

// carryOut puts a release in place, once.
func (s *shop) carryOut(ctx context.Context, a *client.Action, token string) error {
	r, err := s.releases.Verify(ctx, token, client.Expect{Action: a.ID, Kind: client.PayoutAccountChange, Seller: "S-1", Digest: a.Digest})
	if err == nil {
		s.bank[r.ReleaseID] = true
	}
	return err
}

// paid takes an action from beginning to end.
func (s *shop) paid(ctx context.Context) {
	s.t.Helper()
	made := s.create(ctx, "S-1")
	details := s.order("S-1").Details
	s.once(func(k client.CallOption) error {
		_, err := s.c.Handoff(ctx, made.ID, k)
		return err
	}, func() error {
		_, err := s.c.Handoff(ctx, made.ID) // another link does no harm
		return err
	})
	s.drive(made.ID, approvals.Approved)
	s.once(func(k client.CallOption) error {
		got, err := s.c.Claim(ctx, made.ID, details, k)
		if err != nil {
			return err
		}
		return s.carryOut(ctx, made, got.ReleaseToken)
	}, func() error {
		// It is releasing and the token never came: surely nothing is in place.
		now, err := s.c.Action(ctx, made.ID)
		if err == nil && now.State != client.Releasing {
			err = fmt.Errorf("it is %s", now.State)
		}
		if err != nil {
			return err
		}
		if _, err := s.c.Report(ctx, made.ID, client.Failed("the answer to the claim was lost")); err != nil {
			return err
		}
		got, err := s.c.Claim(ctx, made.ID, details)
		if err != nil {
			return err
		}
		return s.carryOut(ctx, made, got.ReleaseToken)
	})
	s.once(func(k client.CallOption) error {
		_, err := s.c.Report(ctx, made.ID, client.Executed("bank-1"), k)
		return err
	}, func() error {
		now, err := s.c.Action(ctx, made.ID)
		if err == nil && now.State != client.ExecutedState {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
}

// stopped starts an action, cancels it, hands the seller over and locks them.
func (s *shop) stopped(ctx context.Context) {
	s.t.Helper()
	made := s.create(ctx, "S-2")
	s.once(func(k client.CallOption) error {
		_, err := s.c.CancelAction(ctx, made.ID, "changed_mind", k)
		return err
	}, func() error {
		now, err := s.c.Action(ctx, made.ID)
		if err == nil && now.State != client.Cancelled {
			err = fmt.Errorf("it is %s", now.State)
		}
		return err
	})
	s.once(func(k client.CallOption) error {
		_, err := s.c.SellerHandoff(ctx, "S-2", client.ForHistory, k)
		return err
	}, func() error {
		_, err := s.c.SellerHandoff(ctx, "S-2", client.ForHistory)
		return err
	})
	s.once(func(k client.CallOption) error {
		_, err := s.c.LockSeller(ctx, "S-2", "called", k)
		return err
	}, func() error {
		now, err := s.c.Seller(ctx, "S-2")
		if err == nil && !now.Locked {
			err = errors.New("not locked")
		}
		return err
	})
}

// end says how it all ended.
func (s *shop) end(ctx context.Context) string {
	s.t.Helper()
	page, err := s.c.Actions(ctx, client.ActionQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	seller, err := s.c.Seller(ctx, "S-2")
	if err != nil {
		s.t.Fatal(err)
	}
	out := fmt.Sprintf("%d carried out, locked %v", len(s.bank), seller.Locked)
	for _, a := range page.Data {
		out += fmt.Sprintf(", %s %s", a.Seller.ID, a.State)
	}
	return out
}

// GET is enough to recover from any lost answer, and so is the same request
// again: whichever POST goes unanswered after its effect, it ends the same, and
// what it asked for happened once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	const posts, want = 8, "1 carried out, locked true, S-2 cancelled, S-1 executed"
	for _, sameKey := range []bool{true, false} {
		for lose := range posts + 1 { // 0 loses none
			t.Run(fmt.Sprintf("post %d, same key %v", lose, sameKey), func(t *testing.T) {
				t.Parallel()
				s, line := newShop(t, lose, sameKey)
				s.paid(t.Context())
				s.stopped(t.Context())
				if got := s.end(t.Context()); got != want {
					t.Errorf("ended with %s, want %s", got, want)
				}
				if line.posts < posts {
					t.Errorf("only %d posts: one of them was never lost", line.posts)
				}
			})
		}
	}
}

// A claim without a result for 24 hours becomes unresolved and opens a case;
// nothing is tried again, and the true result is still taken.
func TestClaim_withoutResult(t *testing.T) {
	t.Parallel()
	g := sqliteGateway(t)
	id := g.create("S-1").id()
	g.drive(id, approvals.Approved)
	claim := `{"details":` + detailsBody + `}`
	if a := g.post(id, "claim", claim, "claim"); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	advance := func(by time.Duration) {
		if _, err := (testClock{g}).Advance(t.Context(), by); err != nil {
			t.Fatal(err)
		}
	}
	cases := g.rows()["cases"]
	advance(24*time.Hour - time.Second)
	if x := g.load(id); x.State != approvals.Releasing || g.rows()["cases"] != cases {
		t.Fatalf("early: %s", x.State)
	}
	advance(time.Second)
	shown := g.send(request{method: "GET", path: "/v1/actions/" + id})
	if shown.state() != "unresolved" || member(t, shown.json, "next", "type") != "none" || g.rows()["cases"] != cases+1 {
		t.Errorf("%s, %d cases more", shown.body, g.rows()["cases"]-cases)
	}
	if a := g.post(id, "claim", claim, "again"); a.status != 409 || a.code() != "already_claimed" {
		t.Errorf("another claim: %d %s", a.status, a.body)
	}
	if a := g.post(id, "result", `{"outcome":"executed"}`, "late"); a.status != 200 || a.state() != "executed" {
		t.Errorf("the late result: %d %s", a.status, a.body)
	}
}
