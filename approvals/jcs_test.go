package approvals_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

// TestJC01_Vectors runs the test data of RFC 8785 through the canonicaliser that
// digests and events use: 6 of 6.
func TestJC01_Vectors(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/jcs/input/*.json")
	if err != nil || len(inputs) != 6 {
		t.Fatalf("%d vectors, %v; want 6", len(inputs), err)
	}
	for _, path := range inputs {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := jcs.Transform(mustRead(t, path))
			if err != nil {
				t.Fatal(err)
			}
			if want := mustRead(t, filepath.Join("testdata/jcs/output", name)); !bytes.Equal(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
			dump := mustRead(t, filepath.Join("testdata/jcs/outhex", strings.Replace(name, ".json", ".txt", 1)))
			want, err := hex.DecodeString(strings.Join(strings.Fields(string(dump)), ""))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %x, want %x, %v", got, want, err)
			}
			if again, err := jcs.Transform(got); err != nil || !bytes.Equal(again, got) {
				t.Errorf("canonical once more: %s, %v", again, err)
			}
		})
	}
}

// TestJC05_Numbers writes the beginning of the ES6 number file and compares its
// hash at 1,000, 10,000 and 100,000 lines with the published ones.
func TestJC05_Numbers(t *testing.T) {
	t.Parallel()
	want := map[int]string{
		1_000:   "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687",
		10_000:  "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892",
		100_000: "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7",
	}
	sum := sha256.New()
	next := numbers(t)
	for line := 1; line <= 100_000; line++ {
		f := next()
		text, err := jcs.NumberToJSON(f)
		if err != nil {
			t.Fatalf("line %d, %x: %v", line, math.Float64bits(f), err)
		}
		fmt.Fprintf(sum, "%x,%s\n", math.Float64bits(f), text)
		if expected, there := want[line]; there {
			if got := hex.EncodeToString(sum.Sum(nil)); got != expected {
				t.Errorf("%d lines hash to %s, want %s", line, got, expected)
			}
		}
	}
}

// numbers yields the doubles of the ES6 number file, as its README says.
func numbers(tb testing.TB) func() float64 {
	tb.Helper()
	var fixed []uint64
	words := bufio.NewScanner(bytes.NewReader(mustRead(tb, "testdata/jcs/es6_first_numbers.txt")))
	words.Split(bufio.ScanWords)
	for words.Scan() {
		bits, err := strconv.ParseUint(words.Text(), 16, 64)
		if err != nil {
			tb.Fatal(err)
		}
		fixed = append(fixed, bits)
	}
	for i := range uint64(2000) {
		fixed = append(fixed, 0x0010000000000000+i)
	}
	var block [sha256.Size]byte
	var rest []byte
	return func() float64 {
		for {
			var bits uint64
			if len(fixed) > 0 {
				bits, fixed = fixed[0], fixed[1:]
				return math.Float64frombits(bits)
			}
			if len(rest) == 0 {
				block = sha256.Sum256(block[:])
				rest = slices.Clone(block[:])
			}
			bits, rest = binary.LittleEndian.Uint64(rest), rest[8:]
			if f := math.Float64frombits(bits); f != 0 && !math.IsInf(f, 0) && !math.IsNaN(f) {
				return f
			}
		}
	}
}

func mustRead(tb testing.TB, path string) []byte {
	tb.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}
