package authdb_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/auth/authtest"
)

// staff is a world with people.
type staff struct {
	*world
	people   *auth.People
	sessions *authdb.PeopleSessions
}

func newStaff(t *testing.T, db *approvaldb.DB) *staff {
	t.Helper()
	w := newWorld(t, db)
	p, err := auth.NewPeople(auth.PeopleConfig{
		Store: w.store, Sealer: w.keys, RPID: "market.example", RPName: "Market", Origins: []string{home}, NewID: newID, Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &staff{w, p, authdb.NewPeopleSessions(db)}
}

func (s *staff) invite(name string) (auth.Person, string) {
	s.t.Helper()
	p, token, err := s.people.Invite(s.t.Context(), auth.Invitation{
		Marketplace: "market", Role: auth.Developer, Name: name, By: audit.Actor{Type: audit.Operator, ID: "root"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return p, token
}

// join lets somebody who was invited join with a device.
func (s *staff) join(name string, d *authtest.Device) auth.Person {
	s.t.Helper()
	_, token := s.invite(name)
	p, err := s.answerJoin(token, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *staff) answerJoin(token string, d *authtest.Device, lies ...authtest.Lie) (auth.Person, error) {
	s.t.Helper()
	options, err := s.people.BeginJoin(s.t.Context(), token)
	if err != nil {
		return auth.Person{}, err
	}
	credential, err := d.Create(options, lies...)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.people.Join(s.t.Context(), token, credential)
}

func (s *staff) signIn(d *authtest.Device, lies ...authtest.Lie) (auth.Person, error) {
	s.t.Helper()
	door := [32]byte{1}
	options, err := s.people.BeginSignIn(s.t.Context(), door)
	if err != nil {
		s.t.Fatal(err)
	}
	credential, err := d.Get(options, lies...)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.people.SignIn(s.t.Context(), door, credential)
}

// Issue of a developer's life: invited, joined, signed in, removed.
func TestPeople_Life(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		invited, token := s.invite("  Ada\u202e  Lovelace ")
		if invited.Name != "Ada Lovelace" || len(token) != 43 {
			t.Errorf("invited %q with a token of %d characters", invited.Name, len(token))
		}
		for range 3 { // looking changes nothing
			if p, err := s.people.Invited(t.Context(), token); err != nil || p.ID != invited.ID || p.Active() {
				t.Fatalf("%+v, %v", p, err)
			}
		}
		phone := authtest.NewDevice(home)
		if p, err := s.answerJoin(token, phone); err != nil || p.ID != invited.ID || !p.Active() {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err := s.people.Invited(t.Context(), token)
		refused(t, err, approvals.CodeLinkSpent)
		p, err := s.signIn(phone)
		if err != nil || p.ID != invited.ID || p.Marketplace != "market" || p.Role != auth.Developer {
			t.Fatalf("%+v, %v", p, err)
		}
		kept := auth.Session{Hash: [32]byte{7}, Person: p.ID, Values: []byte("{}"), CreatedAt: s.now(), SeenAt: s.now()}
		if err := s.sessions.SaveSession(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		if err := s.people.Remove(t.Context(), p.ID, audit.Actor{Type: audit.Operator, ID: "root"}); err != nil {
			t.Fatal(err)
		}
		_, err = s.sessions.Session(t.Context(), kept.Hash)
		refused(t, err, approvals.CodeNotFound)
		refused(t, s.sessions.SaveSession(t.Context(), kept), approvals.CodeSessionEnded)
		kept.Hash = [32]byte{8}
		refused(t, s.sessions.SaveSession(t.Context(), kept), approvals.CodeSessionEnded)
		_, err = s.signIn(phone)
		refused(t, err, approvals.CodeProofWrong)
		refused(t, s.people.Remove(t.Context(), p.ID, audit.Actor{Type: audit.Operator}), approvals.CodeNotFound)
		for verb, n := range map[string]int{"person_invited": 1, "person_joined": 1, "person_signed_in": 1, "person_removed": 1} {
			if got := s.events(verb); got != n {
				t.Errorf("%d events %s, want %d", got, verb, n)
			}
		}
		all, err := s.people.List(t.Context(), "market", auth.Developer)
		if err != nil || len(all) != 1 || all[0].RemovedAt.IsZero() {
			t.Errorf("list %+v, %v", all, err)
		}
	})
}

// AS-36: an invitation is a day's, one person's, and spent once.
func TestPeople_InvitationIsRefused(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		_, err := s.people.Invited(t.Context(), strings.Repeat("A", 43))
		refused(t, err, approvals.CodeLinkUnknown)
		_, token := s.invite("Ada")
		var open int
		if err := db.Read(t.Context()).Raw("SELECT count(*) FROM people WHERE name = ? OR CAST(invite_hash AS text) = ?", token, token).Scan(&open).Error; err != nil || open != 0 {
			t.Errorf("the token is stored: %d, %v", open, err)
		}
		s.pass(auth.InviteLife)
		_, err = s.people.Invited(t.Context(), token)
		refused(t, err, approvals.CodeLinkExpired)
		_, err = s.answerJoin(token, authtest.NewDevice(home))
		refused(t, err, approvals.CodeLinkExpired)

		removed, gone := s.invite("Eve")
		if err := s.people.Remove(t.Context(), removed.ID, audit.Actor{Type: audit.Operator}); err != nil {
			t.Fatal(err)
		}
		_, err = s.answerJoin(gone, authtest.NewDevice(home))
		refused(t, err, approvals.CodeLinkSpent)

		_, err = s.people.BeginJoin(t.Context(), gone)
		refused(t, err, approvals.CodeLinkSpent)
		for _, i := range []auth.Invitation{
			{Marketplace: "market", Role: auth.Developer, Name: " \u202e "}, {Marketplace: "market", Role: "agent", Name: "Bob"}, {Role: auth.Developer, Name: "Bob"},
		} {
			_, _, err := s.people.Invite(t.Context(), i)
			refused(t, err, approvals.CodeInvalid)
		}
	})
}

// Of two who open one link one joins.
func TestPeople_OneJoinsByALink(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		_, token := s.invite("Ada")
		const n = 4
		answers := make([][]byte, n)
		for i := range answers {
			options, err := s.people.BeginJoin(t.Context(), token)
			if err != nil {
				t.Fatal(err)
			}
			if answers[i], err = authtest.NewDevice(home).Create(options); err != nil {
				t.Fatal(err)
			}
		}
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { _, errs[i] = s.people.Join(t.Context(), token, answers[i]) })
		}
		all.Wait()
		joined := 0
		for _, err := range errs {
			if err == nil {
				joined++
			} else {
				refused(t, err, approvals.CodeLinkSpent)
			}
		}
		if joined != 1 {
			t.Errorf("%d joined", joined)
		}
	})
}

