package approvaldb

import (
	"encoding/json"
	"fmt"
)

// optional stores the empty string as NULL.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// list stores strings as a JSON array.
func list(s []string) (string, error) {
	if s == nil {
		s = []string{}
	}
	raw, err := json.Marshal(s)
	return string(raw), err
}

func unlist(raw string) ([]string, error) {
	var s []string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	if len(s) == 0 {
		return nil, nil
	}
	return s, nil
}
