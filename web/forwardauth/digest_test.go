package forwardauth

import (
	"strings"
	"testing"

	"countersign/approvals"
)

// The digest of RFC 9530 §B.1, and fields as RFC 9651 §3.2 writes them.
func TestContentDigests(t *testing.T) {
	t.Parallel()
	body := []byte(`{"hello": "world"}` + "\n")
	short := "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
	long := "sha-512=:YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==:"
	if approvals.ContentDigest(body) != short {
		t.Fatal("another digest than the RFC's")
	}
	for field, names := range map[string]int{
		short: 1, long: 1, short + "," + long: 2, long + " ,\t" + short: 2, short + ", unixsum=:AA==:": 2, "*x.y_z-1=:AA==:": 1,
	} {
		if got, ok := contentDigests(field); !ok || len(got) != names {
			t.Errorf("%s: %v, %v", field, got, ok)
		}
	}
	for name, field := range map[string]string{
		"empty":               "",
		"no value":            "sha-256",
		"a string":            `sha-256="RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="`,
		"one colon":           strings.TrimSuffix(short, ":"),
		"twice":               short + ", " + short,
		"a parameter":         short + ";q=1",
		"another list":        short + "; " + long,
		"nothing after":       short + ",",
		"upper case":          "SHA-256" + short[7:],
		"blank before":        "sha-256 " + short[7:],
		"no padding":          strings.Replace(short, "=:", ":", 2),
		"base64url":           strings.ReplaceAll(short, "/", "_"),
		"bits left over":      strings.Replace(short, "Dg=", "Dh=", 1),
		"line break":          strings.Replace(short, "MlBS", "Ml\nBS", 1),
		"too short":           "sha-256=:AAAA:",
		"SHA-512's size":      strings.Replace(long, "512", "256", 1),
		"SHA-256's size":      strings.Replace(short, "256", "512", 1),
		"empty bytes":         "md5=::",
		"begins with a digit": "1a=:AA==:",
		"too many":            short + strings.Repeat(", a=:AA==:", 8),
		"too long":            short + strings.Repeat(" ", 1<<10),
	} {
		if got, ok := contentDigests(field); ok {
			t.Errorf("%s passes: %v", name, got)
		}
	}
}

func FuzzContentDigests(f *testing.F) {
	f.Add("sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:")
	f.Add("a=:AA==:, b=:AA==:")
	f.Fuzz(func(t *testing.T, field string) {
		got, ok := contentDigests(field)
		for name, sum := range got {
			if ok && (len(sum) == 0 || !strings.Contains(field, name+"=:")) {
				t.Errorf("%q gives %q=%x", field, name, sum)
			}
		}
	})
}
