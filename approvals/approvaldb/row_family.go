package approvaldb

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

// familySQL reads what belongs to an action in one statement: its version, its
// proofs, notices and push, its seller with contacts, and the endpoints that are told
// of it. One statement sees one snapshot, so the version says whether the
// action's own row was read from the same one.
var familySQL = newFixed(`
SELECT 'proof' AS part, p.generation AS n, CAST(p.id AS text) AS a, p.stage AS b, p.method AS c, p.authenticator AS d, p.spent AS e,
  p.proved_at AS t, CAST(NULL AS timestamptz) AS u, CAST(NULL AS timestamptz) AS v, CAST(NULL AS timestamptz) AS w, p.digest AS x, p.evidence AS y, p.uv AS flag
  FROM proofs p WHERE p.action = @id
UNION ALL
SELECT 'proved_on', p.generation, CAST(p.id AS text), COALESCE(CAST(p.device AS text), ''), COALESCE(p.independent, ''), '', '', p.device_known_from, CAST(NULL AS timestamptz), NULL, NULL, NULL, NULL, (1 = 0)
  FROM proofs p WHERE p.action = @id
UNION ALL
SELECT 'proof', o.generation, CAST(o.id AS text), 'approval', 'passkey', CAST(o.approver AS text), o.spent,
  o.proved_at, NULL, NULL, NULL, o.digest, o.evidence, (1 = 1)
  FROM approver_proofs o WHERE o.action = @id
UNION ALL
SELECT 'notice', n.position, n.email, n.role, '', '', '', n.accepted_at, n.refused_at, n.verified_at, NULL, n.verify_hash, NULL, (1 = 0)
  FROM notices n WHERE n.action = @id
UNION ALL
SELECT 'seller', s.lock_epoch, s.name, s.locale, s.time_zone, s.country, COALESCE(s.locked_by, ''), s.created_at, s.locked_at, s.onboarded_at, s.security_at, NULL, NULL, s.locked
  FROM sellers s WHERE s.marketplace = @marketplace AND s.id = @seller
UNION ALL
SELECT 'choices', s.extra_wait, s.own_locale, s.own_time_zone, '', '', '', s.travel_until, NULL, NULL, NULL, NULL, NULL, (1 = 0)
  FROM sellers s WHERE s.marketplace = @marketplace AND s.id = @seller
UNION ALL
SELECT 'contact', c.position, c.email, '', '', '', '', c.since, c.retired_at, NULL, NULL, NULL, NULL, (1 = 0)
  FROM contacts c WHERE c.marketplace = @marketplace AND c.seller = @seller
UNION ALL
SELECT 'approver', 0, CAST(p.id AS text), p.name, p.email, '', '', p.invited_at, p.invited_until, p.joined_at, p.usable_from, NULL, NULL, (1 = 0)
  FROM approvers p WHERE p.marketplace = @marketplace AND p.seller = @seller
UNION ALL
SELECT 'approver_removed', 0, CAST(p.id AS text), '', '', '', '', p.removed_at, NULL, NULL, NULL, NULL, NULL, (1 = 0)
  FROM approvers p WHERE p.marketplace = @marketplace AND p.seller = @seller AND p.removed_at IS NOT NULL
UNION ALL
SELECT 'endpoint', 0, CAST(h.id AS text), h.events, '', '', '', h.created_at, h.opens_at, NULL, NULL, NULL, NULL, (1 = 0)
  FROM endpoints h WHERE h.marketplace = @marketplace AND h.disabled_at IS NULL
UNION ALL
SELECT 'push', 0, p.route, '', '', '', '', p.next_at, p.leased_until, NULL, NULL, NULL, NULL, p.idempotent
  FROM pushes p WHERE p.id = @id
UNION ALL
SELECT 'attempt', t.number, COALESCE(t.result, ''), t.note, CAST(t.status AS text), '', '', t.begun_at, t.ended_at, NULL, NULL, NULL, NULL, (1 = 0)
  FROM push_attempts t WHERE t.action = @id
UNION ALL
SELECT 'version', v.version, '', '', '', '', '', v.moved_at, NULL, NULL, NULL, NULL, NULL, (1 = 0)
  FROM actions v WHERE v.id = @id`)

// relative is one row of familySQL; what its columns hold depends on the part.
type relative struct {
	Part          string
	N             int64
	A, B, C, D, E string
	T, U, V, W    Instant
	X, Y          []byte
	Flag          bool
}

// family is an action with all that a step may look at.
type family struct {
	action    approvals.Action
	seller    approvals.Seller
	endpoints []listener
	version   int64
	removed   []relative // approvers
}

// listener is an enabled endpoint and what it wants to hear of.
type listener struct {
	id      string
	events  string  // JSON
	opensAt Instant // it wants to be left alone until then
}

