package approvaldb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"countersign/approvals"
	"countersign/approvals/audit"
)

// Notices implements approvals.Notices.
type Notices struct{ core }

// RefuseTold implements approvals.Notices.
func (s *Notices) RefuseTold(ctx context.Context, e audit.Event, n approvals.SecurityNotice) error {
	e.Version = 0
	if e.ID == "" {
		e.ID = s.newID()
	}
	return s.db.InTx(ctx, func(tx *Tx) error {
		if err := tx.Record(e); err != nil {
			return err
		}
		return tx.NotifySeller(approvals.SellerKey{Marketplace: approvals.MarketplaceID(e.Marketplace), Seller: approvals.SellerID(e.Seller)}, n)
	})
}

type securityRow struct {
	ID          string `gorm:"primaryKey"`
	Marketplace string
	Seller      string
	What        string
	Facts       []byte // sealed
	StopHash    []byte
	Period      *int64 // of an event that repeats
	OccurredAt  Instant
	ToldAt      Instant // zero while the mails wait to be written
}

func (securityRow) TableName() string { return "security_notices" }

type noticeMailRow struct {
	Mail   string `gorm:"primaryKey"`
	Notice string
}

func (noticeMailRow) TableName() string { return "notice_mails" }

// securityFacts is what of a notice is sealed.
type securityFacts struct {
	Origin approvals.Origin `json:"origin"`
	Method approvals.Method `json:"method,omitempty"`
	Name   string           `json:"name,omitempty"`
	From   time.Time        `json:"from,omitzero"`
	Until  time.Time        `json:"until,omitzero"`
	Left   int              `json:"left,omitempty"`
	Locale string           `json:"locale,omitempty"`
	// Recovery and Serial name a link without its token.
	Recovery string `json:"recovery,omitempty"`
	Serial   int    `json:"serial,omitempty"`
}

// maxUserAgent bounds what is kept of a header that anybody can send.
const maxUserAgent = 512

// NotifySeller saves a security notice and a mail of it for each contact of the
// seller, in tx: whoever reads what happened was told. A zero Origin is taken
// from the transaction's context. Of an event that repeats nothing is saved
// within approvals.NoticePause of the last one. It needs the parts that New
// made last for this database.
func (tx *Tx) NotifySeller(key approvals.SellerKey, n approvals.SecurityNotice) error {
	k := tx.home.parts.Load()
	if k == nil || k.links == (approvals.LinkKey{}) {
		return errors.New("notify seller: the database has no link key")
	}
	saved, err := k.addSecurity(tx, key, &n)
	if err == nil && saved && !n.What.Deferred() {
		err = k.tellSecurity(tx, key, n, n.At)
	}
	if err != nil {
		return fmt.Errorf("notify seller of %s: %w", n.What, err)
	}
	return nil
}

// TellMarketplace saves a webhook about a seller, in tx, for each endpoint that
// wants this type. It needs the parts that New made last for this database.
func (tx *Tx) TellMarketplace(key approvals.SellerKey, webhook string, at time.Time) error {
	k := tx.home.parts.Load()
	if k == nil {
		return errors.New("tell marketplace: the database has no parts")
	}
	seller, err := findSeller(tx.DB, tx.DB, key)
	if err != nil {
		return fmt.Errorf("tell marketplace of %s: load seller: %w", webhook, err)
	}
	endpoints, err := tx.endpoints(key.Marketplace)
	if err == nil {
		err = k.dispatch(tx, outgoing{seller: key, sequence: seller.LockEpoch, at: at, webhooks: []string{webhook}, endpoints: endpoints})
	}
	if err != nil {
		return fmt.Errorf("tell marketplace of %s: %w", webhook, err)
	}
	return nil
}

