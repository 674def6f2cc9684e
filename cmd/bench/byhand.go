package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver of the gateway, used by hand
)

// handmade is the peer on SQLite: the moves of a lifecycle with statements
// written by hand, each move one transaction on the one connection that writes.
type handmade struct {
	db                     *sql.DB
	mu                     sync.Mutex // callers take turns
	insert, update, happen *sql.Stmt
	synchronous            string
}

// newHandmade makes a database with SQLite's own durability setting: FULL, as
// the gateway has it, or NORMAL, which may lose the last commits with the power.
func (b *bench) newHandmade(ctx context.Context, synchronous string) (_ *handmade, err error) {
	b.made++
	path := filepath.Join(b.dir, fmt.Sprintf("byhand-%d.db", b.made))
	pragmas := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(" + synchronous + ")", "busy_timeout(10000)", "foreign_keys(1)"}, "_txlock": {"immediate"}}
	h := &handmade{synchronous: synchronous}
	if h.db, err = sql.Open("sqlite", "file:"+path+"?"+pragmas.Encode()); err != nil {
		return nil, err
	}
	h.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			err = errors.Join(err, h.db.Close())
		}
	}()
	for _, statement := range byHand[sqliteKind] {
		if _, err := h.db.ExecContext(ctx, statement); err != nil {
			return nil, err
		}
	}
	for _, s := range []struct {
		into  **sql.Stmt
		query string
	}{
		{&h.insert, "INSERT INTO moved (seller, details, state, version, moved_at, due_at) VALUES (?, ?, ?, 1, ?, ?)"},
		{&h.update, "UPDATE moved SET state = ?, version = ?, moved_at = ?, due_at = ? WHERE id = ? AND version = ?"},
		{&h.happen, "INSERT INTO happened (action, version, verb, at, data) VALUES (?, ?, ?, ?, ?)"},
	} {
		if *s.into, err = h.db.PrepareContext(ctx, s.query); err != nil {
			return nil, err
		}
	}
	return h, nil
}

var payload = bytes.Repeat([]byte{0xab}, 300)

// lifecycle makes the moves of one action.
func (h *handmade) lifecycle(ctx context.Context, caller int) error {
	var id int64
	for i, verb := range verbs {
		if err := h.move(ctx, &id, i, verb, caller); err != nil {
			return err
		}
	}
	return nil
}

func (h *handmade) move(ctx context.Context, id *int64, i int, verb string, caller int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after Commit
	now := time.Now()
	at, due := now.UnixMicro(), now.Add(24*time.Hour).UnixMicro()
	if i == 0 {
		made, err := tx.StmtContext(ctx, h.insert).ExecContext(ctx, fmt.Sprintf("seller-%d", caller), payload, verb, at, due)
		if err != nil {
			return err
		}
		if *id, err = made.LastInsertId(); err != nil {
			return err
		}
	} else if _, err := tx.StmtContext(ctx, h.update).ExecContext(ctx, verb, i+1, at, due, *id, i); err != nil {
		return err
	}
	if _, err := tx.StmtContext(ctx, h.happen).ExecContext(ctx, *id, i+1, verb, at, `{"method":"passkey"}`); err != nil {
		return err
	}
	return tx.Commit()
}

func (h *handmade) contender(callers int) contender {
	name := fmt.Sprintf("by hand, %s, one commit a move", h.synchronous)
	return contender{name, func(ctx context.Context, d time.Duration) (float64, error) {
		return drive(ctx, callers, d, h.lifecycle)
	}}
}

func (h *handmade) close() error { return h.db.Close() }
