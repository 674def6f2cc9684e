package approvals

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on JSON that comes from outside (RELIABILITY §11).
const (
	maxDepth = 32
	maxKey   = 256
	maxInt   = 1<<53 - 1
)

// DecodeStrict reads one JSON document into v, which it must match field for
// field. Unknown fields, duplicate keys, keys that differ from ours only in
// case, null, numbers a double cannot hold, invalid UTF-8, lone surrogates,
// control and bidi characters, and anything after the document are refused
// with an *Error whose fields never quote a value (STANDARDS RA-01, TA-12,
// JC-02, JC-03, JC-04). free names a top-level field with the sender's own keys, or "".
func DecodeStrict(raw []byte, v any, free string) error {
	if err := scanJSON(raw, free); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeError(err)
	}
	return nil
}

func decodeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		got, _, _ := strings.Cut(t.Value, " ") // what follows "number" is the number
		return Invalid(FieldError{t.Field, "must be " + jsonName(t.Type) + ", not of type " + got})
	}
	const unknown = "json: unknown field "
	if text := err.Error(); len(text) > len(unknown) && text[:len(unknown)] == unknown {
		name, _ := strconv.Unquote(text[len(unknown):])
		return Invalid(FieldError{name, "is not a field of this call; remove it"})
	}
	return Invalid(FieldError{"", "must be one JSON document of the documented form"})
}

// jsonName says what a Go type is in JSON.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	default:
		return "of the documented type"
	}
}

// scanJSON checks everything encoding/json would let through.
func scanJSON(raw []byte, free string) error {
	if !utf8.Valid(raw) {
		return Invalid(FieldError{"", "must be UTF-8"})
	}
	if loneSurrogate(raw) {
		return Invalid(FieldError{"", "holds half of a surrogate pair; send whole characters"})
	}
	s := scanner{dec: json.NewDecoder(bytes.NewReader(raw)), free: free}
	s.dec.UseNumber()
	if err := s.value("", 0); err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			return e
		}
		return Invalid(FieldError{"", "must be one JSON document"})
	}
	if _, err := s.dec.Token(); !errors.Is(err, io.EOF) {
		return Invalid(FieldError{"", "must be one JSON document with nothing after it"})
	}
	return nil
}

type scanner struct {
	dec    *json.Decoder
	free   string // a top-level field with the sender's own keys
	anyKey bool   // inside it
}

func (s scanner) value(path string, depth int) error {
	if depth > maxDepth {
		return Invalid(FieldError{path, "is nested too deeply; 32 levels at most"})
	}
	tok, err := s.dec.Token()
	if err != nil {
		return err
	}
	switch t := tok.(type) {
	case json.Delim:
		if t == '{' {
			return s.object(path, depth)
		}
		for s.dec.More() {
			if err := s.value(path, depth+1); err != nil {
				return err
			}
		}
		_, err = s.dec.Token()
		return err
	case string:
		return checkString(path, t)
	case json.Number:
		return checkNumber(path, t.String())
	case nil:
		return Invalid(FieldError{path, "must not be null; leave it out"})
	}
	return nil
}

func (s scanner) object(path string, depth int) error {
	seen := map[string]bool{}
	for s.dec.More() {
		tok, err := s.dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		at := join(path, key)
		switch {
		case len(key) > maxKey:
			return Invalid(FieldError{path, "has a key longer than 256 bytes"})
		case seen[key]:
			return Invalid(FieldError{at, "is there twice; send it once"})
		case !s.anyKey && !plainKey(key):
			return Invalid(FieldError{path, "has a key that is not in lower-case letters, digits and _"})
		}
		seen[key] = true
		if err := checkString(path, key); err != nil {
			return err
		}
		below := scanner{dec: s.dec, anyKey: s.anyKey || depth == 0 && s.free != "" && key == s.free}
		if err := below.value(at, depth+1); err != nil {
			return err
		}
	}
	_, err := s.dec.Token()
	return err
}

func join(path, key string) string {
	if !plainKey(key) {
		return path
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// plainKey keeps encoding/json from matching "IBAN" or "ſeller" to a field of
// ours, and the log and the answer free of odd characters.
func plainKey(k string) bool {
	for i := range len(k) {
		if c := k[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return k != ""
}

func checkString(path, v string) error {
	for _, r := range v {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return Invalid(FieldError{path, "holds a control or text-direction character; remove it"})
		}
	}
	return nil
}

func checkNumber(path, n string) error {
	i, err := strconv.ParseInt(n, 10, 64)
	if err != nil || i > maxInt || i < -maxInt || n == "-0" {
		return Invalid(FieldError{path, "must be a whole number below 2^53; send amounts as strings"})
	}
	return nil
}

// loneSurrogate reports an escape \ud800-\udfff without its other half, which
// encoding/json would replace silently.
func loneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		u, ok := escape(raw[i:])
		if !ok {
			i++ // the escaped character, which may itself be a backslash
			continue
		}
		if u >= 0xDC00 && u <= 0xDFFF {
			return true
		}
		if u >= 0xD800 && u <= 0xDBFF {
			low, ok := escape(raw[min(i+6, len(raw)):])
			if !ok || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 6
		}
		i += 5
	}
	return false
}

func escape(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	u, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return u, err == nil
}
