package dev_test

import (
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
)

// sends reports whether a command, taken apart by a shell, posts this body to
// this path.
func sends(t *testing.T, command, path string, body any) bool {
	t.Helper()
	target := "https://gateway.example" + strings.NewReplacer("{id}", "ID").Replace(path)
	if !strings.Contains(command, strings.TrimPrefix(target, "https://gateway.example")+`"`) || !strings.Contains(command, "-d '") {
		return false
	}
	script := "curl() { printf '%s\\0' \"$@\"; }\nuuidgen() { echo u; }\nGATEWAY=https://gateway.example API_KEY=k\n" + command
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	if err != nil {
		t.Errorf("%s: %v", command, err)
		return false
	}
	args := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if args[0] != target {
		return false
	}
	raw := args[len(args)-1]
	var got, want any
	written, err := json.Marshal(body)
	if err != nil || json.Unmarshal([]byte(raw), &got) != nil || json.Unmarshal(written, &want) != nil {
		t.Errorf("%s: the body is no JSON", command)
		return false
	}
	return reflect.DeepEqual(got, want)
}
