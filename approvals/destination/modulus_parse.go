package destination

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ModulusSource is a file as the operator downloaded it.
type ModulusSource struct {
	Name string // for errors
	Text []byte
}

// Bounds: the published table has some 1,200 rows, and weights of two digits.
const (
	maxModulusBytes = 4 << 20
	maxWeight       = 999
	maxModulusFault = 20
)

// ParseModulusTable reads the table of weights, one rule a line: first and last
// sort code, MOD10, MOD11 or DBLAL, 14 weights, and the exception from 1 to 14
// where there is one. The substitutions are lines of two sort codes, of which
// exception 5 computes with the second in place of the first; empty where there
// is no such file.
//
// The error names each wrong line as file:line, the first twenty of them, and
// quotes none: the files are not public.
func ParseModulusTable(rules, substitutions ModulusSource) (*ModulusTable, error) {
	t := &ModulusTable{substitutes: map[string]string{}}
	err := errors.Join(rules.each(t.rule), substitutions.each(t.substitute))
	if err == nil && len(t.rules) == 0 {
		err = fmt.Errorf("%s:1: holds no rule", rules.Name)
	}
	if err != nil {
		return nil, err
	}
	if line := t.crowded(); line != 0 {
		return nil, fmt.Errorf("%s:%d: is the third rule for one sort code; there may be two", rules.Name, line)
	}
	return t, nil
}

// each calls read with every line that is not empty.
func (s ModulusSource) each(read func(line int, fields []string) error) error {
	if len(s.Text) > maxModulusBytes {
		return fmt.Errorf("%s:1: is larger than 4 MiB", s.Name)
	}
	var wrong []error
	for i, line := range strings.Split(string(s.Text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := read(i+1, fields); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", s.Name, i+1, err))
		}
		if len(wrong) == maxModulusFault {
			break
		}
	}
	return errors.Join(wrong...)
}

// rule reads one line of the table of weights.
func (t *ModulusTable) rule(line int, fields []string) error {
	const head = 3
	if n := len(fields); n != head+modulusDigits && n != head+modulusDigits+1 {
		return fmt.Errorf("has %d columns; write two sort codes, a method, 14 weights, and an exception if there is one", n)
	}
	r := modulusRule{line: line, from: fields[0], to: fields[1], method: modulusMethod(fields[2])}
	switch {
	case !isSortCode(r.from) || !isSortCode(r.to):
		return errors.New("begins with something else than two sort codes of 6 digits")
	case r.from > r.to:
		return errors.New("has its first sort code after its last")
	case r.method != mod10 && r.method != mod11 && r.method != dblal:
		return errors.New("has a method that is not MOD10, MOD11 or DBLAL")
	}
	for i, f := range fields[head : head+modulusDigits] {
		w, ok := small(f)
		if !ok || w > maxWeight {
			return fmt.Errorf("has a weight in column %d that is not a number from 0 to %d", head+i+1, maxWeight)
		}
		r.weights[i] = w
	}
	if len(fields) > head+modulusDigits {
		e, ok := small(fields[head+modulusDigits])
		if !ok || e < 1 || e > 14 {
			return errors.New("has an exception that is not a number from 1 to 14")
		}
		r.exception = e
	}
	if r.exception == 5 && r.method == mod10 {
		return errors.New("has exception 5 with MOD10, which the rules do not know")
	}
	t.rules = append(t.rules, r)
	return nil
}

// substitute reads one line of the substitutions.
func (t *ModulusTable) substitute(_ int, fields []string) error {
	if len(fields) != 2 || !isSortCode(fields[0]) || !isSortCode(fields[1]) {
		return errors.New("is not two sort codes of 6 digits")
	}
	if _, twice := t.substitutes[fields[0]]; twice {
		return errors.New("substitutes a sort code that another line does already")
	}
	t.substitutes[fields[0]] = fields[1]
	return nil
}

// crowded returns the line of a rule that is the third for one sort code, 0 where
// there is none.
func (t *ModulusTable) crowded() int {
	ordered := slices.SortedStableFunc(slices.Values(t.rules), func(a, b modulusRule) int { return cmp.Compare(a.from, b.from) })
	furthest, second := "", "" // of those that began before, how far the two longest reach
	for _, r := range ordered {
		if r.from <= second {
			return r.line
		}
		if r.to > furthest {
			furthest, second = r.to, furthest
		} else {
			second = max(second, r.to)
		}
	}
	return 0
}

func isSortCode(s string) bool { return len(s) == 6 && digits(s) }

// small reads a number of at most three digits.
func small(s string) (int, bool) {
	if len(s) > 3 || !digits(s) {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
