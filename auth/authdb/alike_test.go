package authdb_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/auth"
	"countersign/auth/authtest"
)

// watched is what a database was asked, in order: each statement with how many
// rows it read or wrote.
type watched struct {
	db    *approvaldb.DB
	asked []asked
}

type asked struct {
	text string
	vars []any
	rows int64 // -1 where they were read later
}

// counting is the statement that counts a failure against something, or against a
// decoy.
var counting = regexp.MustCompile(`^UPDATE (?:authenticators|recovery_sets|decoys) SET failures = .*$`)

func watch(t *testing.T, db *approvaldb.DB) *watched {
	t.Helper()
	w := &watched{db: db}
	keep := func(g *gorm.DB) {
		if text := g.Statement.SQL.String(); text != "" {
			w.asked = append(w.asked, asked{text, slices.Clone(g.Statement.Vars), g.RowsAffected})
		}
	}
	register := func(g *gorm.DB) error {
		c := g.Callback()
		for _, err := range []error{
			c.Create().After("gorm:create").Register("test:watch", keep), c.Query().After("gorm:query").Register("test:watch", keep),
			c.Update().After("gorm:update").Register("test:watch", keep), c.Delete().After("gorm:delete").Register("test:watch", keep),
			c.Row().After("gorm:row").Register("test:watch", keep), c.Raw().After("gorm:raw").Register("test:watch", keep),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return register(tx.DB) })
	if err == nil && !db.Postgres() {
		err = register(db.Read(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// during returns what was asked while f ran, and how many failures were counted
// in the end.
func (w *watched) during(t *testing.T, f func()) []string {
	t.Helper()
	before := w.failures(t)
	w.asked = nil
	f()
	var lines []string
	for _, a := range slices.Clone(w.asked) {
		if a.rows < 0 && strings.HasPrefix(a.text, "SELECT") {
			a.rows = w.count(t, "SELECT count(*) FROM ("+a.text+") AS rows", a.vars...)
		}
		lines = append(lines, fmt.Sprintf("%d rows: %s", a.rows, counting.ReplaceAllString(a.text, "a failure is counted")))
	}
	return append(lines, fmt.Sprintf("%d failures counted", w.failures(t)-before))
}

func (w *watched) failures(t *testing.T) int64 {
	t.Helper()
	return w.count(t, "SELECT (SELECT sum(failures) FROM authenticators) + (SELECT sum(failures) FROM decoys) + (SELECT COALESCE(sum(failures), 0) FROM recovery_sets)")
}

func (w *watched) count(t *testing.T, sql string, vars ...any) (n int64) {
	t.Helper()
	if err := w.db.SQL().QueryRowContext(t.Context(), sql, vars...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// alike fails the test unless all kinds of answer did the same work.
func alike(t *testing.T, kinds []string, work map[string][]string) {
	t.Helper()
	for _, kind := range kinds {
		if got, want := strings.Join(work[kind], "\n"), strings.Join(work[kinds[0]], "\n"); got != want || got == "" {
			t.Errorf("%s does other work than %s:\n%s\n\n%s", kind, kinds[0], got, want)
		}
	}
}

// TestTiming_SameWorkForCodes (THREATS C6, STANDARDS PS-04): a wrong code, a
// spent one and one of a seller who has no app cost the database the same
// statements, each reading and writing as many rows; and so does what a page
// looks up to answer.
func TestTiming_SameWorkForCodes(t *testing.T) {
	t.Parallel()
	g := newGateway(t, approvalstest.OpenSQLite(t))
	statements, work, kinds := watch(t, g.DB), map[string][]string{}, []string{"wrong", "replayed", "unknown"}
	for _, kind := range kinds {
		g.seller = g.newSeller()
		code := "123456"
		if kind != "unknown" {
			app := g.app()
			if code = app.Code(g.Clock.Now()); kind == "wrong" {
				code = wrongCode(app, g.Clock.Now())
			}
		}
		sub := g.subject()
		work[kind] = statements.during(t, func() {
			_, err := g.auth.ProveCode(g.ctx(), sub, code)
			refused(t, err, approvals.CodeProofWrong)
			if _, err := g.auth.Authenticators(t.Context(), sub.Seller); err != nil {
				t.Error(err)
			}
			_, _ = g.auth.Permitted(t.Context(), sub.Seller, sub.Stage)
		})
	}
	alike(t, kinds, work)
}

// The same for printed codes: wrong, spent, and of a seller who has none.
func TestTiming_SameWorkForRecoveryCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalstest.OpenSQLite(t))
	statements, work, kinds := watch(t, w.db), map[string][]string{}, []string{"wrong", "spent", "unknown"}
	for _, kind := range kinds {
		key, code := w.addSeller("codes-"+kind), "0000-0000-0000-0000-0000-0000"
		guess := func() {
			_, err := w.auth.UseRecoveryCode(t.Context(), key, code)
			refused(t, err, approvals.CodeProofWrong)
		}
		if kind != "unknown" {
			w.enrolApp(key)
			made, err := w.auth.MakeRecoveryCodes(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if kind == "spent" {
				code = made.Codes[0]
				if _, err := w.auth.UseRecoveryCode(t.Context(), key, code); err != nil {
					t.Fatal(err)
				}
			}
		}
		guess() // a seller's first try makes a row of theirs
		work[kind] = statements.during(t, guess)
	}
	alike(t, kinds, work)
}

// The same for passkeys: the seller's own with a bad signature, the one of
// somebody else, and one that nobody ever enrolled.
func TestTiming_SameWorkForPasskeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalstest.OpenSQLite(t))
	strangers := authtest.NewDevice(home)
	if _, err := w.enrol(w.addSeller("stranger"), strangers); err != nil {
		t.Fatal(err)
	}
	statements, work, kinds := watch(t, w.db), map[string][]string{}, []string{"own", "stranger's", "made up"}
	lies := map[string]authtest.Lie{
		"own": authtest.BadSignature(), "stranger's": authtest.CredentialID(strangers.Credentials()[0]), "made up": authtest.CredentialID([]byte("made up")),
	}
	own := authtest.NewDevice(home)
	if _, err := w.enrol(w.seller, own); err != nil {
		t.Fatal(err)
	}
	for _, kind := range append([]string{"made up"}, kinds...) { // a seller's first try makes a row of theirs
		w.pass(auth.MaxPause)
		sub := w.action()
		options, err := w.auth.BeginPasskey(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := own.Get(options, lies[kind])
		if err != nil {
			t.Fatal(err)
		}
		work[kind] = statements.during(t, func() {
			_, err := w.auth.ProvePasskey(t.Context(), sub, answer)
			refused(t, err, approvals.CodeProofWrong)
		})
	}
	alike(t, kinds, work)
}
