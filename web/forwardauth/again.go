package forwardauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"countersign/approvals"
)

// Window is how long after a claim the same question gets the same answer: a
// proxy or its client may have lost the first one.
const Window = 30 * time.Second

// answerKey is where the answer of an action's newest claim is kept. The blanks
// are in no Idempotency-Key, so that no call of the API ever gets a token of
// this way in.
func answerKey(a approvals.Action) string {
	return "forward-auth " + string(a.ID) + " " + strconv.Itoa(a.Claims)
}

// hash says what a question asks: two with the same hash ask the same. No part
// can hold a line break.
func (q question) hash() string {
	h := sha256.New()
	for _, part := range []string{
		"countersign/forward-auth/v1", string(q.action), q.key,
		q.request.Method, q.request.Target, q.request.ContentType, q.request.ContentDigest,
	} {
		h.Write([]byte(part + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keep is the answer to be saved with the claim. A question without an
// Idempotency-Key cannot be told from the next one like it, so its answer is
// not kept, and it passes once.
func (h *handler) keep(q question, claimed approvals.Action, token string) *approvals.Answer {
	if q.key == "" {
		return nil
	}
	return &approvals.Answer{
		Marketplace: h.Marketplace, Key: answerKey(claimed), RequestHash: q.hash(), Action: claimed.ID,
		Status: http.StatusOK, Body: []byte(token), At: h.Now(),
	}
}

// again answers a question that was answered before, on any node: with the same
// token, if it is the same in every part and its time is not over. A seller who
// was locked since then is not let through again.
func (h *handler) again(ctx context.Context, q question, a approvals.Action) (verdict, error) {
	refusal := approvals.Refuse(approvals.CodeAlreadyClaimed)
	if q.key == "" || a.State != approvals.Releasing {
		return verdict{}, refusal
	}
	answer, err := h.Answers.Answer(ctx, h.Marketplace, answerKey(a))
	if errors.Is(err, approvals.Refuse(approvals.CodeNotFound)) {
		return verdict{}, refusal
	}
	if err != nil {
		return verdict{}, fmt.Errorf("find answer: %w", err)
	}
	if answer.RequestHash != q.hash() || h.Now().Sub(answer.At) > Window {
		return verdict{}, refusal
	}
	seller, err := h.Service.Reader.Seller(ctx, a.SellerKey())
	if err != nil {
		return verdict{}, fmt.Errorf("find seller: %w", err)
	}
	if seller.Locked || seller.LockEpoch != a.LockEpoch {
		return verdict{}, approvals.Refuse(approvals.CodeSellerLocked)
	}
	return verdict{status: http.StatusOK, action: a.ID, token: string(answer.Body)}, nil
}

// lost is for a question that another one like it overtook: it came first, and
// its answer can be read now.
func (h *handler) lost(ctx context.Context, q question, refusal error) (verdict, error) {
	a, err := h.Service.Reader.Action(ctx, h.key(q))
	if err != nil {
		return verdict{}, fmt.Errorf("find action: %w", err)
	}
	v, err := h.again(ctx, q, a)
	if isRefusal(err) {
		err = refusal
	}
	return v, err
}
