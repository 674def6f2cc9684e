package authdb

import (
	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/audit"
	"countersign/auth"
)

// record writes an audit line and tells the seller what package auth wants told
// of it.
func record(tx *approvaldb.Tx, e audit.Event) error {
	if err := tx.Record(e); err != nil {
		return err
	}
	n, ok := auth.Told(e)
	if !ok {
		return nil
	}
	return tell(tx, keyOf(e.Marketplace, e.Seller), n, e.Data["authenticator"])
}

// tell tells a seller of something about an authenticator, which may be none.
func tell(tx *approvaldb.Tx, seller approvals.SellerKey, n approvals.SecurityNotice, authenticator string) error {
	if authenticator != "" {
		var row authenticatorRow
		err := tx.Where("id = ? AND "+ofSeller, authenticator, seller.Marketplace, seller.Seller).Take(&row).Error
		if err != nil {
			return err
		}
		n.Method, n.Name = approvals.Method(row.Method), row.Name
	}
	return tx.NotifySeller(seller, n)
}

// failing is what a try counted against and how often that has failed in a row.
type failing struct {
	ID       string // empty: the recovery codes
	Failures int64
}

// tellCounted tells what counting a try led to: that proving is blocked, or
// that something is near to being switched off for good, in the same notice
// where it is both. It comes before the answer is looked at, so that the row is
// there whatever becomes of it (STANDARDS PS-06).
func tellCounted(tx *approvaldb.Tx, t auth.Try, tries auth.Tries, counted []failing) error {
	last := false
	for _, f := range counted {
		if !auth.LastTries(int(f.Failures)) {
			continue
		}
		n := approvals.SecurityNotice{What: approvals.SecurityLastTries, At: t.Now, Left: auth.MaxFailures - int(f.Failures)}
		if f.ID == "" {
			n.Method = approvals.RecoveryCode
		}
		if tries.Began {
			n.Until = tries.BlockedUntil
		}
		if err := tell(tx, t.Seller, n, f.ID); err != nil {
			return err
		}
		last = true
	}
	switch {
	case !tries.Began:
		return nil
	case last:
		return tx.Record(t.Blocked(tries.BlockedUntil))
	}
	return record(tx, t.Blocked(tries.BlockedUntil))
}
