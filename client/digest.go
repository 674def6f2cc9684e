package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Digested is what an action's digest covers.
type Digested struct {
	ID          string    // the action's
	Kind        string    //
	Marketplace string    // the id the gateway knows the marketplace by
	Seller      string    // the marketplace's own id of the seller
	Details     any       // as given to CreateAction
	CreatedAt   time.Time // as CreateAction answered it
}

// Digest recomputes an action's digest from the marketplace's own records:
// SHA-256 over "countersign/action/v1\n" and the RFC 8785 form of the six
// fields, in lower-case hexadecimal. A release token with this digest releases
// these details and no others.
func Digest(d Digested) (string, error) {
	details, err := json.Marshal(d.Details)
	if err != nil {
		return "", fmt.Errorf("countersign: encode details: %w", err)
	}
	raw, err := json.Marshal(map[string]any{
		"id": d.ID, "kind": d.Kind, "marketplace": d.Marketplace, "seller": d.Seller,
		"details": json.RawMessage(details), "created_at": d.CreatedAt.UTC().Format("2006-01-02T15:04:05.000000Z"),
	})
	if err != nil {
		return "", fmt.Errorf("countersign: encode action: %w", err)
	}
	canonical, err := canonicalJSON(raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte("countersign/action/v1\n"), canonical...))
	return hex.EncodeToString(sum[:]), nil
}

// canonicalJSON returns the RFC 8785 form of a JSON text. A duplicate key is
// an error.
func canonicalJSON(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out bytes.Buffer
	if err := canonicalValue(d, &out); err != nil {
		return nil, fmt.Errorf("countersign: canonical JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("countersign: canonical JSON: more than one value")
	}
	return out.Bytes(), nil
}

func canonicalValue(d *json.Decoder, out *bytes.Buffer) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(t))
	case string:
		canonicalString(t, out)
	case json.Number:
		return canonicalNumber(t, out)
	case json.Delim:
		if t == '{' {
			return canonicalObject(d, out)
		}
		return canonicalArray(d, out)
	}
	return nil
}

func canonicalArray(d *json.Decoder, out *bytes.Buffer) error {
	out.WriteByte('[')
	for i := 0; d.More(); i++ {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := canonicalValue(d, out); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	_, err := d.Token()
	return err
}

// canonicalObject sorts names by UTF-16 code units, which is not the order of
// bytes for characters beyond the basic plane (RFC 8785 §3.2.3).
func canonicalObject(d *json.Decoder, out *bytes.Buffer) error {
	members := map[string][]byte{}
	var names []string
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name := token.(string) // the decoder lets nothing else stand here
		if _, twice := members[name]; twice {
			return errors.New("a name is given twice")
		}
		var value bytes.Buffer
		if err := canonicalValue(d, &value); err != nil {
			return err
		}
		members[name] = value.Bytes()
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		canonicalString(name, out)
		out.WriteByte(':')
		out.Write(members[name])
	}
	out.WriteByte('}')
	_, err := d.Token()
	return err
}

// canonicalString escapes what RFC 8785 §3.2.2.2 names and nothing else.
func canonicalString(s string, out *bytes.Buffer) {
	const short = "\b\t\n\f\r\"\\"
	out.WriteByte('"')
	for _, r := range s {
		i := strings.IndexRune(short, r)
		switch {
		case i >= 0:
			out.WriteByte('\\')
			out.WriteByte(`btnfr"\`[i])
		case r < ' ':
			fmt.Fprintf(out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}

// canonicalNumber writes a number as ECMAScript does, which is what
// encoding/json does for a float64 other than minus zero.
func canonicalNumber(n json.Number, out *bytes.Buffer) error {
	f, err := n.Float64()
	if err != nil || math.IsInf(f, 0) {
		return errors.New("a number is too large")
	}
	if f == 0 {
		f = 0 // minus zero is written as zero
	}
	b, err := json.Marshal(f)
	out.Write(b)
	return err
}
