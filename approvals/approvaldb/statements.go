package approvaldb

import (
	"context"
	"database/sql/driver"
	"strings"
)

// SQLite spends more on reading a statement, with the triggers it brings, than
// on running it. So each connection keeps the statements it has prepared and
// runs them again; database/sql and gorm know nothing of it.

const (
	keptStatements = 256     // on one connection
	keptLength     = 8 << 10 // bytes of text; what is longer is a bulk load
)

// keeper is a connector whose connections keep their statements.
type keeper struct{ driver.Connector }

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := c.(sqliteConn)
	if !ok {
		return c, nil
	}
	return &keepingConn{sqliteConn: full, idle: map[string]driver.Stmt{}}, nil
}

// sqliteConn is all that the driver's connection can do and database/sql uses.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keepingConn is used by one goroutine at a time, as database/sql promises. A
// statement that runs is not idle, so that the same text can run inside itself.
type keepingConn struct {
	sqliteConn
	idle map[string]driver.Stmt
}

func (c *keepingConn) Close() error {
	for _, s := range c.idle {
		_ = s.Close()
	}
	clear(c.idle)
	return c.sqliteConn.Close()
}

// ExecContext implements driver.ExecerContext.
func (c *keepingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, ok, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.sqliteConn.ExecContext(ctx, query, args)
	}
	result, err := s.(driver.StmtExecContext).ExecContext(ctx, args)
	c.giveBack(query, s, err)
	return result, err
}

// QueryContext implements driver.QueryerContext.
func (c *keepingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, ok, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if !ok {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		c.giveBack(query, s, err)
		return nil, err
	}
	return &keptRows{Rows: rows, done: func(err error) { c.giveBack(query, s, err) }}, nil
}

// take returns an idle statement of this text, or prepares one. ok is false for
// what is not worth keeping.
func (c *keepingConn) take(ctx context.Context, query string) (s driver.Stmt, ok bool, err error) {
	if s, ok = c.idle[query]; ok {
		delete(c.idle, query)
		return s, true, nil
	}
	if len(query) > keptLength || !repeats(query) {
		return nil, false, nil
	}
	s, err = c.PrepareContext(ctx, query)
	return s, err == nil, err
}

// repeats reports whether a statement reads or writes rows, or marks where to go
// back to. One that changes
// the schema or a setting is run once.
func repeats(query string) bool {
	text := strings.TrimLeft(query, " \t\r\n")
	for strings.HasPrefix(text, "--") { // River's statements begin with their name
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimLeft(text, " \t\r\n")
	}
	verb, _, _ := strings.Cut(text, " ")
	switch strings.ToUpper(strings.TrimRight(verb, "\r\n\t")) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE":
		return true
	}
	return false
}

// giveBack keeps a statement for the next time. One that failed is closed.
func (c *keepingConn) giveBack(query string, s driver.Stmt, err error) {
	if _, taken := c.idle[query]; taken || err != nil {
		_ = s.Close()
		return
	}
	if len(c.idle) >= keptStatements {
		for text, old := range c.idle { // any one: they come back when they are used
			_ = old.Close()
			delete(c.idle, text)
			break
		}
	}
	c.idle[query] = s
}

// keptRows gives its statement back when it is closed.
type keptRows struct {
	driver.Rows
	done func(error)
}

func (r *keptRows) Close() error {
	err := r.Rows.Close()
	if r.done != nil {
		r.done(err)
		r.done = nil
	}
	return err
}