// Proofs of people: what is wrong gets one answer, and nothing counts twice.
func TestPeople_ProofsAreRefused(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		phone, other := authtest.NewDevice(home), authtest.NewSecurityKey(home)
		ada, eve := s.join("Ada", phone), s.join("Eve", other)
		for name, lie := range map[string]authtest.Lie{
			"no UV": authtest.WithoutUV(), "another origin": authtest.Origin("https://approve.market.example.evil.example"), "framed": authtest.CrossOrigin(),
			"a top origin": authtest.TopOrigin("https://evil.example"), "another ceremony": authtest.Type("webauthn.create"),
			"another signature": authtest.BadSignature(), "another challenge": authtest.Challenge([]byte("no challenge of ours, 32 bytes...")),
			"another handle": authtest.UserHandle(make([]byte, 64)), "no handle": authtest.UserHandle(nil),
		} {
			if _, err := s.signIn(phone, lie); !is(err, approvals.CodeProofWrong) {
				t.Errorf("%s: %v", name, err)
			}
		}
		subject := [32]byte{3}
		begin := func() []byte {
			options, err := s.people.BeginDecision(t.Context(), ada.ID, subject)
			if err != nil {
				t.Fatal(err)
			}
			credential, err := phone.Get(options)
			if err != nil {
				t.Fatal(err)
			}
			return credential
		}
		refused(t, s.people.Decide(t.Context(), ada.ID, [32]byte{4}, begin()), approvals.CodeProofWrong)
		refused(t, s.people.Decide(t.Context(), eve.ID, subject, begin()), approvals.CodeProofWrong)
		good := begin()
		if err := s.people.Decide(t.Context(), ada.ID, subject, good); err != nil {
			t.Fatal(err)
		}
		refused(t, s.people.Decide(t.Context(), ada.ID, subject, good), approvals.CodeProofWrong)
		_, err := s.people.SignIn(t.Context(), subject, begin())
		refused(t, err, approvals.CodeProofWrong)
		late := begin()
		s.pass(auth.ChallengeLife)
		refused(t, s.people.Decide(t.Context(), ada.ID, subject, late), approvals.CodeProofWrong)

		// Another browser than the one that began.
		options, err := s.people.BeginSignIn(t.Context(), [32]byte{1})
		if err != nil {
			t.Fatal(err)
		}
		credential, err := phone.Get(options)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.people.SignIn(t.Context(), [32]byte{2}, credential)
		refused(t, err, approvals.CodeProofWrong)

		// A key that counts and went back is a clone.
		if _, err := s.signIn(other, authtest.Counter(50)); err != nil {
			t.Fatal(err)
		}
		_, err = s.signIn(other, authtest.Counter(50))
		refused(t, err, approvals.CodeProofWrong)
		// Refusals are audited where it is known whose proof it was to be (rule 15): six
		// ways of signing in, four decisions, and the clone.
		if n := s.events("person_proof_refused"); n != 11 {
			t.Errorf("%d refusals are audited, want 11", n)
		}
		// Each answer took its challenge away, but the one that named another.
		if n, err := s.people.Sweep(t.Context()); err != nil || n != 1 {
			t.Errorf("%d challenges are left, %v", n, err)
		}
	})
}

