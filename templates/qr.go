package templates

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QR is a code to be drawn, always black on white with a quiet zone of four
// modules: a scanner cannot read an inverted one.
type QR struct {
	Size int    // modules on a side, quiet zone included
	Path string // SVG path of the dark modules
}

// quiet is the margin ISO/IEC 18004 asks for, in modules.
const quiet = 4

// NewQR draws content at error correction level M. It fails when content does
// not fit into a code.
func NewQR(content string) (QR, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("draw QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; {
			run := 0
			for x+run < size && dark(code.At(x+run, y).RGBA()) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += run + 1
		}
	}
	return QR{Size: size + 2*quiet, Path: path.String()}, nil
}

func dark(r, _, _, _ uint32) bool { return r < 0x8000 }
