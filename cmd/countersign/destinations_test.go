package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadAccount: an account comes from a file or the standard input, in any
// spelling, and no error repeats it.
func TestReadAccount(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"IBAN": "GB33 BUKB 2020 1555 5555 55\n", "sort code": `{"sort_code":"20-20-15","account_number":"55555555","holder":"x"}`,
	} {
		path := filepath.Join(t.TempDir(), "account")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		fromFile, err := readAccount(path, strings.NewReader(""))
		if err != nil || fromFile.Canonical() != "GB/202015/55555555" {
			t.Errorf("%s: %s, %v", name, fromFile.Canonical(), err)
		}
		if piped, err := readAccount("-", strings.NewReader(text)); err != nil || piped != fromFile {
			t.Errorf("%s: %v, %v", name, piped, err)
		}
	}
	for _, wrong := range []string{"", "GB34BUKB20201555555555", `{"iban":"GB33BUKB20201555555555","pin":"1"}`, "{"} {
		if _, err := readAccount("-", strings.NewReader(wrong)); err == nil || strings.Contains(err.Error(), "2020") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := readAccount(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a file that is not there")
	}
}