// read completes f, whose action comes from its own row.
func (f *family) read(db *gorm.DB) error {
	args := map[string]any{"id": string(f.action.ID), "marketplace": string(f.action.Marketplace), "seller": string(f.action.Seller)}
	rows, err := relatives(familySQL.on(db, args))
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b relative) int { return cmp.Compare(a.N, b.N) })
	f.action.Contacts, f.action.Proofs, f.action.Push = []approvals.Notice{}, []approvals.Proof{}, approvals.Pushing{}
	f.seller.SellerKey = f.action.SellerKey()
	for _, r := range rows {
		f.take(r)
	}
	for _, r := range rows {
		f.provedOn(r)
	}
	slices.SortStableFunc(f.action.Proofs, func(a, b approvals.Proof) int {
		return cmp.Or(cmp.Compare(a.Generation, b.Generation), -cmp.Compare(a.Stage, b.Stage)) // step_up, confirmation, approval
	})
	f.approvers()
	return nil
}

// relatives reads the rows by hand: it is done before every move.
func relatives(query *gorm.DB) (all []relative, err error) {
	rows, err := query.Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var r relative
		if err := rows.Scan(&r.Part, &r.N, &r.A, &r.B, &r.C, &r.D, &r.E, &r.T, &r.U, &r.V, &r.W, &r.X, &r.Y, &r.Flag); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// provedOn completes the proofs that were taken.
func (f *family) provedOn(r relative) {
	for i, p := range f.action.Proofs {
		if r.Part == "proved_on" && p.ID == r.A {
			f.action.Proofs[i].Device, f.action.Proofs[i].Independent, f.action.Proofs[i].DeviceKnownFrom = r.B, approvals.Independence(r.C), r.T.Time()
		}
	}
}

// approvers puts the approvers in order, and in their rows who was removed.
func (f *family) approvers() {
	slices.SortFunc(f.seller.Approvers, func(a, b approvals.Approver) int { return cmp.Compare(a.ID, b.ID) })
	for i, p := range f.seller.Approvers {
		for _, r := range f.removed {
			if r.A == string(p.ID) {
				f.seller.Approvers[i].RemovedAt = r.T.Time()
			}
		}
	}
}

func (f *family) take(r relative) {
	a, s := &f.action, &f.seller
	switch r.Part {
	case "proof":
		p := approvals.Proof{
			ID: r.A, Action: a.ID, Generation: int(r.N), Stage: approvals.Stage(r.B), Method: approvals.Method(r.C),
			Authenticator: r.D, Spent: r.E, At: r.T.Time(), Evidence: r.Y, UV: r.Flag,
		}
		copy(p.Digest[:], r.X)
		a.Proofs = append(a.Proofs, p)
	case "notice":
		n := noticeRow{Email: r.A, Role: r.B, AcceptedAt: r.T, RefusedAt: r.U, VerifiedAt: r.V, VerifyHash: r.X}
		a.Contacts = append(a.Contacts, n.notice())
	case "seller":
		s.Name, s.Locale, s.TimeZone, s.Country = r.A, r.B, r.C, r.D
		s.Locked, s.LockEpoch, s.LockedAt, s.LockedBy = r.Flag, int(r.N), r.U.Time(), approvals.LockReason(r.E)
		s.CreatedAt, s.OnboardedAt, s.SecurityAt = r.T.Time(), r.V.Time(), r.W.Time()
	case "choices":
		s.Choices = approvals.Choices{Locale: r.A, TimeZone: r.B, ExtraWait: time.Duration(r.N) * time.Microsecond, TravelUntil: r.T.Time()}
	case "contact":
		s.Contacts = append(s.Contacts, approvals.Contact{Email: r.A, Since: r.T.Time(), RetiredAt: r.U.Time()})
	case "approver":
		s.Approvers = append(s.Approvers, approvals.Approver{
			ID: approvals.ApproverID(r.A), Name: r.B, Email: r.C, InvitedAt: r.T.Time(), InviteUntil: r.U.Time(), JoinedAt: r.V.Time(), UsableFrom: r.W.Time(),
		})
	case "approver_removed":
		f.removed = append(f.removed, r)
	case "endpoint":
		f.endpoints = append(f.endpoints, listener{r.A, r.B, r.U})
	case "push":
		a.Push.Route, a.Push.Idempotent, a.Push.NextAt, a.Push.LeasedUntil = r.A, r.Flag, r.T.Time(), r.U.Time()
	case "attempt":
		status, _ := strconv.Atoi(r.C) // an integer that was written as text by the same statement
		a.Push.Attempts = append(a.Push.Attempts, approvals.PushAttempt{
			Number: int(r.N), At: r.T.Time(), EndedAt: r.U.Time(), Result: approvals.PushResult(r.A), Status: status, Note: r.B,
		})
	case "version":
		f.version = r.N
	}
}