// addSecurity saves the notice, unless one of its kind is too near.
func (k core) addSecurity(tx *Tx, key approvals.SellerKey, n *approvals.SecurityNotice) (bool, error) {
	if n.Origin == (approvals.Origin{}) && !n.What.Support() {
		n.Origin = approvals.OriginOf(tx.Statement.Context)
	}
	n.ID = k.newID()
	row := securityRow{
		ID: n.ID, Marketplace: string(key.Marketplace), Seller: string(key.Seller), What: string(n.What), OccurredAt: At(n.At),
	}
	if !n.What.Deferred() {
		row.ToldAt = row.OccurredAt
	}
	hash := approvals.HashToken(k.links.NoticeToken(n.ID))
	row.StopHash = bytes.Clone(hash[:])
	var err error
	if row.Facts, err = k.sealFacts(*n); err != nil {
		return false, err
	}
	if n.What.Repeats() && !n.What.Deferred() {
		// The unique key holds it also where two transactions look at once.
		period := n.At.UnixMicro() / approvals.NoticePause.Microseconds()
		row.Period = &period
		if near, err := tx.toldLately(row, n.At); err != nil || near {
			return false, err
		}
	}
	added := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return added.RowsAffected == 1, added.Error
}

// toldLately reports whether the seller was told of an event of this kind in
// the NoticePause before at.
func (tx *Tx) toldLately(row securityRow, at time.Time) (bool, error) {
	var near int64
	err := tx.Model(&securityRow{}).Where("marketplace = ? AND seller = ? AND what = ? AND occurred_at > ? AND occurred_at <= ? AND told_at IS NOT NULL",
		row.Marketplace, row.Seller, row.What, At(at.Add(-approvals.NoticePause)), At(at)).Count(&near).Error
	return near > 0, err
}

func (k core) sealFacts(n approvals.SecurityNotice) ([]byte, error) {
	origin := n.Origin
	origin.UserAgent = string(bytes.ToValidUTF8([]byte(origin.UserAgent[:min(len(origin.UserAgent), maxUserAgent)]), nil))
	raw, err := json.Marshal(securityFacts{
		Origin: origin, Method: n.Method, Name: n.Name, From: At(n.From).Time(), Until: At(n.Until).Time(), Left: n.Left, Locale: n.Locale,
		Recovery: n.Recovery, Serial: n.Serial,
	})
	if err != nil {
		return nil, fmt.Errorf("encode notice %s: %w", n.ID, err)
	}
	return k.seal(raw, "security_notices", n.ID)
}

func (k core) notice(row securityRow) (approvals.SecurityNotice, error) {
	n := approvals.SecurityNotice{ID: row.ID, What: approvals.SecurityEvent(row.What), At: row.OccurredAt.Time()}
	raw, err := k.unseal(row.Facts, "security_notices", row.ID)
	if err != nil {
		return n, err
	}
	var f securityFacts
	if err := json.Unmarshal(raw, &f); err != nil {
		return n, fmt.Errorf("read notice %s: %w", row.ID, errSeal)
	}
	n.Origin, n.Method, n.Name, n.From, n.Until, n.Left, n.Locale = f.Origin, f.Method, f.Name, f.From, f.Until, f.Left, f.Locale
	n.Recovery, n.Serial = f.Recovery, f.Serial
	return n, nil
}

// tellSecurity writes the mails of a saved notice.
func (k core) tellSecurity(tx *Tx, key approvals.SellerKey, n approvals.SecurityNotice, at time.Time) error {
	seller, err := findSeller(tx.DB, tx.DB, key)
	if err != nil {
		return fmt.Errorf("load seller: %w", err)
	}
	var mails []approvals.Mail
	for _, to := range seller.Told(at) {
		if slices.Contains(n.Except, to.Email) {
			continue
		}
		mails = append(mails, approvals.Mail{Kind: approvals.MailSecurity, To: to.Email, DueAt: at, Notice: n.ID})
	}
	return k.dispatch(tx, outgoing{seller: key, at: at, mails: mails})
}

// Tell implements approvals.Notices. Each notice has a transaction of its own,
// so that one that cannot be told keeps no other back.
func (s *Notices) Tell(ctx context.Context, now time.Time, limit int) (int, error) {
	var rows []securityRow
	err := s.db.Read(ctx).Where("told_at IS NULL AND occurred_at <= ?", At(now)).Order("occurred_at").Limit(limit).Find(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("find notices to tell: %w", Explain(err))
	}
	var errs []error
	for _, row := range rows {
		errs = append(errs, s.db.InTx(ctx, func(tx *Tx) error { return s.tellLater(tx, row, now) }))
	}
	return len(rows), errors.Join(errs...)
}

