package approvaldb

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// Every statement here reads a bounded number of index entries, however much is
// stored: each count stops at a few, because a policy asks whether there are one, two
// or three.
const (
	month      = 30 * 24 * time.Hour
	year       = 365 * 24 * time.Hour
	traitsDay  = 24 * time.Hour
	traitsKept = 8 * traitsDay // a day, and the week before it to compare it with
)

var _ approvals.SignalReader = (*Reader)(nil)

// Signals implements approvals.SignalReader.
func (r *Reader) Signals(ctx context.Context, look approvals.Look) (approvals.Signals, error) {
	seen, err := r.signals(r.db.Read(ctx), look)
	return seen, Explain(err)
}

// signals reads what has been seen of a seller and a destination.
func (k core) signals(db *gorm.DB, look approvals.Look) (approvals.Signals, error) {
	var out approvals.Signals
	for _, read := range []func(*gorm.DB, approvals.Look, *approvals.Signals) error{k.seenOfSeller, k.seenOfDestination, k.seenAlike} {
		if err := read(db, look, &out); err != nil {
			return approvals.Signals{}, fmt.Errorf("read signals: %w", err)
		}
	}
	return out, nil
}

// A loan's amount is sealed with its details, which are read for none but the loans
// to this destination.
const askedSQL = `SELECT id, kind, state, cancel, fingerprint, notify_by, created_at,
  CASE WHEN kind = 'loan.disbursement' AND fingerprint = ? THEN details END AS details FROM actions
WHERE marketplace = ? AND seller = ? AND created_at >= ? AND id <> ?
  AND kind NOT IN ('contact.change', 'authenticator.add', 'authenticator.remove', 'approver.add', 'approver.remove')
ORDER BY created_at DESC LIMIT 100`

// mostAsked is the limit of askedSQL.
const mostAsked = 100

// requestRow is one row of askedSQL.
type requestRow struct {
	ID, Kind, State, Fingerprint string
	Cancel                       *string
	NotifyBy                     Instant
	CreatedAt                    Instant
	Details                      []byte // sealed
}

// seenOfSeller is what the seller asked for in 30 days.
func (k core) seenOfSeller(db *gorm.DB, look approvals.Look, out *approvals.Signals) error {
	var rows []requestRow
	here := ""
	if look.Currency != "" {
		here = look.Fingerprint
	}
	err := db.Raw(askedSQL, here, string(look.Seller.Marketplace), string(look.Seller.Seller), At(look.Now.Add(-month)), actionOf(look)).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		kind, state, cancel := approvals.Kind(r.Kind), approvals.State(r.State), approvals.CancelReason(given(r.Cancel))
		switch {
		case kind == approvals.LoanDisbursement:
			out.Loans30++
			if r.CreatedAt.Time().After(out.LoanAt) {
				out.LoanAt = r.CreatedAt.Time()
			}
			if err := k.addLoan(r, look, out); err != nil {
				return err
			}
		case kind.SetsAccount():
			out.Changes30++
			if state == approvals.Cancelled && cancel != approvals.Superseded {
				out.Cancels30++
			}
		case !kind.Defined():
			continue
		}
		vain := state == approvals.Failed || state == approvals.Expired || state == approvals.Cancelled && cancel == approvals.NotMe
		if vain && r.NotifyBy.Time().IsZero() && names(look) && r.Fingerprint == look.Fingerprint {
			out.FailedAttempt = true
		}
	}
	if len(rows) == mostAsked {
		crowdedOut(out, rows[mostAsked-1].CreatedAt.Time())
	}
	return nil
}

// crowdedOut takes what a hundred newer requests hide for the worst it could be:
// somebody may have asked for them to hide it.
func crowdedOut(out *approvals.Signals, oldest time.Time) {
	out.Changes30, out.Cancels30, out.Loans30 = mostAsked, mostAsked, mostAsked
	out.LoansHere, out.LoanSum = mostAsked, approvals.MaxSum
	out.FailedAttempt = true
	if out.LoanAt.IsZero() {
		out.LoanAt = oldest
	}
}

// addLoan counts a loan to the destination that is looked at. An open one does
// not count: the new one takes its place or is refused (DESIGN rule 6).
func (k core) addLoan(r requestRow, look approvals.Look, out *approvals.Signals) error {
	if len(r.Details) == 0 || approvals.State(r.State).Open() || approvals.CancelReason(given(r.Cancel)) == approvals.Superseded {
		return nil
	}
	details, err := k.unseal(r.Details, "actions", string(look.Seller.Marketplace), r.ID)
	if err != nil {
		return fmt.Errorf("read loan %s: %w", r.ID, err)
	}
	loan, ok := approvals.LoanOf(approvals.Action{Kind: approvals.LoanDisbursement, Details: details})
	if ok && loan.Currency != look.Currency {
		return nil
	}
	out.LoansHere++
	out.LoanSum = min(out.LoanSum+loan.Sum(), approvals.MaxSum)
	return nil
}

// actionOf is the action that does not count, one that never was if there is none.
func actionOf(look approvals.Look) string {
	if wellFormed(string(look.Action)) {
		return string(look.Action)
	}
	return "00000000-0000-0000-0000-000000000000"
}

const alikeSQL = `SELECT part.trait,
  (SELECT count(*) FROM (SELECT 1 FROM traits d WHERE d.trait = part.trait AND d.seen_at >= ? AND d.seller <> ? ORDER BY d.seen_at LIMIT 20) part) AS today,
  (SELECT count(*) FROM (SELECT 1 FROM traits d WHERE d.trait = part.trait AND d.seen_at >= ? AND d.seen_at < ? AND d.seller <> ? ORDER BY d.seen_at LIMIT 70) part) AS week
FROM (SELECT CAST(? AS bigint) AS trait`

// seenAlike is how many others were like this one in a day: the most that share one
// pair of traits. A pair is ordinary, and counts for nothing, unless the day has more
// than twice of it than the days of the week before had on average.
func (k core) seenAlike(db *gorm.DB, look approvals.Look, out *approvals.Signals) error {
	traits := look.AllTraits(out.DestinationKnown)
	if len(traits) == 0 {
		return nil
	}
	day, week, self := At(look.Now.Add(-traitsDay)), At(look.Now.Add(-traitsKept)), int64(look.Self)
	args := []any{day, self, week, day, self, int64(traits[0])}
	text := alikeSQL
	for _, t := range traits[1:] {
		text += " UNION ALL SELECT ?"
		args = append(args, int64(t))
	}
	var rows []struct {
		Trait       int64
		Today, Week int
	}
	if err := db.Raw(text+") part", args...).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		if 7*r.Today > 2*r.Week {
			out.Alike = max(out.Alike, r.Today)
		}
	}
	return nil
}
