package approvaldb

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
	"countersign/approvals/desk"
)

// Desk implements desk.CaseStore and desk.CaseReader.
type Desk struct{ core }

var (
	_ desk.CaseStore  = (*Desk)(nil)
	_ desk.CaseReader = (*Desk)(nil)
)

type deskPersonRow struct {
	ID        string `gorm:"primaryKey"`
	Role      string
	JoinedAt  Instant
	RemovedAt Instant
}

func (deskPersonRow) TableName() string { return "people" }

// who reads a person of the desk; one who is unknown may do nothing. scope may lock
// the row.
func who(scope *gorm.DB, id string) (desk.Person, error) {
	if !wellFormed(id) {
		return desk.Person{}, nil
	}
	var row deskPersonRow
	err := scope.Where("id = ?", id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return desk.Person{}, nil
	}
	joined, removed := row.JoinedAt.Time(), row.RemovedAt.Time()
	return desk.Person{ID: row.ID, Role: row.Role, Active: !joined.IsZero() && removed.IsZero(), JoinedAt: joined}, err
}

// staged is a scene with what is needed to save what comes of it.
type staged struct {
	desk.Scene
	families []family
}

// stage reads what a decision is made on, and locks it in the order of RELIABILITY
// §6.1: seller, actions, cases, destination, people.
func (k core) stage(tx *Tx, look desk.Look) (staged, error) {
	var s staged
	if look.Case == 0 {
		if !wellFormed(look.Decision) {
			return s, notFound()
		}
		var asked decisionRow
		if err := tx.Where("id = ?", look.Decision).Take(&asked).Error; err != nil {
			return s, fmt.Errorf("find a decision: %w", err)
		}
		look.Case = asked.CaseNumber
	}
	var about caseRow
	if err := tx.Where("number = ?", look.Case).Take(&about).Error; err != nil {
		return s, fmt.Errorf("find a case: %w", err)
	}
	key := about.desk().Seller
	var err error
	if s.Seller, err = findSeller(tx.DB, tx.Lock(), key); err != nil {
		return s, fmt.Errorf("load seller: %w", err)
	}
	if s.families, err = k.openFamilies(tx, key); err != nil {
		return s, err
	}
	for _, f := range s.families {
		s.Actions = append(s.Actions, f.action)
	}
	if err := k.setting(tx.DB, tx.Lock(), &s.Scene, look); err != nil {
		return s, err
	}
	if err := k.signers(tx, &s.Scene, look); err != nil {
		return s, err
	}
	if s.Asked != nil {
		look.Sellers = s.Asked.Sellers
	}
	return s, tx.named(&s.Scene, look.Sellers)
}

// named reads how the sellers that a decision names stand to the destination.
func (tx *Tx) named(s *desk.Scene, sellers []approvals.SellerKey) error {
	for _, key := range sellers[:min(len(sellers), approvals.MaxDeclared)] {
		var declared []bool
		err := tx.Table("destination_sellers").Where("scope = ? AND fingerprint = ? AND marketplace = ? AND seller = ?",
			string(s.Ring.Scope), s.Ring.Fingerprint, string(key.Marketplace), string(key.Seller)).Pluck("declared", &declared).Error
		if err != nil {
			return fmt.Errorf("find who names a destination: %w", err)
		}
		for _, is := range declared {
			s.Named = append(s.Named, desk.Share{Seller: key, Declared: is})
		}
	}
	return nil
}

// openFamilies loads and locks the seller's open actions, always in the same order.
func (k core) openFamilies(tx *Tx, key approvals.SellerKey) ([]family, error) {
	var ids []string
	err := tx.Model(&actionRow{}).Where("marketplace = ? AND seller = ? AND "+isOpen, string(key.Marketplace), string(key.Seller)).
		Order("id").Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("list open actions: %w", err)
	}
	var out []family
	for _, id := range ids {
		f, err := k.lockAction(tx, approvals.ActionKey{Marketplace: key.Marketplace, ID: approvals.ActionID(id)})
		if err != nil {
			return nil, fmt.Errorf("load action %s: %w", id, err)
		}
		if f.action.State.Open() {
			out = append(out, f)
		}
	}
	return out, nil
}

// setting reads the cases of the seller, the proposals in them, and the facts. lock
// may lock the cases and the destination.
func (k core) setting(db, lock *gorm.DB, s *desk.Scene, look desk.Look) error {
	lock = lock.Session(&gorm.Session{}) // asked more than once
	key := s.Seller.SellerKey
	var cases []caseRow
	err := lock.Where("marketplace = ? AND seller = ? AND (closed_at IS NULL OR number = ?)", string(key.Marketplace), string(key.Seller), look.Case).
		Order("number").Find(&cases).Error
	if err != nil {
		return fmt.Errorf("load cases: %w", err)
	}
	var open []int64
	for _, row := range cases {
		if row.Number == look.Case {
			s.Case = row.desk()
		} else {
			s.Others = append(s.Others, row.desk())
		}
		open = append(open, row.Number)
	}
	var waiting []decisionRow
	if err := db.Where("case_number IN ? AND state = 'proposed'", open).Order("id").Find(&waiting).Error; err != nil {
		return fmt.Errorf("load proposals: %w", err)
	}
	if s.Proposals, err = decisions(waiting); err != nil {
		return err
	}
	if s.Case.Fingerprint != "" {
		s.Ring = approvals.RingKey{Scope: approvals.MarketplaceID(k.scope(key.Marketplace)), Fingerprint: s.Case.Fingerprint}
	}
	if s.Case.Reason == approvals.CaseRecovery {
		if s.Blocked, err = blocked(mayRecover(db, s.Seller, look.Now)); err != nil {
			return err
		}
		var agreed int64
		err := db.Model(&decisionRow{}).Where("case_number = ? AND verb = 'reset_authenticators' AND state = 'carried_out'", look.Case).Count(&agreed).Error
		if err != nil {
			return fmt.Errorf("look for a recovery: %w", err)
		}
		s.Agreed = agreed > 0
	}
	s.Facts, err = k.facts(db, lock, *s)
	return err
}