// tellLater tells one notice that was put off, unless another node did.
func (s *Notices) tellLater(tx *Tx, row securityRow, now time.Time) error {
	n, err := s.notice(row)
	if err != nil {
		return err
	}
	silent := n.What.Silent()
	if n.What.Repeats() && !silent {
		if silent, err = tx.toldLately(row, n.At); err != nil {
			return err
		}
	}
	if silent {
		return tx.Where("id = ? AND told_at IS NULL", row.ID).Delete(&securityRow{}).Error
	}
	told := tx.Model(&securityRow{}).Where("id = ? AND told_at IS NULL", row.ID).Select("told_at").Updates(securityRow{ToldAt: At(now)})
	if told.Error != nil || told.RowsAffected == 0 {
		return told.Error
	}
	key := approvals.SellerKey{Marketplace: approvals.MarketplaceID(row.Marketplace), Seller: approvals.SellerID(row.Seller)}
	return s.tellSecurity(tx, key, n, now)
}

// NotifySeller implements approvals.Notices.
func (s *Notices) NotifySeller(ctx context.Context, key approvals.SellerKey, n approvals.SecurityNotice) error {
	return s.db.InTx(ctx, func(tx *Tx) error { return tx.NotifySeller(key, n) })
}

// Notice implements approvals.Notices.
func (s *Notices) Notice(ctx context.Context, hash [32]byte) (approvals.SellerKey, approvals.SecurityNotice, error) {
	var row securityRow
	err := s.db.Read(ctx).Where("stop_hash = ?", slices.Clone(hash[:])).Take(&row).Error
	if err != nil {
		return approvals.SellerKey{}, approvals.SecurityNotice{}, Explain(err)
	}
	key := approvals.SellerKey{Marketplace: approvals.MarketplaceID(row.Marketplace), Seller: approvals.SellerID(row.Seller)}
	n, err := s.notice(row)
	return key, n, err
}

// NoticeMailedAt implements approvals.Notices.
func (s *Notices) NoticeMailedAt(ctx context.Context, id string) (time.Time, error) {
	if !wellFormed(id) {
		return time.Time{}, notFound()
	}
	var found []struct{ At Instant }
	err := s.db.Read(ctx).Raw(`SELECT max(m.settled_at) AS at FROM notice_mails n JOIN mails m ON m.id = n.mail
		WHERE n.notice = ? AND m.state = 'accepted'`, id).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return time.Time{}, Explain(err)
	}
	return found[0].At.Time(), nil
}

// NoticesAt implements approvals.Notices.
func (s *Notices) NoticesAt(ctx context.Context, key approvals.SellerKey, times []time.Time) ([]approvals.SecurityNotice, error) {
	if len(times) == 0 {
		return nil, nil
	}
	var at []Instant
	for _, t := range times {
		at = append(at, At(t))
	}
	var rows []securityRow
	err := s.db.Read(ctx).Select("id", "what", "occurred_at").
		Where("marketplace = ? AND seller = ? AND occurred_at IN ? AND told_at IS NOT NULL", string(key.Marketplace), string(key.Seller), at).
		Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find notices: %w", Explain(err))
	}
	var out []approvals.SecurityNotice
	for _, row := range rows {
		out = append(out, approvals.SecurityNotice{ID: row.ID, What: approvals.SecurityEvent(row.What), At: row.OccurredAt.Time()})
	}
	return out, nil
}

// noticeOf returns the notice that a mail tells.
func (k core) noticeOf(tx *Tx, mail string) (*approvals.SecurityNotice, error) {
	var row securityRow
	err := tx.Where("id = (SELECT n.notice FROM notice_mails n WHERE n.mail = ?)", mail).Take(&row).Error
	if err != nil {
		return nil, fmt.Errorf("load the notice of mail %s: %w", mail, err)
	}
	n, err := k.notice(row)
	return &n, err
}
