package proxy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/approvals"
)

// Limits on JSON of a marketplace's own form (RELIABILITY §9 I).
const (
	maxDepth = 32
	maxKey   = 256
	exactInt = 1 << 53 // above it a double loses digits
)

// readJSON reads one document that every reader understands alike. The names
// in it are the marketplace's own, so they may be written in any way, but no
// two of an object in the same way but for case: some readers fold it (RFC 8259
// §4).
func readJSON(raw []byte) (any, error) {
	wrong := func(what string) error { return approvals.Invalid(approvals.FieldError{Message: what}) }
	if !utf8.Valid(raw) || loneSurrogate(raw) {
		return nil, wrong("the body must be UTF-8")
	}
	j := jsonReader{json.NewDecoder(bytes.NewReader(raw))}
	j.UseNumber()
	v, err := j.value(0)
	if e, ok := errors.AsType[*jsonError](err); ok {
		return nil, wrong(string(*e))
	}
	if err != nil {
		return nil, wrong("the body must be one JSON document")
	}
	if _, err := j.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong("the body must be one JSON document with nothing after it")
	}
	return v, nil
}

type jsonError string

func (e *jsonError) Error() string { return string(*e) }

func badJSON(what string) error { e := jsonError("the body " + what); return &e }

type jsonReader struct{ *json.Decoder }

func (j jsonReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, badJSON("is nested too deeply; 32 levels at most")
	}
	t, err := j.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return j.object(depth)
		}
		return j.list(depth)
	case json.Number:
		return number(t.String())
	case string:
		if strings.IndexByte(t, 0) >= 0 {
			return nil, badJSON("holds a null character")
		}
	}
	return t, nil
}

func (j jsonReader) list(depth int) (any, error) {
	out := []any{}
	for j.More() {
		v, err := j.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := j.Token()
	return out, err
}

func (j jsonReader) object(depth int) (any, error) {
	out, seen := map[string]any{}, map[string]bool{}
	for j.More() {
		t, err := j.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string)
		same := strings.ToLower(strings.ToUpper(key))
		if len(key) > maxKey || seen[same] || strings.IndexByte(key, 0) >= 0 {
			return nil, badJSON("has a name twice in one object, upper and lower case being one, or one longer than 256 bytes")
		}
		seen[same] = true
		if out[key], err = j.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := j.Token()
	return out, err
}

// number keeps whole numbers whole. One that a double would change is refused.
func number(s string) (any, error) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" && i <= exactInt && i >= -exactInt {
		return i, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) > exactInt || f == 0 && s[0] == '-' {
		return nil, badJSON("holds a number that not every reader takes for the same; send it as a string")
	}
	return f, nil
}

// loneSurrogate reports an escape \ud800 to \udfff without its other half.
func loneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		high, ok := unicodeEscape(raw[i:])
		if !ok {
			i++
			continue
		}
		i += 5
		if high < 0xD800 || high > 0xDFFF {
			continue
		}
		low, ok := unicodeEscape(raw[i+1:])
		if high > 0xDBFF || !ok || low < 0xDC00 || low > 0xDFFF {
			return true
		}
		i += 6
	}
	return false
}

func unicodeEscape(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	u, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return u, err == nil
}
