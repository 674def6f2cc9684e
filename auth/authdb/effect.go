package authdb

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// Effect takes part in every change of an action and does what an
// authenticator.add or authenticator.remove is about, in the transaction of the
// change: it is for approvaldb.Config.Effect. The action's own event is the
// audit line.
//
// An authenticator.add is created only about a pending authenticator of its
// seller that no other action is about; executed, the authenticator may approve
// money from that moment, because the action's wait was its quarantine (DESIGN
// rule 11); any other end switches it off. An authenticator.remove is created
// only about one that is enrolled, and switches it off when it is executed.
// CodeNotFound refuses an action about any other. CodeLastAuthenticator refuses
// a removal that would leave nothing: when it is created nothing enrolled, when
// it is executed nothing that can approve money by then.
func Effect(tx *approvaldb.Tx, before, after approvals.Action) error {
	ref, ok := approvals.AuthenticatorOf(after)
	if !ok {
		return nil
	}
	e := effect{tx, after, ref}
	if before.ID == "" {
		if err := e.created(); err != nil {
			return fmt.Errorf("%s %s: %w", after.Kind, after.ID, err)
		}
	}
	if !after.State.Final() || before.State == after.State {
		return nil
	}
	if err := e.ended(); err != nil {
		return fmt.Errorf("%s %s: %w", after.Kind, after.ID, err)
	}
	return nil
}

// effect is one change of an action about an authenticator.
type effect struct {
	tx    *approvaldb.Tx
	after approvals.Action
	ref   approvals.AuthenticatorRef
}

// row is the authenticator the action is about, among its seller's.
func (e effect) row() *gorm.DB {
	return e.tx.Model(&authenticatorRow{}).
		Where("id = ? AND "+ofSeller+" AND method = ? AND disabled_at IS NULL", e.ref.ID, e.after.Marketplace, e.after.Seller, e.ref.Method)
}

func (e effect) created() error {
	if !isID(e.ref.ID) {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	if e.after.Kind == approvals.AuthenticatorRemove {
		var n int64
		err := e.row().Where("usable_from IS NOT NULL").Count(&n).Error
		if err := oneRow(n, err); err != nil {
			return err
		}
		return e.another("usable_from IS NOT NULL")
	}
	done := e.row().Where("added = ? AND usable_from IS NULL AND added_by IS NULL AND created_at > ?",
		addedWithProof, approvaldb.At(e.after.CreatedAt.Add(-auth.PendingLife))).
		Updates(map[string]any{"added_by": string(e.after.ID)})
	return oneRow(done.RowsAffected, done.Error)
}

func oneRow(n int64, err error) error {
	if err == nil && n != 1 {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	return err
}

func (e effect) ended() error {
	executed := e.after.State == approvals.Executed
	switch {
	case e.after.Kind == approvals.AuthenticatorAdd && executed:
		done := e.pending().Updates(map[string]any{"usable_from": approvaldb.At(e.after.MovedAt)})
		if done.Error == nil && done.RowsAffected != 1 {
			return fmt.Errorf("%w: authenticator %s is not pending", approvals.ErrBroken, e.ref.ID)
		}
		if done.Error != nil {
			return done.Error
		}
		return e.tell(approvals.SecurityAuthenticatorAdded)
	case e.after.Kind == approvals.AuthenticatorAdd:
		return off(e.pending(), e.after.MovedAt).Error
	case executed:
		if err := e.another("usable_from <= ?", approvaldb.At(e.after.MovedAt)); err != nil {
			return err
		}
		if err := off(e.row(), e.after.MovedAt).Error; err != nil {
			return err
		}
		return e.tell(approvals.SecurityAuthenticatorRemoved)
	}
	return nil // not removed
}

// another refuses the removal of the last one. The seller's others are locked,
// so that none is switched off at the same time.
func (e effect) another(such string, args ...any) error {
	var others []string
	err := e.tx.Lock().Model(&authenticatorRow{}).
		Where("id <> ? AND "+ofSeller+" AND disabled_at IS NULL AND failures < ?", e.ref.ID, e.after.Marketplace, e.after.Seller, auth.MaxFailures).
		Where(such, args...).Pluck("id", &others).Error
	if err == nil && len(others) == 0 {
		return approvals.Refuse(approvals.CodeLastAuthenticator)
	}
	return err
}

// tell tells the contacts that the action's own mails do not reach: those the
// seller did not have yet when it was created.
func (e effect) tell(what approvals.SecurityEvent) error {
	n := approvals.SecurityNotice{What: what, At: e.after.MovedAt}
	for _, c := range e.after.Contacts {
		n.Except = append(n.Except, c.Email)
	}
	return tell(e.tx, e.after.SellerKey(), n, e.ref.ID)
}

// pending is the row while this action decides about it.
func (e effect) pending() *gorm.DB {
	return e.row().Where("added_by = ? AND usable_from IS NULL", string(e.after.ID))
}

// off switches a row off, and nothing of its secret is left; one that is off
// already stays as it is (STANDARDS PS-19).
func off(row *gorm.DB, at time.Time) *gorm.DB {
	return row.Updates(map[string]any{"disabled_at": approvaldb.At(at), "sealed": []byte{}})
}
