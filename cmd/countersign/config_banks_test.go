package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The operator's own table is read when the configuration is checked; what is
// wrong with it is told by its own line.
func TestConfigBanks(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const rule = "111111 111111 MOD10 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n"
	good, broken := file("good", rule), file("broken", rule+"111111 111111 MOD12\n")
	substitutions := file("substitutions", "111111\n")
	for _, tt := range []struct{ name, yaml, says string }{
		{"none", "", ""},
		{"a table", "banks: {uk_modulus_file: " + good + "}", ""},
		{"a broken line", "banks: {uk_modulus_file: " + broken + "}", broken + ":2: has 3 columns"},
		{"a broken substitution", "banks: {uk_modulus_file: " + good + ", uk_substitutions_file: " + substitutions + "}", substitutions + ":1: is not two sort codes"},
		{"no such file", "banks: {uk_modulus_file: " + dir + "/none}", "banks.uk_modulus_file cannot be read"},
		{"substitutions alone", "banks: {uk_substitutions_file: " + substitutions + "}", "banks.uk_substitutions_file is of use beside"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := loadConfig(configFile(t, goodConfig+tt.yaml+"\n"))
			if tt.says == "" {
				table, err2 := c.modulusTable()
				if err != nil || err2 != nil || (table != nil) != (tt.yaml != "") {
					t.Errorf("%v, %v, %v", table, err, err2)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if _, err := c.modulusTable(); err == nil && c.Banks.UKModulusFile != "" {
				t.Error("a gateway would start")
			}
		})
	}
}
