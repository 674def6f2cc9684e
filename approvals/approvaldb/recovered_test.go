package approvaldb_test

import (
	"context"
	"errors"
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvalstest"
)

var errDown = errors.New("the database is down")

// listed is a reader that lists two actions of which the first is not there.
type listed struct {
	approvals.Reader
	err error
}

func (l listed) Actions(ctx context.Context, q approvals.Query) ([]approvals.Action, error) {
	if l.err != nil {
		return nil, l.err
	}
	all, err := l.Reader.Actions(ctx, q)
	gone := all[0]
	gone.ID = approvals.ActionID(approvalstest.NewID())
	return append([]approvals.Action{gone}, all...), err
}

// TestMF05_RecoveredSays: what a recovery cannot end it says, and it keeps nothing
// else from ending.
func TestMF05_RecoveredSays(t *testing.T) {
	t.Parallel()
	w := approvalstest.Service(t, approvalstest.OpenSQLite(t), approvalstest.NewClock())
	a := w.Drive(t, approvals.CoolingOff)
	real := w.Service.Reader
	w.Service.Reader = listed{real, errDown}
	if err := w.Service.Recovered(t.Context(), a.SellerKey()); !errors.Is(err, errDown) {
		t.Errorf("what could not be listed: %v", err)
	}
	w.Service.Reader = listed{Reader: real}
	if err := w.Service.Recovered(t.Context(), a.SellerKey()); !errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		t.Errorf("what could not be ended: %v", err)
	}
	w.Service.Reader = real
	if now := w.Read(t, a); now.State != approvals.Cancelled || now.Cancel != approvals.Superseded {
		t.Errorf("the other one is %s, %s", now.State, now.Cancel)
	}
}
