package authdb_test

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// atOnce runs f n times, as many at a time as a busy gateway would.
func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, 32)
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			slots <- struct{}{}
			defer func() { <-slots }()
			f(i)
		})
	}
	close(begin)
	all.Wait()
}

// tally counts outcomes by refusal code.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	switch {
	case err == nil:
		c.n["ok"]++
	default:
		name := err.Error()
		for _, code := range []approvals.Code{
			approvals.CodeProofWrong, approvals.CodeTooManyTries, approvals.CodeProvingBlocked, approvals.CodeNotFound,
			approvals.CodeEnrolmentClosed, approvals.CodeSessionEnded, approvals.CodeUnavailable,
		} {
			if is(err, code) {
				name = string(code)
			}
		}
		c.n[name]++
	}
}

// crowded reports whether the database turned somebody away: that is safe, and
// nothing but an upper bound can be asked of the rest.
func (c *tally) crowded() bool { return c.n[string(approvals.CodeUnavailable)] > 0 }

func (c *tally) want(t *testing.T, want map[string]int) {
	t.Helper()
	if fmt.Sprint(c.n) != fmt.Sprint(want) {
		t.Errorf("outcomes %v, want %v", c.n, want)
	}
}

// totp_replay (THREATS C10, STANDARDS OT-02, NI-07, RELIABILITY A2, I14): one right code
// sent at once to two gateways for 50 open actions: one proof.
func TestTOTPReplay(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		w.pass(time.Minute)
		nodes := []*auth.Service{w.auth, w.reopened()}
		subjects := make([]auth.Subject, 50)
		for i := range subjects {
			subjects[i] = w.action()
		}
		code := app.Code(w.now())
		var got tally
		atOnce(len(subjects), func(i int) {
			_, err := nodes[i%2].ProveCode(t.Context(), subjects[i], code)
			got.add(err)
		})
		if got.n["ok"] > 1 || got.n["ok"] == 0 && !got.crowded() {
			t.Errorf("outcomes %v, want one success", got.n)
		}
		for _, code := range []string{"ok", "proof_not_accepted", "too_many_tries", "proving_blocked", "unavailable"} {
			delete(got.n, code)
		}
		got.want(t, map[string]int{})
	})
}

// RELIABILITY A6, A8, I16, STANDARDS OT-06, PS-05, C8: 500 wrong guesses over
// three gateways and three actions, a hundred at once as often as the pauses
// let one through: five are evaluated.
func TestConcurrentGuesses(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		app := w.enrolApp(w.seller)
		w.pass(time.Minute)
		nodes := []*auth.Service{w.auth, w.reopened(), w.reopened()}
		subjects := []auth.Subject{w.action(), w.action(), w.action()}
		var got tally
		for range 5 {
			wrong := wrongCode(app, w.now())
			atOnce(100, func(i int) {
				_, err := nodes[i%3].ProveCode(t.Context(), subjects[i/3%3], wrong)
				got.add(err)
			})
			w.pass(auth.MaxPause)
		}
		if !got.crowded() {
			got.want(t, map[string]int{"proof_not_accepted": 4, "too_many_tries": 1, "proving_blocked": 495})
		}
		refusals, blocks := w.events("proof_refused"), w.events("proving_blocked")
		if refusals > 5 || refusals < 5 && !got.crowded() || blocks != 1 {
			t.Errorf("%d refusals and %d blocks recorded, want 5 and 1: %v", refusals, blocks, got.n)
		}
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || list[0].Failures != 5 {
			t.Errorf("%+v, %v: want 5 failures", list, err)
		}
		_, err = w.auth.ProveCode(t.Context(), subjects[0], app.Code(w.now()))
		refused(t, err, approvals.CodeProvingBlocked)
		w.pass(15 * time.Minute)
		if _, err := w.auth.ProveCode(t.Context(), subjects[0], app.Code(w.now())); err != nil {
			t.Errorf("after the block: %v", err)
		}
	})
}

func wrongCode(app *authtest.App, now time.Time) string {
	for n := 0; ; n++ {
		code := fmt.Sprintf("%06d", n)
		near := false
		for step := now.Unix()/30 - 2; step <= now.Unix()/30+2; step++ {
			near = near || app.CodeOfStep(step) == code
		}
		if !near {
			return code
		}
	}
}