// blocked tells a refusal from a database that cannot be asked.
func blocked(err error) (approvals.Code, error) {
	if refusal, ok := errors.AsType[*approvals.Error](err); ok {
		return refusal.Code, nil
	}
	return "", err
}

// facts reads what a decision on the scene rests on. lock may lock the destination.
func (k core) facts(db, lock *gorm.DB, s desk.Scene) (desk.Facts, error) {
	f := desk.Facts{Locked: s.Seller.Locked, LockEpoch: s.Seller.LockEpoch, SecurityAt: s.Seller.SecurityAt, Joined: s.Case.Joined}
	for _, a := range s.Actions {
		f.Actions = append(f.Actions, desk.FactOf(a))
	}
	for _, c := range s.Others {
		f.Others = append(f.Others, desk.CaseFact{Number: c.Number, Joined: c.Joined})
	}
	r, running, err := runningRecovery(db, s.Seller.SellerKey)
	if err != nil {
		return f, err
	}
	if running {
		f.Recovery = r.ID + " " + string(r.State)
	}
	if s.Ring.Fingerprint == "" {
		return f, nil
	}
	var rows []destinationRow
	place := "scope = ? AND fingerprint = ?"
	if err := lock.Where(place, string(s.Ring.Scope), s.Ring.Fingerprint).Find(&rows).Error; err != nil {
		return f, fmt.Errorf("read a destination: %w", err)
	}
	for _, row := range rows {
		f.Ring = &desk.RingFact{Turn: int(row.Turn), Ring: int(row.Ring), Denied: !row.DeniedAt.Time().IsZero()}
		args := map[string]any{"scope": string(s.Ring.Scope), "fp": s.Ring.Fingerprint, "most": desk.RingSellers}
		if err := db.Raw(sharersSQL, args).Row().Scan(&f.Ring.Sellers, &f.Ring.Declared, &f.Ring.Disputed); err != nil {
			return f, fmt.Errorf("count the sellers of a destination: %w", err)
		}
	}
	return f, nil
}

// What is counted ends after as many as desk.RingSellers.
const sharersSQL = `SELECT
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND NOT d.declared LIMIT @most) part),
  (SELECT count(*) FROM (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.declared LIMIT @most) part),
  EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.disputed_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM destination_sellers d WHERE d.scope = @scope AND d.fingerprint = @fp AND d.disowned_at IS NOT NULL)`

// signers reads who signs, and what they decided lately. Nobody of them can be
// removed before the commit.
func (k core) signers(tx *Tx, s *desk.Scene, look desk.Look) error {
	if look.Decision != "" {
		var row decisionRow
		if err := tx.Where("id = ?", look.Decision).Take(&row).Error; err != nil {
			return fmt.Errorf("load a decision: %w", err)
		}
		d, err := row.decision()
		if err != nil {
			return err
		}
		s.Asked = &d
	}
	if err := tx.people(s, look.Person); err != nil || s.Person.ID == "" {
		return err
	}
	var err error
	if s.Proposer.ID != "" {
		if s.Together, err = tx.together(s.Person.ID, s.Proposer.ID, look.Now.Add(-desk.PairSpan)); err != nil {
			return err
		}
	}
	s.Recoveries, err = tx.resets(s.Person.ID, look.Now.Add(-desk.RecoverySpan))
	return err
}

// people reads and locks who signs and who proposed, always in the same order: what
// counts of a person is counted by one decision at a time.
func (tx *Tx) people(s *desk.Scene, signer string) error {
	proposer := ""
	if s.Asked != nil {
		proposer = s.Asked.Proposer
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values([]string{signer, proposer}))) {
		p, err := who(tx.Lock(), id)
		if err != nil {
			return fmt.Errorf("load a person: %w", err)
		}
		if id == signer {
			s.Person = p
		}
		if id == proposer {
			s.Proposer = p
		}
	}
	return nil
}

// together counts what two people carried out together.
func (tx *Tx) together(a, b string, since time.Time) (int, error) {
	total := 0
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		var n int64
		err := tx.Model(&decisionRow{}).
			Where("proposer = ? AND decider = ? AND decided_at >= ? AND state = 'carried_out' AND decider IS NOT NULL", pair[0], pair[1], At(since)).Count(&n).Error
		if err != nil {
			return 0, fmt.Errorf("count decisions of two: %w", err)
		}
		total += int(n)
	}
	return total, nil
}

// resets counts the recoveries that somebody took part in.
func (tx *Tx) resets(person string, since time.Time) (int, error) {
	total := 0
	for _, where := range []string{"proposer = ? AND proposed_at >= ?", "decider = ? AND decider IS NOT NULL AND decided_at >= ? AND state = 'carried_out'"} {
		var n int64
		if err := tx.Model(&decisionRow{}).Where(where+" AND verb = 'reset_authenticators'", person, At(since)).Count(&n).Error; err != nil {
			return 0, fmt.Errorf("count recoveries: %w", err)
		}
		total += int(n)
	}
	return total, nil
}
