package auth

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// OT-01: RFC 6238 appendix B, 18 values, with the seeds of the erratum (LB-06).
func TestRFC6238_AppendixB(t *testing.T) {
	t.Parallel()
	file := load[struct {
		Seeds   map[string]struct{ ASCII string }
		Vectors []struct {
			Unix  int64
			TOTP8 string
			Alg   string
		}
	}](t, "rfc6238_appendix_b.json")
	hashes := map[string]otp.Algorithm{"SHA1": otp.AlgorithmSHA1, "SHA256": otp.AlgorithmSHA256, "SHA512": otp.AlgorithmSHA512}
	for _, v := range file.Vectors {
		seed := []byte(file.Seeds[v.Alg].ASCII)
		at := time.Unix(v.Unix, 0)
		code, err := totp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(seed), at, totp.ValidateOpts{
			Period: 30, Digits: otp.DigitsEight, Algorithm: hashes[v.Alg],
		})
		if err != nil || code != v.TOTP8 {
			t.Errorf("%s at %d: %s, %v, want %s", v.Alg, v.Unix, code, err, v.TOTP8)
		}
		if v.Alg != "SHA1" {
			continue
		}
		if step, err := matchCode(seed, v.TOTP8[2:], at); err != nil || step != v.Unix/30 {
			t.Errorf("six digits at %d: step %d, %v, want %d", v.Unix, step, err, v.Unix/30)
		}
	}
	if len(file.Vectors) != 18 {
		t.Errorf("%d vectors, want 18", len(file.Vectors))
	}
}

// OT-01: RFC 4226 appendix D, 10 values: HMAC, truncation, code.
func TestRFC4226_AppendixD(t *testing.T) {
	t.Parallel()
	file := load[struct {
		Secret  string `json:"secret_ascii"`
		Vectors []struct {
			Count uint64
			HMAC  string
			Trunc uint32 `json:"trunc_dec"`
			HOTP6 string
		}
	}](t, "rfc4226_appendix_d.json")
	for _, v := range file.Vectors {
		mac := hmac.New(sha1.New, []byte(file.Secret))
		mac.Write(binary.BigEndian.AppendUint64(nil, v.Count))
		sum := mac.Sum(nil)
		at := sum[19] & 0xf
		if hex.EncodeToString(sum) != v.HMAC || binary.BigEndian.Uint32(sum[at:])&math.MaxInt32 != v.Trunc {
			t.Errorf("count %d: HMAC %x", v.Count, sum)
		}
		code, err := hotp.GenerateCode(base32.StdEncoding.EncodeToString([]byte(file.Secret)), v.Count)
		if err != nil || code != v.HOTP6 {
			t.Errorf("count %d: %s, %v, want %s", v.Count, code, err, v.HOTP6)
		}
		if v.Count == 0 {
			continue // 1970 is not a time a gateway runs at
		}
		if step, err := matchCode([]byte(file.Secret), v.HOTP6, time.Unix(int64(v.Count)*30, 0)); err != nil || step != int64(v.Count) {
			t.Errorf("count %d: step %d, %v", v.Count, step, err)
		}
	}
	if len(file.Vectors) != 10 {
		t.Errorf("%d vectors, want 10", len(file.Vectors))
	}
}

// OT-03, OT-04, RELIABILITY A4: T-1, T and T+1 match, T-2 and T+2 do not, and of two
// steps with one code the higher is taken.
func TestMatchCode_Window(t *testing.T) {
	t.Parallel()
	seed := []byte("12345678901234567890")
	now := time.Unix(1_800_000_000+7, 0)
	for d := int64(-3); d <= 3; d++ {
		code, err := totp.GenerateCode(base32Plain.EncodeToString(seed), now.Add(time.Duration(d)*period))
		if err != nil {
			t.Fatal(err)
		}
		want := int64(0)
		if d >= -1 && d <= 1 {
			want = stepAt(now) + d
		}
		if step, err := matchCode(seed, code, now); err != nil || step != want {
			t.Errorf("T%+d: step %d, %v, want %d", d, step, err, want)
		}
	}
}

// The seed and time of two steps in one window with the same code, found by
// search: the higher one counts, so that neither can be used after it.
func TestMatchCode_HighestOfTwo(t *testing.T) {
	t.Parallel()
	secret := base32Plain.EncodeToString([]byte("12345678901234567890"))
	last := [2]string{}
	for step := int64(1); step < 4_000_000; step++ {
		code, err := hotp.GenerateCode(secret, uint64(step))
		if err != nil {
			t.Fatal(err)
		}
		if code == last[0] || code == last[1] {
			at := time.Unix((step-1)*30, 0)
			if got, err := matchCode([]byte("12345678901234567890"), code, at); err != nil || got != step {
				t.Errorf("step %d, %v, want %d", got, err, step)
			}
			return
		}
		last[0], last[1] = last[1], code
	}
	t.Error("no two equal codes within three steps")
}

// OT-08: three steps and five tries of six digits are 1.5 in 100,000 a block.
func TestGuessingOdds(t *testing.T) {
	t.Parallel()
	if odds := 3 * MaxTries / math.Pow10(codeOptions.Digits.Length()); odds != 1.5e-5 {
		t.Errorf("odds %g", odds)
	}
}
