package approvaldb

import (
	"context"
	"fmt"

	"countersign/approvals"
)

// Answers implements approvals.Answers.
type Answers struct{ core }

type answerRow struct {
	Marketplace string `gorm:"primaryKey"`
	Key         string `gorm:"primaryKey"`
	RequestHash string
	Action      *string
	Status      int64
	Body        []byte // sealed
	AnsweredAt  Instant
}

func (answerRow) TableName() string { return "answers" }

// Answer implements approvals.Answers.
func (s *Answers) Answer(ctx context.Context, m approvals.MarketplaceID, key string) (approvals.Answer, error) {
	var row answerRow
	if err := s.db.Read(ctx).Where("marketplace = ? AND key = ?", string(m), key).Take(&row).Error; err != nil {
		return approvals.Answer{}, fmt.Errorf("find an answer: %w", Explain(err))
	}
	body, err := s.unseal(row.Body, "answers", row.Marketplace, row.Key)
	if err != nil {
		return approvals.Answer{}, err
	}
	return approvals.Answer{
		Marketplace: m, Key: key, RequestHash: row.RequestHash, Action: approvals.ActionID(given(row.Action)),
		Status: int(row.Status), Body: body, At: row.AnsweredAt.Time(),
	}, nil
}

// SaveAnswer implements approvals.Answers.
func (s *Answers) SaveAnswer(ctx context.Context, a approvals.Answer) error {
	return s.db.InTx(ctx, func(tx *Tx) error { return s.addAnswer(tx, &a) })
}

func (k core) addAnswer(tx *Tx, a *approvals.Answer) error {
	if a == nil {
		return nil
	}
	body, err := k.seal(a.Body, "answers", string(a.Marketplace), a.Key)
	if err != nil {
		return err
	}
	err = tx.Create(&answerRow{
		Marketplace: string(a.Marketplace), Key: a.Key, RequestHash: a.RequestHash, Action: optional(string(a.Action)),
		Status: int64(a.Status), Body: body, AnsweredAt: At(a.At),
	}).Error
	if err != nil {
		return fmt.Errorf("keep the answer: %w", conflict(err))
	}
	return nil
}
