package approvaldb_test

import (
	"testing"
	"time"

	"countersign/approvals"
	"countersign/approvals/approvaldb"
	"countersign/approvals/approvalstest"
	"countersign/approvals/audit"
	"countersign/approvals/desk"
)

// TestHandover: the next shift sees what it promised, what lapses, who was shown what,
// and how fast cases were answered, on both databases (UX C9).
func TestHandover(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *approvaldb.DB{"sqlite": approvalstest.OpenSQLite, "postgres": approvalstest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBureau(t, open(t))
			a, c := b.locked(approvals.CoolingOff)
			b.Clock.Advance(20 * time.Hour) // it is to be decided today
			b.must(b.Claim(t.Context(), c.Number, anna, false))
			_, err := b.Reveal(t.Context(), c.Number, desk.RevealName, "", desk.CalledBack, anna)
			b.must(err)
			d, err := b.propose(anna, c, desk.Unlock, "")
			b.must(err)
			h := b.handover(anna)
			if len(h.Promises) != 1 || h.Promises[0].Number != c.Number || len(h.Lapsing) != 1 || h.Lapsing[0].Case != c.Number || h.Lapsing[0].Proposer != anna || !h.Lapsing[0].LapsesAt.Equal(d.LapsesAt) {
				t.Errorf("promised %+v, lapsing %+v", h.Promises, h.Lapsing)
			}
			if len(h.Open) != 1 || h.Open[0].Cases != 1 || len(h.Reveals) != 1 || h.Reveals[0] != (desk.Revealer{Person: anna, Times: 1}) || h.Week.Closed+h.Week.Answered != 0 {
				t.Errorf("%+v", h)
			}
			if other := b.handover(marco); len(other.Promises) != 0 {
				t.Errorf("another promised %+v", other.Promises)
			}
			_, err = b.approve(marco, d)
			b.must(err)
			b.Clock.Advance(4 * time.Hour)
			b.decided(b.caseOf(a), desk.DenyAction, a.ID)
			_, err = b.Service.Lock(t.Context(), a.SellerKey(), approvals.LockMarketplace, "", audit.Actor{Type: audit.Marketplace, ID: string(a.Marketplace)})
			b.must(err)
			h = b.handover(anna)
			want := desk.Pace{Days: 7, Answered: 1, Closed: 1, Answer: 20 * time.Hour, Resolution: 24 * time.Hour, Reopened: 1}
			if h.Week != want || len(h.Lapsing) != 0 || len(h.Promises) != 0 {
				t.Errorf("in the end %+v, want %+v", h, want)
			}
			week, month, err := b.Parts.Shift.Pace(t.Context(), b.Clock.Now())
			b.must(err)
			if week != h.Week || month != h.Month || month.Days != 30 {
				t.Errorf("the pace alone is %+v and %+v", week, month)
			}
		})
	}
}

func (b *bureau) handover(person string) desk.Handover {
	b.t.Helper()
	h, err := b.Parts.Shift.Handover(b.t.Context(), person, []string{anna, marco, "nobody"}, b.Clock.Now())
	b.must(err)
	return h
}
