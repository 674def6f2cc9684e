package migrations_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/approvals/approvalstest"
)

// TestSameSchema: both dialects have the same tables, columns, nullability,
// types, keys, checks, indexes and triggers by name.
func TestSameSchema(t *testing.T) {
	t.Parallel()
	lite := sqliteSchema(t, approvalstest.OpenSQLite(t).SQL())
	post := postgresSchema(t, approvalstest.OpenPostgres(t).SQL())
	if len(lite) < 100 {
		t.Fatalf("read only %d facts about the schema: %v", len(lite), lite)
	}
	for _, fact := range lite {
		if !slices.Contains(post, fact) {
			t.Errorf("only SQLite has: %s", fact)
		}
	}
	for _, fact := range post {
		if !slices.Contains(lite, fact) {
			t.Errorf("only PostgreSQL has: %s", fact)
		}
	}
}

// ours leaves out the tables of goose, of River and of SQLite.
func ours(table string) bool {
	for _, other := range []string{"goose_", "river_", "sqlite_"} {
		if strings.HasPrefix(table, other) {
			return false
		}
	}
	return true
}

func sqliteSchema(t *testing.T, db *sql.DB) []string {
	var facts []string
	named := regexp.MustCompile(`(?m)CONSTRAINT (\w+) (PRIMARY KEY|UNIQUE|CHECK)`)
	foreign := regexp.MustCompile(`(?m)CONSTRAINT (\w+) (FOREIGN KEY .*?),?$`)
	for _, r := range rows(t, db, "SELECT type, tbl_name, name, coalesce(sql, '') FROM sqlite_master") {
		kind, table, name, text := r[0], r[1], r[2], r[3]
		if !ours(table) {
			continue
		}
		switch kind {
		case "trigger":
			facts = append(facts, "trigger "+table+"."+name)
		case "table":
			for _, m := range named.FindAllStringSubmatch(text, -1) {
				if !strings.HasSuffix(m[1], "_bool") { // PostgreSQL has the type
					facts = append(facts, fmt.Sprintf("constraint %s.%s %s", table, m[1], m[2]))
				}
			}
			for _, m := range foreign.FindAllStringSubmatch(text, -1) {
				facts = append(facts, fmt.Sprintf("key %s.%s %s", table, m[1], strings.ReplaceAll(m[2], " ", "")))
			}
			for _, c := range rows(t, db, `SELECT name, type, "notnull" FROM pragma_table_info('`+table+`')`) {
				facts = append(facts, fmt.Sprintf("column %s.%s %s notnull=%s", table, c[0], c[1], c[2]))
			}
			for _, i := range rows(t, db, `SELECT name, "unique", partial FROM pragma_index_list('`+table+`') WHERE origin = 'c'`) {
				cols := rows(t, db, `SELECT name FROM pragma_index_info('`+i[0]+`') ORDER BY seqno`)
				facts = append(facts, fmt.Sprintf("index %s.%s unique=%s partial=%s %s", table, i[0], i[1], i[2], strings.Join(slices.Concat(cols...), ",")))
			}
		}
	}
	slices.Sort(facts)
	return facts
}

func postgresSchema(t *testing.T, db *sql.DB) []string {
	var facts []string
	types := map[string]string{"text": "TEXT", "uuid": "TEXT", "timestamp with time zone": "INTEGER", "bigint": "INTEGER", "boolean": "INTEGER", "bytea": "BLOB"}
	for _, c := range rows(t, db, `SELECT table_name, column_name, data_type, CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END
		FROM information_schema.columns WHERE table_schema = 'public'`) {
		if ours(c[0]) {
			facts = append(facts, fmt.Sprintf("column %s.%s %s notnull=%s", c[0], c[1], types[c[2]], c[3]))
		}
	}
	kinds := map[string]string{"p": "PRIMARY KEY", "u": "UNIQUE", "c": "CHECK"}
	for _, c := range rows(t, db, `SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid)
		FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'`) {
		switch {
		case !ours(c[0]):
		case c[2] == "f":
			facts = append(facts, fmt.Sprintf("key %s.%s %s", c[0], c[1], strings.ReplaceAll(c[3], " ", "")))
		default:
			facts = append(facts, fmt.Sprintf("constraint %s.%s %s", c[0], c[1], kinds[c[2]]))
		}
	}
	for _, i := range rows(t, db, `SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisunique::int, (i.indpred IS NOT NULL)::int,
		(SELECT string_agg(a.attname, ',' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = i.indexrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE c.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))`) {
		if ours(i[0]) {
			facts = append(facts, fmt.Sprintf("index %s.%s unique=%s partial=%s %s", i[0], i[1], i[2], i[3], i[4]))
		}
	}
	for _, g := range rows(t, db, `SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal`) {
		if ours(g[0]) && !strings.HasSuffix(g[1], "_truncate") { // SQLite has no TRUNCATE
			facts = append(facts, "trigger "+g[0]+"."+g[1])
		}
	}
	slices.Sort(facts)
	return facts
}

// TestSameChecks: a constraint or rule of one name says the same on both, as
// far as it is written down there and not in a function.
func TestSameChecks(t *testing.T) {
	t.Parallel()
	lite, post := checks(t, "sqlite"), checks(t, "postgres")
	if len(post) < 40 {
		t.Fatalf("found only %d checks: %v", len(post), post)
	}
	for name, want := range post {
		if got := lite[name]; got != want {
			t.Errorf("%s\nPostgreSQL: %s\nSQLite:     %s", name, want, got)
		}
	}
}

// checks returns the text of every CHECK and every trigger's WHEN by name.
func checks(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	paths, err := filepath.Glob(folder + "/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	check := regexp.MustCompile(`CONSTRAINT (\w+) CHECK \(`)
	when := regexp.MustCompile(`(?s)CREATE TRIGGER (\w+) BEFORE [^;]*?\nWHEN (.*?)\n(?:BEGIN|EXECUTE)`)
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(string(raw), "-- +goose Down")
		for _, m := range check.FindAllStringSubmatchIndex(text, -1) {
			found[text[m[2]:m[3]]] = words(inner(text[m[1]-1:]))
		}
		for _, m := range when.FindAllStringSubmatch(text, -1) {
			condition := strings.TrimSpace(m[2])
			if folder == "postgres" {
				condition = inner(condition)
			}
			found["WHEN "+m[1]] = words(condition)
		}
	}
	return found
}

// inner returns what stands in the parentheses that text begins with.
func inner(text string) string {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return text[1:i]
			}
		}
	}
	return text
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// rows returns what query finds, as text.
func rows(t *testing.T, db *sql.DB, query string) [][]string {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for found.Next() {
		row := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
