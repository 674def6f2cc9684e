package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"runtime"
	"time"

	"countersign/approvals"
	"countersign/approvals/keyring"
	"countersign/auth"
	"countersign/auth/authtest"
)

// proofCost is P12: everything that auth.ProvePasskey does but the database,
// against the one signature check that cannot be left out.
func proofCost(ctx context.Context, b *bench) error {
	v, err := newVerifying(b.keys)
	if err != nil {
		return err
	}
	bare, err := newBareES256()
	if err != nil {
		return err
	}
	_, err = b.compare(ctx, comparison{
		figure: "P12", what: "processor time of one passkey proof", unit: "µs",
		ours: contender{"auth.ProvePasskey, store in memory", v.run}, peer: contender{"ECDSA P-256 verification alone", bare.run},
		target: target{atMost: true, ratio: 1.5},
	})
	return err
}

// perCall runs batches of what prepare returns for about d and returns the
// microseconds of processor time that one call of it costs.
func perCall(ctx context.Context, d time.Duration, prepare func(n int) (func() error, error)) (float64, error) {
	const batch = 300
	var used time.Duration
	calls := 0
	for began := time.Now(); time.Since(began) < d; calls += batch {
		work, err := prepare(batch)
		if err != nil {
			return 0, err
		}
		runtime.GC() // what prepare left behind is not the work's
		before := ownCPU()
		if err := work(); err != nil {
			return 0, err
		}
		used += ownCPU() - before
		if err := ctx.Err(); err != nil {
			return 0, err
		}
	}
	return float64(used.Microseconds()) / float64(calls), nil
}

// bareES256 is the peer: a signature, checked again and again.
type bareES256 struct {
	key       *ecdsa.PublicKey
	signed    []byte
	signature []byte
}

func newBareES256() (*bareES256, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	b := &bareES256{key: &key.PublicKey, signed: random(37 + sha256.Size)} // authenticator data and the client data's hash
	digest := sha256.Sum256(b.signed)
	b.signature, err = ecdsa.SignASN1(rand.Reader, key, digest[:])
	return b, err
}

func (b *bareES256) run(ctx context.Context, d time.Duration) (float64, error) {
	return perCall(ctx, d, func(n int) (func() error, error) {
		return func() error {
			for range n {
				digest := sha256.Sum256(b.signed)
				if !ecdsa.VerifyASN1(b.key, digest[:], b.signature) {
					return errors.New("a good signature was refused")
				}
			}
			return nil
		}, nil
	})
}

// verifying proves again and again, as one seller with one passkey.
type verifying struct {
	service *auth.Service
	device  *authtest.Device
	subject auth.Subject
}

func newVerifying(keys *keyring.Keyring) (*verifying, error) {
	const origin = "https://approve.market.example"
	v := &verifying{device: authtest.NewDevice(origin), subject: auth.Subject{
		Seller: approvals.SellerKey{Marketplace: "acme", Seller: "S-1"}, Action: approvals.ActionID(newID()),
		Generation: 1, Stage: approvals.StageStepUp, Digest: sha256.Sum256([]byte("action")),
	}}
	var err error
	v.service, err = auth.New(auth.Config{
		Store: &oneSeller{challenges: map[[32]byte]auth.Challenge{}}, Sealer: keys, RPID: "approve.market.example", RPName: "Market",
		Origins: []string{origin}, Issuer: "Market", NewID: newID, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	options, err := v.service.BeginPasskeyEnrolment(ctx, v.subject.Seller, "Giulia")
	if err != nil {
		return nil, err
	}
	credential, err := v.device.Create(options)
	if err != nil {
		return nil, err
	}
	_, err = v.service.FinishPasskeyEnrolment(ctx, v.subject.Seller, auth.PasskeyAnswer{Name: "phone", Credential: credential, Onboarded: time.Now()})
	return v, err
}

func (v *verifying) run(ctx context.Context, d time.Duration) (float64, error) {
	return perCall(ctx, d, func(n int) (func() error, error) {
		answers := make([][]byte, n)
		for i := range answers {
			options, err := v.service.BeginPasskey(ctx, v.subject)
			if err != nil {
				return nil, err
			}
			if answers[i], err = v.device.Get(options); err != nil {
				return nil, err
			}
		}
		return func() error {
			for _, a := range answers {
				if _, err := v.service.ProvePasskey(ctx, v.subject, a); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
}
