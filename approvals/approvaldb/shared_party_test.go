package approvaldb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// party is callers that come to an SQLite database one after the other while
// somebody has the turn, so that they share what follows.
type party struct {
	t     *testing.T
	db    *approvaldb.DB
	free  chan struct{}
	all   sync.WaitGroup
	errs  map[string]error
	mu    sync.Mutex
	runs  map[string]int
	first chan struct{}
}

func newParty(t *testing.T) *party {
	t.Helper()
	p := &party{t: t, db: approvalstest.OpenSQLite(t), free: make(chan struct{}), first: make(chan struct{}), errs: map[string]error{}, runs: map[string]int{}}
	for _, s := range []string{
		"CREATE TABLE came (n INTEGER PRIMARY KEY AUTOINCREMENT, who TEXT NOT NULL UNIQUE) STRICT",
		"CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT",
		"CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
	} {
		p.must(p.db.InTx(t.Context(), func(tx *approvaldb.Tx) error { return tx.Exec(s).Error }))
	}
	p.all.Go(func() {
		p.note("first", p.db.InTx(t.Context(), func(*approvaldb.Tx) error { close(p.first); <-p.free; return nil }))
	})
	<-p.first
	return p
}

func (p *party) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *party) note(who string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs[who] = err
}

// comes lets a caller join the line: it writes its name and then does what
// then says.
func (p *party) comes(ctx context.Context, who string, then func(tx *approvaldb.Tx) error) {
	p.t.Helper()
	before := p.db.Waiting()
	p.all.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				p.note(who, fmt.Errorf("panic: %v", r))
			}
		}()
		p.note(who, p.db.InTx(ctx, func(tx *approvaldb.Tx) error {
			p.mu.Lock()
			p.runs[who]++
			p.mu.Unlock()
			if err := tx.Exec("INSERT INTO came (who) VALUES (?)", who).Error; err != nil {
				return err
			}
			return then(tx)
		}))
	})
	for range 2000 {
		if p.db.Waiting() > before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	p.t.Fatalf("%s never came into the line", who)
}

// only writes its name.
func only(*approvaldb.Tx) error { return nil }

// leaves lets the first one go and waits for all.
func (p *party) leaves() {
	close(p.free)
	p.all.Wait()
}

// came reads who is in the database, in order, as anybody else sees it.
func (p *party) came() (who []string) {
	p.t.Helper()
	p.must(p.db.Read(p.t.Context()).Raw("SELECT who FROM came ORDER BY n").Scan(&who).Error)
	return who
}