// The schema refuses what the code never does.
func TestPeople_Schema(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		exec(t, db, "INSERT INTO marketplaces (id, name, return_urls, created_at) VALUES ('other', 'Other', '[]', ?)", approvaldb.At(start))
		ada := s.join("Ada", authtest.NewSecurityKey(home))
		eve, _ := s.invite("Eve")
		kept := auth.Session{Hash: [32]byte{7}, Person: ada.ID, CreatedAt: s.now(), SeenAt: s.now()}
		if err := s.sessions.SaveSession(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		exec(t, db, "UPDATE people_passkeys SET sign_count = 3")
		for name, sql := range map[string]string{
			"another marketplace":      "UPDATE people SET marketplace = 'other'",
			"another role":             "UPDATE people SET role = 'admin'",
			"a longer invitation":      "UPDATE people SET invited_until = joined_at",
			"an invitation once more":  "UPDATE people SET joined_at = NULL",
			"a developer of nowhere":   "INSERT INTO people (id, role, name, handle, invite_hash, invited_until, created_at) SELECT '" + newID() + "', role, name, substr(handle, 2), invite_hash, invited_until, created_at FROM people LIMIT 1",
			"a counter falls":          "UPDATE people_passkeys SET sign_count = 2",
			"a passkey changes hands":  "UPDATE people_passkeys SET person = '" + string(eve.ID) + "'",
			"a session changes hands":  "UPDATE people_sessions SET person = '" + string(eve.ID) + "'",
			"a session of the invited": "INSERT INTO people_sessions (hash, person, content, user_agent, created_at, seen_at) SELECT invite_hash, id, handle, '', created_at, created_at FROM people WHERE id = '" + string(eve.ID) + "'",
			"joined after its time":    "UPDATE people SET joined_at = invited_until WHERE joined_at IS NULL",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
		exec(t, db, "UPDATE people_passkeys SET disabled_at = created_at")
		exec(t, db, "UPDATE people_sessions SET ended_at = seen_at")
		exec(t, db, "UPDATE people SET removed_at = created_at WHERE joined_at IS NOT NULL")
		for name, sql := range map[string]string{
			"a passkey comes back": "UPDATE people_passkeys SET disabled_at = NULL",
			"a session comes back": "UPDATE people_sessions SET ended_at = NULL",
			"a person comes back":  "UPDATE people SET removed_at = NULL WHERE removed_at IS NOT NULL",
		} {
			if err := try(t, db, sql); err == nil {
				t.Errorf("%s: accepted", name)
			}
		}
	})
}

// AS-44: a person's passkey proves after the sealing key was rotated away.
func TestPeople_Reseal(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		phone := authtest.NewDevice(home)
		s.join("Ada", phone)
		old, id, path := s.rotated()
		if rows := s.under(old); rows["people_passkeys"] != 1 {
			t.Fatalf("under the old key: %v", rows)
		}
		if err := s.keys.Refresh(); err != nil {
			t.Fatal(err, path)
		}
		if rows, err := s.resealer().Run(t.Context()); rows != 1 || err != nil {
			t.Fatalf("%d rows, %v", rows, err)
		}
		if err := db.BarKey(t.Context(), old, id, authdb.SealedColumns(), s.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.signIn(phone); err != nil {
			t.Fatal(err)
		}
	})
}

// Anybody can begin a sign-in: that takes the place of nothing that somebody who
// was invited, or is there, has begun.
func TestPeople_StrangersEvictNobody(t *testing.T) {
	t.Parallel()
	approvalstest.EachDatabase(t, func(t *testing.T, db *approvaldb.DB) {
		s := newStaff(t, db)
		ada := s.join("Ada", authtest.NewDevice(home))
		for _, first := range []byte{0, 0x7f, 0x80, 0xff} {
			own := auth.PersonChallenge{
				Hash: [32]byte{first, 7}, Person: ada.ID, Purpose: auth.PurposeDecide, Session: []byte("{}"), CreatedAt: s.now(), ExpiresAt: s.now().Add(auth.ChallengeLife),
			}
			if err := s.store.PutPersonChallenge(t.Context(), own); err != nil {
				t.Fatal(err)
			}
			for _, other := range []byte{first, first ^ 0x80} {
				strange := own
				strange.Hash, strange.Person, strange.Purpose = [32]byte{other, 7, 1}, "", auth.PurposeSignIn
				if err := s.store.PutPersonChallenge(t.Context(), strange); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.store.TakePersonChallenge(t.Context(), own.Hash); err != nil {
				t.Errorf("%x: %v", first, err)
			}
		}
	})
}
