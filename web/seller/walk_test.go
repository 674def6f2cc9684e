package seller_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/web/seller"
)

// snapshot is everything the database holds about actions and sellers. What
// belongs to a visit (sessions, challenges, seeds shown) is left out.
func (g *gateway) snapshot() string {
	g.t.Helper()
	var b strings.Builder
	for _, table := range []string{
		"actions", "events", "proofs", "links", "claims", "mails", "deliveries", "cases", "sellers", "contacts", "authenticators", "proving",
	} {
		rows, err := g.db.SQL().QueryContext(g.t.Context(), "SELECT * FROM "+table)
		if err != nil {
			g.t.Fatal(err)
		}
		b.WriteString(dump(g.t, table, rows))
	}
	return b.String()
}

func dump(t *testing.T, table string, rows *sql.Rows) string {
	t.Helper()
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		cells, at := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			at[i] = &cells[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %v", table, cells))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// everyState is every state an action can be driven to, with those of which
// something else depends on.
var everyState = []approvals.State{
	approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation, approvals.Approved,
	approvals.Releasing, approvals.Executed, approvals.ExecutionFailed, approvals.Unresolved, approvals.Held,
	approvals.Cancelled, approvals.Expired, approvals.Failed,
}

// fill puts an action's reference and links into a pattern.
func (g *gateway) fill(pattern string, a approvals.Action) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	purpose := approvals.HandoffLink
	switch {
	case strings.HasPrefix(path, "/confirm"):
		purpose = approvals.ConfirmLink
	case strings.HasPrefix(path, "/cancel"):
		purpose = approvals.StopLink
	case strings.HasPrefix(path, "/verify"):
		purpose = approvals.VerifyLink
	}
	return method, strings.NewReplacer("{ref}", a.Reference, "{token}", g.token(purpose, a)).Replace(path)
}

// visitor is a browser that has come every way there is.
func (g *gateway) visitor(a approvals.Action) *browser {
	g.t.Helper()
	b := g.browser()
	b.keep(g.begin(a, true)) // a proof opens the pages of the whole seller too
	b.mail(approvals.StopLink, a)
	if a.ConfirmSerial > 0 {
		b.mail(approvals.ConfirmLink, a)
	}
	return b
}

// session begins a visit that may open a, also where the hand-off link is spent.
func (b *browser) session(a approvals.Action) {
	b.t.Helper()
	if b.handoff(a).path == "/actions/"+a.Reference || b.get("/actions/"+a.Reference).StatusCode < 400 {
		return
	}
	b.keep(b.g.begin(a, false))
}

// TestAS06_LookingChangesNothing opens every page, in every state, by GET and
// by HEAD (DESIGN rule 2, RELIABILITY D8).
func TestAS06_LookingChangesNothing(t *testing.T) {
	t.Parallel()
	for _, state := range everyState {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			a := g.Create(t)
			g.phone(a)
			a = g.drive(a, state)
			b := g.visitor(a)
			before := g.snapshot()
			for _, pattern := range seller.New(g.config).Patterns() {
				method, path := g.fill(pattern, a)
				if method != http.MethodGet {
					continue
				}
				for range 2 {
					if got := b.copied().send(http.MethodGet, path, nil); got.StatusCode >= 500 {
						t.Errorf("GET %s: %d", pattern, got.StatusCode)
					}
					if got := b.copied().send(http.MethodHead, path, nil); got.StatusCode >= 500 || got.body != "" {
						t.Errorf("HEAD %s: %d, %d bytes", pattern, got.StatusCode, len(got.body))
					}
				}
				if after := g.snapshot(); after != before {
					t.Fatalf("looking at %s changed\n%s\nto\n%s", pattern, before, after)
				}
			}
		})
	}
}

// TestHeadCreatesNothing: a HEAD leaves no session and no cookie.
func TestHeadCreatesNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a := g.drive(g.Create(t), approvals.AwaitingConfirmation)
	for _, path := range []string{
		"/cancel/" + g.token(approvals.StopLink, a), "/confirm/" + g.token(approvals.ConfirmLink, a), "/h/" + g.token(approvals.HandoffLink, g.Create(t)),
	} {
		b := g.browser()
		if got := b.send(http.MethodHead, path, nil); len(got.Cookies()) > 0 {
			t.Errorf("HEAD %s set %d cookies", path[:9], len(got.Cookies()))
		}
	}
	var sessions int
	if err := g.db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM sessions").Scan(&sessions); err != nil {
		t.Fatal(err)
	}
	if sessions > 0 {
		t.Errorf("%d sessions", sessions)
	}
}