// reuse_assertion (THREATS C9, RELIABILITY B1, I15): one answer sent 32 times at
// once: one proof, because one call gets the challenge.
func TestAssertionReplay(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		d := authtest.NewDevice(home)
		if _, err := w.enrol(w.seller, d); err != nil {
			t.Fatal(err)
		}
		sub := w.action()
		options, err := w.auth.BeginPasskey(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		var got tally
		atOnce(32, func(int) {
			_, err := w.auth.ProvePasskey(t.Context(), sub, answer)
			got.add(err)
		})
		if got.n["ok"] > 1 || got.n["ok"] == 0 && !got.crowded() {
			t.Errorf("outcomes %v, want one success", got.n)
		}
	})
}

// RELIABILITY B23: of any number of challenges for one action and stage five
// live, and the oldest is void first.
func TestPutChallenge_FiveLive(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		sub := w.action()
		put := func(sub auth.Subject, n int) [32]byte {
			hash := sha256.Sum256([]byte(newID()))
			at := w.now().Add(time.Duration(n) * time.Second)
			err := w.store.PutChallenge(t.Context(), auth.Challenge{
				Hash: hash, Subject: sub, Session: []byte("{}"), CreatedAt: at, ExpiresAt: at.Add(auth.ChallengeLife),
			})
			if err != nil && !is(err, approvals.CodeUnavailable) {
				t.Error(err)
			}
			return hash
		}
		other, enrolment := sub, auth.Subject{Seller: w.seller}
		other.Stage = approvals.StageConfirmation
		for _, s := range []auth.Subject{sub, other, enrolment} {
			var hashes [][32]byte
			for n := range 8 {
				hashes = append(hashes, put(s, n))
			}
			for n, hash := range hashes {
				c, err := w.store.TakeChallenge(t.Context(), hash)
				if n < 3 {
					refused(t, err, approvals.CodeNotFound)
				} else if err != nil || c.Subject != s || c.Hash != hash || string(c.Session) != "{}" || !c.CreatedAt.Equal(w.now().Add(time.Duration(n)*time.Second)) {
					t.Errorf("challenge %d: %+v, %v", n, c, err)
				}
			}
		}
		atOnce(100, func(n int) { put(sub, n) })
		var live int
		if err := db.Read(t.Context()).Raw("SELECT count(*) FROM challenges").Scan(&live).Error; err != nil || live != 5 {
			t.Errorf("%d live, %v", live, err)
		}
		w.pass(time.Hour)
		if n, err := w.auth.Sweep(t.Context()); n != 5 || err != nil {
			t.Errorf("swept %d, %v", n, err)
		}
	})
}

// Enrolment without a proof happens once, however many finish at once.
func TestAddFirst_OneWins(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		w := newWorld(t, db)
		finish := make([]func() error, 0, 6)
		for range 3 {
			e, err := w.auth.BeginCodeEnrolment(t.Context(), w.seller, "ada")
			if err != nil {
				t.Fatal(err)
			}
			app, err := authtest.NewApp(e.Secret)
			if err != nil {
				t.Fatal(err)
			}
			options, err := w.auth.BeginPasskeyEnrolment(t.Context(), w.seller, "Ada")
			if err != nil {
				t.Fatal(err)
			}
			credential, err := authtest.NewDevice(home).Create(options)
			if err != nil {
				t.Fatal(err)
			}
			finish = append(finish, func() error {
				_, err := w.auth.FinishCodeEnrolment(t.Context(), w.seller, auth.CodeAnswer{Enrolment: e.ID, Code: app.Code(w.now())})
				if is(err, approvals.CodeNotFound) { // voided by the winner
					err = approvals.Refuse(approvals.CodeEnrolmentClosed)
				}
				return err
			}, func() error {
				_, err := w.auth.FinishPasskeyEnrolment(t.Context(), w.seller, auth.PasskeyAnswer{Credential: credential})
				return err
			})
		}
		var got tally
		atOnce(len(finish), func(i int) { got.add(finish[i]()) })
		got.want(t, map[string]int{"ok": 1, "enrolment_closed": 5})
		list, err := w.auth.Authenticators(t.Context(), w.seller)
		if err != nil || len(list) != 1 || w.events("authenticator_added") != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
