package approvaldb_test

import (
	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// about runs a statement that ends with a fingerprint, for that of the action.
func about(sql string) func(*approvalstest.World, *approvaldb.Tx, approvals.Action) error {
	return func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		return tx.Exec(sql, a.Fingerprint).Error
	}
}

const denied = "denied_at = created_at, denied_by = 'operator:anna', allowed_at = NULL, allowed_by = NULL, allowed_with = NULL"

// destinationShortcuts forget what was seen of an account, or free one alone.
var destinationShortcuts = []shortcut{
	{"destination antedated", approvals.Cancelled, about("UPDATE destinations SET created_at = ring_at WHERE fingerprint = ?")},
	{"destination renamed", approvals.Cancelled, about("UPDATE destinations SET scope = '' WHERE fingerprint = ?")},
	{"destination deleted", approvals.Cancelled, about("DELETE FROM destinations WHERE fingerprint = ?")},
	{"seller of a destination deleted", approvals.Cancelled, about("DELETE FROM destination_sellers WHERE fingerprint = ?")},
	{"seller of a destination renamed", approvals.Cancelled, about("UPDATE destination_sellers SET seller = 'seller-0' WHERE fingerprint = ?")},
	{"strong without a proof", approvals.Cancelled, about("UPDATE destination_sellers SET strong_at = last_at, proved_at = NULL WHERE fingerprint = ?")},
	{"declared by one person", approvals.Cancelled, about("UPDATE destination_sellers SET declared = (1 = 1), declared_by = 'agent:a', declared_with = 'agent:a' WHERE fingerprint = ?")},
	{"declared by nobody", approvals.Cancelled, about("UPDATE destination_sellers SET declared = (1 = 1) WHERE fingerprint = ?")},
	{"a ring without a time", approvals.Cancelled, about("UPDATE destinations SET ring = 2, ring_at = NULL WHERE fingerprint = ?")},
	{"a ring renumbered", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := tx.Exec("INSERT INTO rings (scope, fingerprint, found_at) SELECT scope, fingerprint, created_at FROM destinations WHERE fingerprint = ?", a.Fingerprint).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE rings SET number = 7 WHERE fingerprint = ?", a.Fingerprint).Error
	}},
	{"denied by nobody", approvals.Cancelled, about("UPDATE destinations SET denied_at = created_at WHERE fingerprint = ?")},
	{"off the denied list by one person", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := tx.Exec("UPDATE destinations SET "+denied+" WHERE fingerprint = ?", a.Fingerprint).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE destinations SET denied_at = NULL, denied_by = NULL, allowed_at = created_at, allowed_by = 'agent:a', allowed_with = 'agent:a' WHERE fingerprint = ?", a.Fingerprint).Error
	}},
	{"off the denied list by nobody", approvals.Cancelled, func(_ *approvalstest.World, tx *approvaldb.Tx, a approvals.Action) error {
		if err := tx.Exec("UPDATE destinations SET "+denied+" WHERE fingerprint = ?", a.Fingerprint).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE destinations SET denied_at = NULL, denied_by = NULL WHERE fingerprint = ?", a.Fingerprint).Error
	}},
	{"payout account antedated", approvals.Executed, about("UPDATE payout_accounts SET since = placed_at WHERE fingerprint = ?")},
	{"payout account deleted", approvals.Executed, about("DELETE FROM payout_accounts WHERE fingerprint = ?")},
	{"a second present payout account", approvals.Executed, about("INSERT INTO payout_accounts (marketplace, seller, fingerprint, since, placed_at, current) SELECT marketplace, seller, 'other', since, placed_at, current FROM payout_accounts WHERE fingerprint = ?")},
}
