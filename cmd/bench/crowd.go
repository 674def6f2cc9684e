package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/approvals"
)

// crowdBatch is how many actions one transaction adds.
const crowdBatch = 20_000

// crowd brings the actions of e's database to n by copying one that the service
// made, row by row and through all constraints and triggers: each with a seller
// of its own, a contact, a notice, links, its event, its sighting and what is kept
// of its destination. All of
// them wait for their step-up for a day, the case in which every partial index
// holds every one. They are never touched: the copies of sealed details do not
// open.
func (e *engine) crowd(ctx context.Context, n int) error {
	model, err := e.service.Create(ctx, e.request("model-"+newID()))
	if err != nil {
		return fmt.Errorf("make the model: %w", err)
	}
	c, err := e.newCrowd(ctx, model)
	if err != nil {
		return err
	}
	c.stride = max(1, n/crowdSample)
	for n--; n > 0; n -= crowdBatch {
		if err := c.add(ctx, min(n, crowdBatch)); err != nil {
			return fmt.Errorf("fill the database: %w", err)
		}
	}
	return c.settle(ctx)
}

// One in crowdHot, enough for every bounded count to reach its bound in a thousand,
// of a crowd names the model's destination, the others one each.
// Of some crowdSample, drawn evenly, the engine remembers who they are.
const crowdHot, crowdSample = 20, 512

// crowded is a seller of a crowd with the destination it named.
type crowded struct {
	seller      approvals.SellerID
	self        approvals.Trait
	fingerprint string
}

// crowd copies one action.
type crowd struct {
	e       *engine
	copying []string // statements, one a table
	made    int
	stride  int // one in so many is remembered
}

// places are the tables an action has rows in, in the order that the rules of
// the schema ask for, what singles out the model's rows, and which columns
// differ from them. The model's rows are looked up once a batch: a planner without
// statistics would look for them once a copy. s is the model's row, c the copy's
// numbers, only which copies get one, where not all do.
var places = []struct {
	table, of string
	differ    map[string]string
	only      string
}{
	{"sellers", "s.id = '%[2]s'", map[string]string{"id": "c.seller"}, ""},
	{"contacts", "s.seller = '%[2]s'", map[string]string{"seller": "c.seller", "email": "c.seller || '@sellers.example'"}, ""},
	{"actions", "s.id = '%[1]s'", map[string]string{"id": "c.action", "seller": "c.seller", "fingerprint": "c.fingerprint"}, ""},
	{"notices", "s.action = '%[1]s'", map[string]string{"action": "c.action", "email": "c.seller || '@sellers.example'"}, ""},
	{"events", "s.action = '%[1]s'", map[string]string{"id": "c.event", "action": "c.action", "seller": "c.seller"}, ""},
	{"links", "s.action = '%[1]s'", map[string]string{"action": "c.action", "hash": "CASE s.purpose WHEN 'stop' THEN c.stop ELSE c.handoff END"}, ""},
	{"sightings", "s.action = '%[1]s'", map[string]string{"id": "c.sighting", "action": "c.action", "seller": "c.seller", "fingerprint": "c.fingerprint"}, ""},
	{"destinations", "s.scope = '%[6]s' AND s.fingerprint = '%[3]s'", map[string]string{"fingerprint": "c.fingerprint"}, " WHERE c.fingerprint <> s.fingerprint"},
	{"destination_sellers", "s.scope = '%[6]s' AND s.fingerprint = '%[3]s' AND s.marketplace = '%[6]s' AND s.seller = '%[2]s'",
		map[string]string{"seller": "c.seller", "fingerprint": "c.fingerprint", "proved_at": "s.first_at"}, ""},
	{"traits", "s.trait = %[5]d AND s.seen_at = (SELECT min(seen_at) FROM traits WHERE trait = %[5]d) AND s.seller = %[4]d", map[string]string{"seller": "c.self"}, ""},
}

