package auth

import (
	"bytes"
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// quietZone is the margin ISO/IEC 18004 asks for, in modules.
const quietZone = 4

// qrSVG draws content as a QR code, error correction M, black on white whatever
// the page looks like: a scanner cannot read an inverted one.
func qrSVG(content string) ([]byte, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	size := code.Bounds().Dx()
	all := size + 2*quietZone
	var svg bytes.Buffer
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, all, all, all, all)
	for y := range size {
		for x := range size {
			if r, _, _, _ := code.At(x, y).RGBA(); r < 0x8000 {
				fmt.Fprintf(&svg, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	svg.WriteString(`"/></svg>`)
	return svg.Bytes(), nil
}
