package templates

import "testing"

// FuzzMatch: whatever a browser says of its languages, there is a page in one
// that exists.
func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"", "it", "it-IT,it;q=0.9,en;q=0.8", "de", "*", "en;q=0", "x-klingon", "it;q=1.5", ",,,", "zh-Hant-TW", "it\x00", "IT_it", "q=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if l := Match(header); !l.Known() {
			t.Errorf("%q: %q", header, l)
		}
	})
}
