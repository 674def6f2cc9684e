package approvaldb

import (
	"fmt"

	"gorm.io/gorm"

	"countersign/approvals"
)

// load reads an action whose row was found by scope, with its family. scope may
// lock the row; what belongs to it is read afterwards, because a statement that
// waits for a lock sees the locked row as it is and every other as it was.
func (k core) load(db, scope *gorm.DB) (family, error) {
	for range maxRuns {
		var row actionRow
		if err := one(k.db, scope.Session(&gorm.Session{}), &row); err != nil {
			return family{}, err
		}
		a, err := k.action(row)
		if err != nil {
			return family{}, err
		}
		f := family{action: a}
		if err := f.read(db); err != nil {
			return family{}, err
		}
		if f.version == row.Version {
			return f, nil
		}
	}
	return family{}, fmt.Errorf("%w: action changes faster than it can be read", approvals.Refuse(approvals.CodeUnavailable))
}

// byKey narrows db to one action of one marketplace.
func byKey(db *gorm.DB, key approvals.ActionKey) (*gorm.DB, error) {
	if !wellFormed(string(key.ID)) {
		return nil, notFound()
	}
	return db.Where("marketplace = ? AND id = ?", string(key.Marketplace), string(key.ID)), nil
}

// lockAction loads an action with its row locked until the transaction ends.
func (k core) lockAction(tx *Tx, key approvals.ActionKey) (family, error) {
	scope, err := byKey(tx.Lock(), key)
	if err != nil {
		return family{}, err
	}
	return k.load(tx.DB, scope)
}

// isOpen is the predicate of the index actions_one_open, to the letter: a
// planner uses a partial index only for what it can see.
const isOpen = "state NOT IN ('executed', 'execution_failed', 'cancelled', 'denied', 'expired', 'failed')"
