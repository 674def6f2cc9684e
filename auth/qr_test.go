package auth

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
)

// UX S4: the image is the code's own matrix, black on white, with four modules
// of quiet zone on each side.
func TestQRSVG(t *testing.T) {
	t.Parallel()
	const content = "otpauth://totp/Market:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Market"
	raw, err := qrSVG(content)
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			Fill string `xml:"fill,attr"`
			D    string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(raw, &svg); err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	size := code.Bounds().Dx()
	if svg.ViewBox != fmt.Sprintf("0 0 %d %d", size+8, size+8) || svg.Paths[0].Fill != "#fff" || svg.Paths[1].Fill != "#000" {
		t.Errorf("image %.200s", raw)
	}
	drawn := map[string]bool{}
	for move := range strings.SplitSeq(strings.TrimPrefix(svg.Paths[1].D, "M"), "M") {
		drawn[strings.TrimSuffix(move, "h1v1h-1z")] = true
	}
	dark := 0
	for y := range size {
		for x := range size {
			r, _, _, _ := code.At(x, y).RGBA()
			if (r == 0) != drawn[fmt.Sprintf("%d %d", x+4, y+4)] {
				t.Fatalf("module %d,%d is wrong", x, y)
			}
			if r == 0 {
				dark++
			}
		}
	}
	if dark != len(drawn) {
		t.Errorf("%d modules drawn, %d are dark", len(drawn), dark)
	}
	if _, err := qrSVG(strings.Repeat("x", 5000)); err == nil {
		t.Error("what does not fit is drawn")
	}
}
