package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"countersign/approvals"
)

// recoveryBytes is how much chance is in a code: 120 bits. With 112 or more a
// plain hash is enough (STANDARDS AS-20): nobody counts through them, so a slow
// or keyed hash would protect nothing that is not safe already.
const recoveryBytes = 15

// recoveryText writes codes in letters and digits that people do not mix up.
var recoveryText = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// RecoverySet is how a seller's recovery codes stand.
type RecoverySet struct {
	Left     int       // good and unspent
	MadeAt   time.Time // of the set; zero: none was ever made
	Failures int       // in a row; at MaxFailures none is good any more
	// CountFrom is when an action must be asked for, at the earliest, to be proved
	// with the codes of the set; the service fills it where a set was made.
	CountFrom time.Time
}

// RecoveryCodes are codes in clear. They are shown once, to the seller they are
// for, and go into no mail, URL or log.
type RecoveryCodes struct {
	Codes []string // in groups of four: "7K2M-…"
}

// String keeps the codes out of logs and errors.
func (c RecoveryCodes) String() string { return strconv.Itoa(len(c.Codes)) + " recovery codes" }

// GoString keeps the codes out of %#v.
func (c RecoveryCodes) GoString() string { return c.String() }

// RecoverySet returns how many codes a seller has left and since when. A set
// that was switched off by wrong tries has none.
func (s *Service) RecoverySet(ctx context.Context, seller approvals.SellerKey) (RecoverySet, error) {
	set, err := s.store.RecoverySet(ctx, seller)
	if err != nil {
		return RecoverySet{}, fmt.Errorf("read recovery codes: %w", err)
	}
	if set.Failures >= MaxFailures {
		set.Left = 0
	}
	if !set.MadeAt.IsZero() {
		set.CountFrom = set.MadeAt.Add(s.quarantine)
	}
	return set, nil
}

// MakeRecoveryCodes makes RecoverySize fresh codes and voids all the seller had.
// They approve nothing: a code begins a recovery, which waits and tells every
// contact. CodeNoAuthenticator for a seller who has nothing to recover. The
// caller asks for a proof first (STANDARDS AS-32).
func (s *Service) MakeRecoveryCodes(ctx context.Context, seller approvals.SellerKey) (RecoveryCodes, error) {
	records, err := s.records(ctx, seller)
	if err != nil {
		return RecoveryCodes{}, err
	}
	if len(records) == 0 {
		return RecoveryCodes{}, approvals.Refuse(approvals.CodeNoAuthenticator)
	}
	var made RecoveryCodes
	sub := Subject{Seller: seller}
	set := NewRecoverySet{At: s.now(), Event: s.event(sub, sellerActor(sub), "recovery_codes_made", map[string]string{"codes": strconv.Itoa(RecoverySize)})}
	for range RecoverySize {
		code, hash := newRecoveryCode(seller)
		made.Codes, set.Hashes = append(made.Codes, code), append(set.Hashes, hash)
	}
	if err := s.store.ReplaceRecoverySet(ctx, seller, set); err != nil {
		return RecoveryCodes{}, fmt.Errorf("make recovery codes: %w", err)
	}
	return made, nil
}

// UseRecoveryCode spends a code and returns the one that takes its place
// (STANDARDS NI-17). It is a try like any proof: counted before it is looked
// at, with all other tries of the seller and against the set's own hundred. The
// refusal is CodeProofWrong with tries_left, for a wrong, spent and unknown code
// and for a seller without codes, at the same cost; CodeInvalid with tries_left
// for what is no code at all; CodeTooManyTries or CodeProvingBlocked with
// retry_at. What it proves is that the codes are at hand, and nothing for money.
func (s *Service) UseRecoveryCode(ctx context.Context, seller approvals.SellerKey, code string) (RecoveryCodes, error) {
	next, _, err := s.useRecoveryCode(ctx, Subject{Seller: seller}, code, time.Time{})
	return next, err
}

// useRecoveryCode also returns what the spent code hashes to. A code that was
// made after madeBy is wrong, where that is set.
func (s *Service) useRecoveryCode(ctx context.Context, sub Subject, code string, madeBy time.Time) (RecoveryCodes, [32]byte, error) {
	try, err := s.countTry(ctx, sub, Try{Recovery: true})
	if err != nil {
		return RecoveryCodes{}, [32]byte{}, err
	}
	next, hash := newRecoveryCode(sub.Seller)
	c := Settlement{Method: approvals.RecoveryCode, Recovery: RecoverySpend{Next: hash, MadeBy: madeBy}}
	_, c.Recovery.Hash = newRecoveryCode(sub.Seller) // of a code nobody has
	why := wrong
	if cleaned, ok := cleanRecoveryCode(code); !ok {
		why = malformed
	} else if try.Recovery {
		c.Recovery.Hash = recoveryHash(sub.Seller, cleaned)
	}
	c.Accepted = s.event(sub, sellerActor(sub), "recovery_code_used", map[string]string{"block_lifted": strconv.FormatBool(try.Began)})
	if err := s.settle(ctx, sub, try, c, why); err != nil {
		return RecoveryCodes{}, [32]byte{}, err
	}
	return RecoveryCodes{Codes: []string{next}}, c.Recovery.Hash, nil
}

func newRecoveryCode(seller approvals.SellerKey) (string, [32]byte) {
	plain := recoveryText.EncodeToString(random(recoveryBytes))
	var groups []string
	for i := 0; i < len(plain); i += 4 {
		groups = append(groups, plain[i:i+4])
	}
	return strings.Join(groups, "-"), recoveryHash(seller, plain)
}

// recoveryHash is how a code is stored: with its seller, so that it means
// nothing in another row.
func recoveryHash(seller approvals.SellerKey, plain string) [32]byte {
	return sha256.Sum256(append(rowIdentity(seller, approvals.RecoveryCode, ""), plain...))
}

// cleanRecoveryCode takes the blanks and dashes out of a code and reads the
// letters people take for digits. Anything but the length of a code is none.
func cleanRecoveryCode(raw string) (string, bool) {
	if len(raw) > 2*maxCode {
		return "", false
	}
	plain := strings.Map(func(r rune) rune {
		switch r = unicode.ToUpper(r); {
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r):
			return -1
		case r == 'O':
			return '0'
		case r == 'I' || r == 'L':
			return '1'
		}
		return r
	}, raw)
	_, err := recoveryText.DecodeString(plain)
	return plain, err == nil && len(plain) == recoveryText.EncodedLen(recoveryBytes)
}
