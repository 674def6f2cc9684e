package templates

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// checkGolden compares got with testdata/golden/name.
func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./templates -update writes it)", err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		g, w := lineAt(gotLines, i), lineAt(wantLines, i)
		if g != w {
			t.Errorf("%s differs in line %d (go test ./templates -update accepts it):\n got %s\nwant %s", path, i+1, g, w)
			return
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}

// hashes in file names change with every file; golden pages keep the name.
var hashed = regexp.MustCompile(`-[0-9a-f]{16}(\.(?:css|js))`)

func TestGoldenPages(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, s Sample, l Locale, page string, _ *element) {
		checkGolden(t, filepath.Join("pages", s.Name+"."+string(l)+".html"), hashed.ReplaceAllString(page, "$1"))
	})
}

func TestGoldenMails(t *testing.T) {
	t.Parallel()
	eachMail(t, func(t *testing.T, s MailSample, l Locale, m Message) {
		name := filepath.Join("mails", s.Name+"."+string(l))
		checkGolden(t, name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
		checkGolden(t, name+".html", m.HTML)
	})
}

// TestGoldenFilesAreUsed: a golden file without its sample proves nothing.
func TestGoldenFilesAreUsed(t *testing.T) {
	t.Parallel()
	if *update {
		return
	}
	known := map[string]bool{}
	for _, l := range Locales() {
		for _, s := range allSamples() {
			known["pages/"+s.Name+"."+string(l)+".html"] = true
		}
		for _, s := range SampleMails() {
			known["mails/"+s.Name+"."+string(l)+".txt"] = true
			known["mails/"+s.Name+"."+string(l)+".html"] = true
		}
	}
	for _, dir := range []string{"pages", "mails"} {
		entries, err := os.ReadDir(filepath.Join("testdata", "golden", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !known[dir+"/"+e.Name()] {
				t.Errorf("%s/%s belongs to no sample", dir, e.Name())
			}
		}
	}
}