func (e *engine) newCrowd(ctx context.Context, model approvals.Action) (*crowd, error) {
	c := &crowd{e: e}
	e.hot = model.Fingerprint
	self, err := e.modelTraits(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		columns, err := columnsOf(ctx, e.db.SQL(), p.table)
		if err != nil {
			return nil, err
		}
		values := make([]string, len(columns))
		for i, column := range columns {
			if values[i] = p.differ[column]; values[i] == "" {
				values[i] = "s." + column
			}
		}
		of := fmt.Sprintf(p.of, model.ID, model.Seller, model.Fingerprint, self, e.traits[0], model.Marketplace)
		c.copying = append(c.copying, fmt.Sprintf("WITH model AS MATERIALIZED (SELECT * FROM %[1]s s WHERE %[2]s) INSERT INTO %[1]s (%[3]s) SELECT %[4]s FROM model s CROSS JOIN copies c%[5]s ORDER BY c.n",
			p.table, of, strings.Join(columns, ", "), strings.Join(values, ", "), p.only))
	}
	text, blob := "TEXT", "BLOB"
	id := text
	if e.db.Postgres() {
		blob, id = "bytea", "uuid"
	}
	_, err = e.db.SQL().ExecContext(ctx, fmt.Sprintf(
		"CREATE TABLE copies (n bigint PRIMARY KEY, seller %[1]s, self bigint, fingerprint %[1]s, action %[2]s, event %[2]s, sighting %[2]s, handoff %[3]s, stop %[3]s)", text, id, blob))
	return c, err
}

// modelTraits finds what the model has in common with its copies, and which seller
// it counts for. One of the traits is copied: a look stops counting at a few.
func (e *engine) modelTraits(ctx context.Context) (self approvals.Trait, err error) {
	rows, err := e.db.SQL().QueryContext(ctx, "SELECT trait, seller FROM traits ORDER BY trait")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var t approvals.Trait
		if err := rows.Scan(&t, &self); err != nil {
			return 0, err
		}
		e.traits = append(e.traits, t)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if len(e.traits) == 0 {
		return 0, errors.New("the model has no traits")
	}
	return self, nil
}

func columnsOf(ctx context.Context, db *sql.DB, table string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	return columns, err
}

// add makes n copies in one transaction.
func (c *crowd) add(ctx context.Context, n int) error {
	tx, err := c.e.db.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after Commit
	if c.e.db.Postgres() {
		if _, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0"); err != nil {
			return err
		}
	}
	if err := c.number(ctx, tx, n); err != nil {
		return err
	}
	for _, statement := range append(slices.Clone(c.copying), "DELETE FROM copies") {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w: %s", err, statement)
		}
	}
	return tx.Commit()
}

// number writes the ids of n copies, as the gateway would have made them.
func (c *crowd) number(ctx context.Context, tx *sql.Tx, n int) error {
	const columns, group = 9, 500
	for from := 0; from < n; from += group {
		var values []any
		var marks []string
		for i := range min(group, n-from) {
			var mark []string
			for range columns {
				mark = append(mark, "$"+strconv.Itoa(len(values)+len(mark)+1))
			}
			marks = append(marks, "("+strings.Join(mark, ", ")+")")
			someone := crowded{
				seller: approvals.SellerID("crowd-" + newID()), self: approvals.Trait(binary.NativeEndian.Uint64(random(8))), //nolint:gosec // any number
				fingerprint: hex.EncodeToString(random(32)),
			}
			if i%crowdHot == 0 {
				someone.fingerprint = c.e.hot
			}
			if c.made++; c.made%c.stride == 0 {
				c.e.sample = append(c.e.sample, someone)
			}
			values = append(values, from+i, string(someone.seller), int64(someone.self), someone.fingerprint, newID(), newID(), newID(), random(32), random(32))
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO copies VALUES "+strings.Join(marks, ", "), values...); err != nil {
			return err
		}
	}
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// settle leaves the database as one that has grown by and by: with statistics
// and visibility maps, and nothing left to write out.
func (c *crowd) settle(ctx context.Context) error {
	statements := []string{"DROP TABLE copies", "PRAGMA wal_checkpoint(TRUNCATE)"}
	if c.e.db.Postgres() {
		statements = []string{"DROP TABLE copies", "SET statement_timeout = 0", "VACUUM ANALYZE", "CHECKPOINT"}
	}
	conn, err := c.e.db.SQL().Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if c.e.db.Postgres() {
		_, err = conn.ExecContext(ctx, "SET statement_timeout = '5s'")
	}
	return err
}
