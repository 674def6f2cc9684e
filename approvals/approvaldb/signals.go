package approvaldb

import (
	"context"
	"fmt"
	"strings"
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
WHERE marketplace = ? AND seller = ? AND created_at >= ? AND id <> ? ORDER BY created_at DESC LIMIT 100`

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
		default:
			continue
		}
		vain := state == approvals.Failed || state == approvals.Expired || state == approvals.Cancelled && cancel == approvals.NotMe
		if vain && r.NotifyBy.Time().IsZero() && names(look) && r.Fingerprint == look.Fingerprint {
			out.FailedAttempt = true
		}
	}
	return nil
}

// addLoan counts a loan to the destination that is looked at. One that is open is
// none of its neighbours: it is superseded, or the other is refused (DESIGN rule 6).
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

// mine is the seller's own row.
const mine = "d.marketplace = @m AND d.seller = @s"

// The predicates of the partial indexes stand in it to the letter, and each part has
// the order of its index, or a planner who expects many would read the table instead. Declared
// sellers are strangers to nobody who is declared: @alien is the time from which on
// their proofs count, which for those is never.
const destinationSQL = `SELECT
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 0)
    AND d.proved_at >= @month AND NOT (` + mine + `) ORDER BY d.proved_at DESC LIMIT 9) part) AS proved30,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 1)
    AND d.proved_at >= @alienmonth AND NOT (` + mine + `) ORDER BY d.proved_at DESC LIMIT 9) part) AS alien30,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 0)
    AND d.proved_at >= @year AND NOT (` + mine + `) ORDER BY d.proved_at DESC LIMIT 9) part) AS proved365,
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 1)
    AND d.proved_at >= @alienyear AND NOT (` + mine + `) ORDER BY d.proved_at DESC LIMIT 9) part) AS alien365,
  EXISTS (SELECT 1 FROM (SELECT a.marketplace, a.seller FROM actions a WHERE a.fingerprint = @fp AND a.IN_SCOPE
      AND NOT (a.marketplace = @m AND a.seller = @s) AND a.` + isOpen + ` ORDER BY a.marketplace, a.seller LIMIT 30) part
    LEFT JOIN destination_sellers d ON d.scope = @scope AND d.fingerprint = @fp AND d.marketplace = part.marketplace AND d.seller = part.seller
    WHERE (d.proved_at IS NULL OR d.proved_at < @month) AND NOT (COALESCE(d.declared, (1 = 0)) AND @declared)) AS waiting,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.strong_at >= @year
    AND NOT (` + mine + `) AND NOT (d.declared AND @declared)) AS strong,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.disputed_at >= @year) AS disputed,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND ` + mine + `
    AND (d.disputed_at >= @year OR d.disowned_at >= @year)) AS disowned,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.failed_at >= @year
    AND NOT (` + mine + `) AND NOT (d.declared AND @declared) ORDER BY d.failed_at DESC LIMIT 1) AS failed,
  EXISTS (SELECT 1 FROM destinations t WHERE t.scope IN (@m, '') AND t.fingerprint = @fp AND t.denied_at IS NOT NULL) AS denied,
  EXISTS (SELECT 1 FROM destinations t WHERE t.scope IN (@m, '') AND t.fingerprint = @fp AND t.ring = 2) AS frozen,
  (SELECT t.created_at FROM destinations t WHERE t.scope = @scope AND t.fingerprint = @fp) AS known,
  (SELECT p.since FROM payout_accounts p WHERE p.marketplace = @m AND p.seller = @s AND p.fingerprint = @fp) AS since,
  (SELECT p.used_at FROM payout_accounts p WHERE p.marketplace = @m AND p.seller = @s AND p.fingerprint = @fp) AS used_at,
  EXISTS (SELECT 1 FROM payout_accounts p WHERE p.marketplace = @m AND p.seller = @s AND p.fingerprint = @fp AND p.current) AS current,
  (SELECT p.placed_at FROM payout_accounts p WHERE p.marketplace = @m AND p.seller = @s AND p.current) AS placed_at,
  EXISTS (SELECT 1 FROM (SELECT a.id, a.kind FROM actions a WHERE a.marketplace = @m AND a.seller = @s AND a.` + isOpen + ` ORDER BY a.kind LIMIT 20) part
    WHERE part.kind IN ('payout_account.change', 'payout_account.switch') AND part.id <> @action) AS change_open,
  EXISTS (SELECT 1 FROM (SELECT a.id FROM actions a WHERE a.marketplace = @m AND a.seller = @s AND a.` + isOpen + ` ORDER BY a.kind LIMIT 20) part
    JOIN notices n ON n.action = part.id WHERE n.refused_at IS NOT NULL) AS bounced,
  EXISTS (SELECT 1 FROM authenticators u WHERE u.marketplace = @m AND u.seller = @s AND u.method = 'passkey'
    AND u.disabled_at IS NULL AND u.usable_from <= @now) AS has_passkey,
  EXISTS (SELECT 1 FROM devices v JOIN sellers s ON s.marketplace = v.marketplace AND s.id = v.seller WHERE v.marketplace = @m AND v.seller = @s
    AND v.revoked_at IS NULL AND v.lock_epoch = s.lock_epoch AND v.known_from <= @now) AS has_device,
  (SELECT part.decision FROM (SELECT r.id, r.decision, r.state, r.agreed_at FROM recoveries r WHERE r.marketplace = @m AND r.seller = @s ORDER BY r.id DESC LIMIT 10) part
    WHERE part.state IN ('waiting', 'open', 'done') AND part.agreed_at >= @month ORDER BY part.id DESC LIMIT 1) AS recovery,
  COALESCE((SELECT MAX(CASE WHEN l.trait = @network THEN 2 ELSE 1 END) FROM seller_places l WHERE l.marketplace = @m AND l.seller = @s
    AND l.what = 'network' AND (l.first_at <= @month OR l.confirmed_at IS NOT NULL)), 0) AS network,
  COALESCE((SELECT MAX(CASE WHEN l.trait = @country THEN 2 ELSE 1 END) FROM seller_places l WHERE l.marketplace = @m AND l.seller = @s
    AND l.what = 'country' AND (l.first_at <= @month OR l.confirmed_at IS NOT NULL)), 0) AS country`

// Sellers of one marketplace are compared, or all.
var (
	destinationOne = newFixed(strings.ReplaceAll(destinationSQL, "a.IN_SCOPE", "a.marketplace = @m"))
	destinationAll = newFixed(strings.ReplaceAll(destinationSQL, " AND a.IN_SCOPE", ""))
)

// destinationSeen is the one row of destinationSQL.
type destinationSeen struct {
	Proved30, Alien30, Proved365, Alien365         int
	Waiting, Strong, Disputed, Failed, Denied      bool
	Disowned, Frozen, Current, ChangeOpen, Bounced bool
	HasPasskey, HasDevice                          bool
	Known, Since, UsedAt, PlacedAt                 Instant
	Recovery                                       *string // the decision on the last one
	Network, Country                               int     // 0: none is known, 1: others are, 2: this one is
}

func (k core) seenOfDestination(db *gorm.DB, look approvals.Look, out *approvals.Signals) error {
	declared := false
	if names(look) {
		var rows []bool
		if err := k.ofSeller(db, look.Seller, look.Fingerprint).Pluck("declared", &rows).Error; err != nil {
			return err
		}
		declared = len(rows) > 0 && rows[0]
	}
	monthAgo, yearAgo := At(look.Now.Add(-month)), At(look.Now.Add(-year))
	args := map[string]any{
		"scope": k.scope(look.Seller.Marketplace), "fp": look.Fingerprint, "m": string(look.Seller.Marketplace), "s": string(look.Seller.Seller),
		"month": monthAgo, "year": yearAgo, "alienmonth": monthAgo, "alienyear": yearAgo,
		"declared": declared, "action": actionOf(look), "now": At(look.Now),
		"network": int64(look.Places.Network), "country": int64(look.Places.Country),
	}
	if declared {
		never := At(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		args["alienmonth"], args["alienyear"] = never, never
	}
	text := destinationOne
	if k.ringsAcross {
		text = destinationAll
	}
	var d destinationSeen
	if err := text.on(db, args).Find(&d).Error; err != nil {
		return err
	}
	out.HasDevice = d.HasDevice
	out.NewNetwork, out.NewCountry = look.Places.Network != 0 && d.Network == 1, look.Places.Country != 0 && d.Country == 1
	out.ChangeOpen, out.NoticeBounced, out.HasPasskey, out.LastChangeAt = d.ChangeOpen, d.Bounced, d.HasPasskey, d.PlacedAt.Time()
	if d.Recovery != nil {
		if err := k.seenOfAgents(db, *d.Recovery, out); err != nil {
			return err
		}
	}
	if !names(look) {
		return nil
	}
	out.Shared30, out.Shared365 = firm(d.Proved30+d.Alien30, d.Waiting), firm(d.Proved365+d.Alien365, d.Waiting)
	out.Disowned, out.Current = d.Disowned, d.Current
	out.SharedStrong, out.Disputed, out.Denied, out.Frozen = d.Strong, d.Disputed, d.Denied, d.Frozen
	out.FailedAttempt = out.FailedAttempt || d.Failed
	out.DestinationKnown = d.Known.Time()
	out.DestinationSince, out.DestinationUsed = d.Since.Time(), d.UsedAt.Time()
	if d.Current {
		out.DestinationUsed = look.Now
		out.DestinationSince = paidSince(d.Since, d.UsedAt, d.PlacedAt)
	}
	return nil
}

// firm counts who proved something, and all that wait without a proof as one.
func firm(proved int, waiting bool) int {
	if waiting {
		return proved + 1
	}
	return proved
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
