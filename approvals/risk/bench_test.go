package risk_test

import (
	"testing"

	"countersign/approvals"
	"countersign/approvals/risk"
)

func BenchmarkJudge(b *testing.B) {
	for b.Loop() {
		risk.Default().Judge(approvals.PayoutAccountChange, approvals.Passkey, calm)
	}
}
