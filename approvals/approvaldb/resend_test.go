package approvaldb_test

import (
	"context"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// A range that is only counted waits for no writer and holds none up.
func TestResendRange_dryRun(t *testing.T) {
	t.Parallel()
	db := approvalstest.OpenSQLite(t)
	w := approvalstest.Service(t, db, approvalstest.NewClock())
	id := approvalstest.NewID()
	_, err := db.SQL().ExecContext(t.Context(), `INSERT INTO endpoints (id, marketplace, url, secrets, events, created_at) VALUES (?, 'acme', 'https://shop.example/hooks', x'00', '[]', 0)`, id)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	err = db.InTx(t.Context(), func(*approvaldb.Tx) error {
		_, err := w.Parts.Deliveries.ResendRange(ctx, approvals.ResendRange{
			Endpoint: approvals.EndpointID{Marketplace: "acme", ID: id}, From: time.Unix(0, 0), To: time.Unix(1e9, 0), All: true, DryRun: true,
		})
		return err
	})
	if err != nil {
		t.Errorf("while somebody writes: %v", err)
	}
}
