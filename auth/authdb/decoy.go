package authdb

import (
	"fmt"
	"hash/fnv"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/auth"
)

// Where a seller has nothing to try with, a try does the work of one who has: as
// many statements, as many rows read and written (STANDARDS PS-04). The rows it
// is done on are the decoys, which belong to nobody.

// decoys is how many there are: enough that sellers do not wait for each other.
const decoys = 64

// addedNever marks a decoy among authenticators.
const addedNever = "never"

// allOrDecoy reads a seller's authenticators, or a decoy like an app, so that
// there is a row to read either way.
const allOrDecoy = "SELECT id, marketplace, seller, method, added, name, provider, sealed, credential_id, transports," +
	" backup_eligible, backed_up, sign_count, last_step, failures, created_at, usable_from, announce_at, last_used_at, disabled_at" +
	" FROM authenticators WHERE marketplace = ? AND seller = ?" +
	" UNION ALL SELECT id, marketplace, seller, 'totp', '" + addedNever + "', name, provider, filler, NULL, '', (1 = 0), (1 = 0), NULL, last_step, failures," +
	" created_at, usable_from, NULL, NULL, NULL FROM decoys" +
	" WHERE id = ? AND NOT EXISTS (SELECT 1 FROM authenticators WHERE marketplace = ? AND seller = ?) ORDER BY 1"

// decoyOf is the id of a seller's decoy.
func decoyOf(seller approvals.SellerKey) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(seller.Marketplace) + "\x00" + string(seller.Seller))) // never fails
	return fmt.Sprintf("00000000-0000-0000-0000-0000000000%02d", h.Sum32()%decoys)
}

// countDecoy counts a failure against the seller's decoy.
func countDecoy(tx *approvaldb.Tx, seller approvals.SellerKey) error {
	var counted []failing
	return tx.Raw("UPDATE decoys SET failures = (failures + 1) % ? WHERE id IN ? AND disabled_at IS NULL RETURNING id, failures",
		auth.MaxFailures, []string{decoyOf(seller)}).Find(&counted).Error
}
