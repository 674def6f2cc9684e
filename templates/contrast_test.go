package templates

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance is WCAG 2.2's relative luminance of "#rrggbb".
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil || len(color) != 7 {
		t.Fatalf("colour %q", color)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// tokens reads the custom properties of the first :root block after mark.
func tokens(t *testing.T, css, mark string) map[string]string {
	t.Helper()
	at := strings.Index(css, mark)
	if at < 0 {
		t.Fatalf("no %q in app.css", mark)
	}
	block := css[at:]
	block = block[strings.Index(block, ":root"):]
	block = block[:strings.Index(block, "}")]
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([\w-]+):\s*(#[0-9a-f]{6})`).FindAllStringSubmatch(block, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// TestContrast computes UX §5.1 from the style sheet: what the table says, and
// that it is enough.
func TestContrast(t *testing.T) {
	t.Parallel()
	files, err := loadStatics()
	if err != nil {
		t.Fatal(err)
	}
	css := string(files["app.css"].Body)
	light, dark := tokens(t, css, ":root"), tokens(t, css, "prefers-color-scheme: dark")
	for _, c := range []struct {
		ink, on     string
		light, dark float64
		need        float64
	}{
		{"text", "bg", 17.49, 16.44, 4.5}, {"text", "surface", 16.29, 14.93, 4.5}, {"text", "surface-2", 14.88, 12.91, 4.5},
		{"text-muted", "bg", 8.06, 10.00, 4.5}, {"text-muted", "surface", 7.50, 9.08, 4.5}, {"text-muted", "surface-2", 6.85, 7.85, 4.5},
		{"primary", "bg", 6.99, 9.52, 4.5}, {"on-primary", "primary", 6.99, 8.99, 4.5}, {"on-primary", "primary-hover", 9.40, 11.43, 4.5},
		{"border-strong", "bg", 4.75, 6.22, 3}, {"border-strong", "surface", 4.42, 5.65, 3}, {"border", "bg", 1.56, 1.92, 0},
		{"ok", "ok-bg", 6.56, 9.44, 4.5}, {"warn", "warn-bg", 7.61, 9.87, 4.5}, {"danger", "danger-bg", 6.60, 8.69, 4.5},
		{"on-danger", "danger", 7.59, 9.77, 4.5}, {"info", "info-bg", 7.63, 9.19, 4.5},
		{"text", "ok-bg", 15.40, 13.92, 4.5}, {"text", "warn-bg", 15.86, 13.97, 4.5}, {"text", "danger-bg", 15.22, 14.71, 4.5},
		{"text", "info-bg", 15.34, 14.10, 4.5}, {"focus", "bg", 17.49, 12.83, 3},
	} {
		for _, scheme := range []struct {
			name   string
			tokens map[string]string
			want   float64
		}{{"light", light, c.light}, {"dark", dark, c.dark}} {
			ratio := contrast(t, scheme.tokens[c.ink], scheme.tokens[c.on])
			if ratio < c.need || math.Abs(ratio-scheme.want) > 0.05 {
				t.Errorf("%s: %s on %s is %.2f:1, want %.2f and at least %.1f", scheme.name, c.ink, c.on, ratio, scheme.want, c.need)
			}
		}
	}
}

// TestColoursAreTokens: a colour outside the tokens has no contrast anybody
// computed. Print is black on white, a QR code always white.
func TestColoursAreTokens(t *testing.T) {
	t.Parallel()
	files, err := loadStatics()
	if err != nil {
		t.Fatal(err)
	}
	css := string(files["app.css"].Body)
	css = css[:strings.Index(css, "@media print")]
	for _, line := range strings.Split(css, "\n") {
		if strings.Contains(line, "--") && !strings.Contains(line, "var(") || strings.Contains(line, ".qr") {
			continue
		}
		if found := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\brgba?\(`).FindString(line); found != "" {
			t.Errorf("%s in %q", found, strings.TrimSpace(line))
		}
	}
}
