package approvaldb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
)

var errUndo = errors.New("undo")

// attempt runs f in a transaction, makes the database check everything it would
// check at the commit, and takes it all back.
func attempt(t *testing.T, w *approvalstest.World, f func(tx *approvaldb.Tx) error) error {
	t.Helper()
	err := w.DB.InTx(t.Context(), func(tx *approvaldb.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if err := checkDeferred(w.DB, tx); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

var errDeferred = errors.New("a foreign key does not hold at the end of the transaction")

func checkDeferred(db *approvaldb.DB, tx *approvaldb.Tx) error {
	if db.Postgres() {
		return tx.Exec("SET CONSTRAINTS ALL IMMEDIATE").Error
	}
	var broken []struct{ Table string }
	if err := tx.Raw("PRAGMA foreign_key_check").Scan(&broken).Error; err != nil {
		return err
	}
	if len(broken) > 0 {
		return errDeferred
	}
	return nil
}

// byDatabase reports whether err is the database's own refusal: a rule, a
// check, a key, one sealed with a key that was removed.
func byDatabase(err error) bool {
	return errors.Is(err, gorm.ErrCheckConstraintViolated) || errors.Is(err, gorm.ErrDuplicatedKey) ||
		errors.Is(err, gorm.ErrForeignKeyViolated) || errors.Is(err, errDeferred) || err != nil && strings.Contains(err.Error(), "_removed_key_")
}

// stepOf is an action one version on, and the event of that step.
func stepOf(a approvals.Action, to approvals.State, now time.Time) (approvals.Action, audit.Event) {
	from := a.State
	a.State = to
	a.Version++
	a.MovedAt = now
	return a, eventOf(a, from)
}

func eventOf(a approvals.Action, from approvals.State) audit.Event {
	return audit.Event{
		ID: approvalstest.NewID(), Marketplace: string(a.Marketplace), Seller: string(a.Seller), Action: string(a.ID),
		Version: a.Version, Generation: a.Generation, Verb: "raw", From: string(from), To: string(a.State),
		Actor: audit.Actor{Type: audit.System}, At: a.MovedAt,
	}
}

// moveRaw writes a move of old to a by hand, in the order the schema wants: what
// the rules look at, the action, and what is compared with it.
func moveRaw(tx *approvaldb.Tx, old, a approvals.Action, proofs ...approvals.Proof) error {
	for _, p := range proofs {
		if err := tx.ForceProof(p); err != nil {
			return err
		}
	}
	if err := tx.ForceNotices(old, a); err != nil {
		return err
	}
	if err := tx.Force(a); err != nil {
		return err
	}
	if a.Claims > old.Claims {
		c := approvals.Change{Action: a, Claim: &approvals.Claim{Number: a.Claims, Digest: a.Digest, At: a.ClaimedAt}}
		if err := tx.ForceClaim(c); err != nil {
			return err
		}
	}
	return tx.Record(eventOf(a, old.State))
}
