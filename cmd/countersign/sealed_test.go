package main

import (
	"database/sql"
	"regexp"
	"strings"
	"testing"

	"countersign/approvals/approvalstest"
)

// plain are the columns of bytes that are not sealed, and why that is right. A
// column called hash or digest is one.
var plain = map[string]string{
	"approver_challenges.ceremony":    "random bytes that are worth nothing without a passkey, and soon gone",
	"approver_challenges.subject":     "a hash",
	"approver_passkeys.credential_id": "public: the page is given it",
	"approver_proofs.evidence":        "public keys and signatures, to be verified by others",
	"authenticators.credential_id":    "public: the page is given it",
	"challenges.ceremony":             "random bytes that are worth nothing without an authenticator, and soon gone",
	"devices.public_key":              "the public half of a browser's key",
	"decoys.filler":                   "zeros: they make the row as long as an app's",
	"limits.key":                      "a hash of what is limited and for whom",
	"people.handle":                   "random, and public",
	"people_challenges.ceremony":      "random bytes that are worth nothing without a passkey, and soon gone",
	"people_challenges.subject":       "a hash",
	"people_passkeys.credential_id":   "public: the page is given it",
	"people_sessions.content":         "what a page shows; the cookie's id is a hash",
	"proofs.evidence":                 "public keys and signatures, to be verified by others",
	"removed_keys.prefix":             "the id of a key",
	"sessions.content":                "what a page shows; the cookie's id is a hash",
	"user_handles.handle":             "random, and public",
}

// TestSealedColumnsAreListed (AS-44, PS-16): every column of bytes, in the schema of
// either dialect, is sealed and in the list that a rotation works through, or is
// named above with the reason why not. A sealed one has the rules that keep
// values under removed keys out.
func TestSealedColumnsAreListed(t *testing.T) {
	t.Parallel()
	for _, d := range []struct{ name, columns, rules string }{
		{"sqlite", "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'BLOB'",
			"SELECT name FROM sqlite_master WHERE type = 'trigger'"},
		{"postgres", "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'",
			"SELECT tgname FROM pg_trigger"},
	} {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			open := approvalstest.OpenSQLite
			if d.name == "postgres" {
				open = approvalstest.OpenPostgres
			}
			pool := open(t).SQL()
			columns, rules := texts(t, pool, d.columns), texts(t, pool, d.rules)
			checkSealed(t, columns, rules)
		})
	}
}

func checkSealed(t *testing.T, columns, rules map[string]bool) {
	t.Helper()
	sealed := map[string]bool{}
	for _, c := range sealedColumns() {
		name := c.Table + "." + c.Column
		if sealed[name] = true; !columns[name] {
			t.Errorf("%s is listed as sealed and is not in the schema", name)
		}
		for _, rule := range []string{c.Table + "_removed_key_insert", c.Table + "_removed_key_update"} {
			if !rules[rule] {
				t.Errorf("%s is sealed, and the schema has no rule %s", name, rule)
			}
		}
	}
	for name := range columns {
		switch why, is := plain[name]; {
		case strings.HasPrefix(name, "river_"), strings.HasPrefix(name, "goose_"), strings.HasSuffix(name, "hash"), strings.HasSuffix(name, ".digest"):
		case sealed[name] && is:
			t.Errorf("%s is sealed, and plain because it is %s", name, why)
		case !sealed[name] && !is:
			t.Errorf("%s: add it to SealedColumns of the package that seals it, with the rules of migration 10, or say in plain why it is not sealed", name)
		}
	}
	for name := range plain {
		if !columns[name] {
			t.Errorf("%s is said to be plain and is not in the schema", name)
		}
	}
}

// TestWhatTheSchemaCallsSealedIsListed: the comments of the schema, which SQLite
// keeps, and the list agree.
func TestWhatTheSchemaCallsSealedIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, c := range sealedColumns() {
		listed[c.Table+"."+c.Column] = true
	}
	said := regexp.MustCompile(`(?m)^\s*(\w+) .*-- sealed`)
	found := 0
	for text := range texts(t, approvalstest.OpenSQLite(t).SQL(), "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL") {
		table, body, _ := strings.Cut(text, " ")
		for _, m := range said.FindAllStringSubmatch(body, -1) {
			if found++; !listed[table+"."+m[1]] {
				t.Errorf("the schema says that %s.%s is sealed, and the list does not have it", table, m[1])
			}
		}
	}
	if found < 4 {
		t.Errorf("found only %d columns said to be sealed", found)
	}
}

func texts(t *testing.T, pool *sql.DB, query string) map[string]bool {
	t.Helper()
	rows, err := pool.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all[text] = true
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
