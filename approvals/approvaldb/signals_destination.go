package approvaldb

import (
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// mine is the seller's own row.
const mine = "d.marketplace = @m AND d.seller = @s"

// namedSQL says whether others named the account at all, and what the seller's own
// row about it says.
var namedSQL = newFixed(`SELECT others_part.others, d.declared, d.disputed_at, d.disowned_at
FROM (SELECT EXISTS (SELECT 1 FROM (SELECT d.marketplace, d.seller FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp
    ORDER BY d.marketplace, d.seller LIMIT 2) part WHERE NOT (part.marketplace = @m AND part.seller = @s)) AS others) others_part
  LEFT JOIN destination_sellers d ON d.scope = @scope AND d.fingerprint = @fp AND ` + mine)

// named is the one row of namedSQL.
type named struct {
	Others, Declared       bool
	DisputedAt, DisownedAt Instant
}

// The predicates of the partial indexes stand in them to the letter, and each part has
// the order of its index, or a planner who expects many would read the table instead. Declared
// sellers are strangers to nobody who is declared: @alien is the time from which on
// their proofs count, which for those is never.
const (
	seenSQL = `SELECT standing_part.denied = 1 AS denied, standing_part.frozen = 1 AS frozen, standing_part.known, places_part.network, places_part.country,
  EXISTS (SELECT 1 FROM (SELECT a.marketplace, a.seller FROM actions a WHERE a.fingerprint = @fp AND a.IN_SCOPE
      AND NOT (a.marketplace = @m AND a.seller = @s) AND a.` + isOpen + ` ORDER BY a.marketplace, a.seller LIMIT 30) part
    LEFT JOIN destination_sellers d ON d.scope = @scope AND d.fingerprint = @fp AND d.marketplace = part.marketplace AND d.seller = part.seller
    WHERE (d.proved_at IS NULL OR d.proved_at < @month) AND NOT (COALESCE(d.declared, (1 = 0)) AND @declared)) AS waiting,
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
    WHERE part.state IN ('waiting', 'open', 'done') AND part.agreed_at >= @month ORDER BY part.id DESC LIMIT 1) AS recovery`
	standingSQL = `
FROM (SELECT COALESCE(max(CASE WHEN t.denied_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS denied, COALESCE(max(CASE WHEN t.ring = 2 THEN 1 ELSE 0 END), 0) AS frozen,
      min(CASE WHEN t.scope = @scope THEN t.created_at END) AS known FROM destinations t WHERE t.scope IN (@m, '') AND t.fingerprint = @fp) standing_part,
  (SELECT COALESCE(max(CASE WHEN l.what <> 'network' THEN 0 WHEN l.trait = @network THEN 2 ELSE 1 END), 0) AS network,
      COALESCE(max(CASE WHEN l.what <> 'country' THEN 0 WHEN l.trait = @country THEN 2 ELSE 1 END), 0) AS country
    FROM seller_places l WHERE l.marketplace = @m AND l.seller = @s AND (l.first_at <= @month OR l.confirmed_at IS NOT NULL)) places_part`
	// What others did is asked for where there are others.
	othersSeenSQL = `,
  proved_part.month AS proved30, alien_part.month AS alien30, proved_part.year AS proved365, alien_part.year AS alien365,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.strong_at >= @year
    AND NOT (` + mine + `) AND NOT (d.declared AND @declared)) AS strong,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.disputed_at >= @year) AS disputed,
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.failed_at >= @year
    AND NOT (` + mine + `) AND NOT (d.declared AND @declared) ORDER BY d.failed_at DESC LIMIT 1) AS failed`
	othersProvedSQL = `,
  (SELECT count(*) AS year, count(CASE WHEN part.proved_at >= @month THEN 1 END) AS month FROM (SELECT d.proved_at FROM destination_sellers d
    WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 0) AND d.proved_at >= @year AND NOT (` + mine + `)
    ORDER BY d.proved_at DESC LIMIT 9) part) proved_part,
  (SELECT count(*) AS year, count(CASE WHEN part.proved_at >= @alienmonth THEN 1 END) AS month FROM (SELECT d.proved_at FROM destination_sellers d
    WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared = (1 = 1) AND d.proved_at >= @alienyear AND NOT (` + mine + `)
    ORDER BY d.proved_at DESC LIMIT 9) part) alien_part`
)

// asked tells apart an account that others named too, and the sellers of one
// marketplace from those of all.
type asked struct{ others, across bool }

// destinationSQL is what is asked of an account.
var destinationSQL = map[asked]fixed{
	{}:                           newFixed(within(seenSQL + standingSQL)),
	{others: true}:               newFixed(within(seenSQL + othersSeenSQL + standingSQL + othersProvedSQL)),
	{across: true}:               newFixed(anywhere(seenSQL + standingSQL)),
	{others: true, across: true}: newFixed(anywhere(seenSQL + othersSeenSQL + standingSQL + othersProvedSQL)),
}

func within(text string) string   { return strings.ReplaceAll(text, "a.IN_SCOPE", "a.marketplace = @m") }
func anywhere(text string) string { return strings.ReplaceAll(text, " AND a.IN_SCOPE", "") }

// destinationSeen is the one row of destinationSQL; what is not asked for stays zero.
type destinationSeen struct {
	Proved30, Alien30, Proved365, Alien365    int
	Waiting, Strong, Disputed, Failed, Denied bool
	Frozen, Current, ChangeOpen, Bounced      bool
	HasPasskey, HasDevice                     bool
	Known, Since, UsedAt, PlacedAt            Instant
	Recovery                                  *string // the decision on the last one
	Network, Country                          int     // 0: none is known, 1: others are, 2: this one is
}

func (k core) seenOfDestination(db *gorm.DB, look approvals.Look, out *approvals.Signals) error {
	monthAgo, yearAgo := At(look.Now.Add(-month)), At(look.Now.Add(-year))
	args := map[string]any{
		"scope": k.scope(look.Seller.Marketplace), "fp": look.Fingerprint, "m": string(look.Seller.Marketplace), "s": string(look.Seller.Seller),
		"month": monthAgo, "year": yearAgo, "alienmonth": monthAgo, "alienyear": yearAgo, "action": actionOf(look), "now": At(look.Now),
		"network": int64(look.Places.Network), "country": int64(look.Places.Country),
	}
	var own named
	if names(look) {
		if err := namedSQL.on(db, args).Find(&own).Error; err != nil {
			return err
		}
	}
	args["declared"] = own.Declared
	if own.Declared {
		never := At(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		args["alienmonth"], args["alienyear"] = never, never
	}
	var d destinationSeen
	if err := destinationSQL[asked{own.Others, k.ringsAcross}].on(db, args).Find(&d).Error; err != nil {
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
	lately := func(at Instant) bool { return !at.Time().IsZero() && !at.Time().Before(yearAgo.Time()) }
	out.Shared30, out.Shared365 = firm(d.Proved30+d.Alien30, d.Waiting), firm(d.Proved365+d.Alien365, d.Waiting)
	out.Disputed, out.Disowned = d.Disputed || lately(own.DisputedAt), lately(own.DisputedAt) || lately(own.DisownedAt)
	out.SharedStrong, out.Denied, out.Frozen, out.Current = d.Strong, d.Denied, d.Frozen, d.Current
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
