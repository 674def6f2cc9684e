package approvaldb_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
)

// BenchmarkMove measures one move: read, step, save, commit.
func BenchmarkMove(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": approvalstest.OpenSQLite, "postgres": approvalstest.OpenPostgres} {
		b.Run(name, func(b *testing.B) {
			w := approvalstest.Service(b, open(b), approvalstest.NewClock())
			actions := make([]approvals.Action, b.N)
			for i := range actions {
				actions[i] = w.Create(b)
			}
			b.ResetTimer()
			for _, a := range actions {
				if _, err := w.Service.StepUp(b.Context(), a.Key(), w.Proof(a, approvals.StageStepUp)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
