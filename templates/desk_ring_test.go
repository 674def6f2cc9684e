package templates

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shownRing is a ring of n sellers, who share two destinations.
func shownRing(n int) DeskRing {
	at := time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC)
	p := DeskRing{
		DevFrame: DevFrame{Role: "agent", Person: "Anna B.", CSRF: "x", Now: at}, Name: "R-31",
		Summary:      "Ring R-31: " + counted(n, "seller", "sellers") + ", 2 destinations, 18 hours, EUR 13,090.00 at stake.",
		Destinations: []DeskRingDestination{{Account: "NL91 •••• … 4300", Ring: DeskPointer{Name: "R-31, this one"}}, {Account: "IT60 •••• … 3456", Hub: true}},
	}
	for i := range n {
		s := DeskRingSeller{ID: fmt.Sprintf("S-%d<&>", i), First: at, Last: at.Add(18 * time.Hour), What: "named it", Stake: "nothing", Declared: i == 1}
		p.Sellers = append(p.Sellers, s)
		p.Destinations[0].Sellers = append(p.Destinations[0].Sellers, s.ID)
		if i%2 == 0 {
			p.Destinations[1].Sellers = append(p.Destinations[1].Sellers, s.ID)
		}
	}
	return p
}

// The picture and the tables say the same: every box is a row's name and the other
// way round, and there is a line for each time that a destination was named (UX C8).
func TestDeskRing_Picture(t *testing.T) {
	t.Parallel()
	r := sharedRenderer(t)
	for _, n := range []int{1, 2, 7, 38, 39} {
		p := shownRing(n)
		var html bytes.Buffer
		if err := r.Dev(&html, p); err != nil {
			t.Fatal(err)
		}
		root := parseHTML(t, html.String())
		var rows, boxes []string
		for _, e := range root.all(named("th")) {
			if e.attr["scope"] == "row" {
				rows = append(rows, e.words())
			}
		}
		for _, e := range root.all(named("text")) {
			boxes = append(boxes, e.words())
		}
		slices.Sort(rows)
		slices.Sort(boxes)
		lines := len(root.all(named("line")))
		if want := n + (n+1)/2; n <= 38 && (!slices.Equal(rows, boxes) || lines != want) {
			t.Errorf("%d sellers: the tables have %q, the picture has %q and %d lines, want %d", n, rows, boxes, lines, want)
		}
		if n > 38 && (len(boxes) > 0 || len(rows) != n+2 || !strings.Contains(html.String(), "too much of it for a picture")) {
			t.Errorf("%d sellers and 2 destinations are drawn", n)
		}
	}
}

// No two boxes lie over each other, and all are within the picture.
func TestDeskRing_Room(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 38; n++ {
		drawn := shownRing(n).Picture()
		for i, a := range drawn.Nodes {
			if a.X < 0 || a.Y < 0 || a.X+a.Wide > drawn.Width || a.Y+a.High > drawn.Height {
				t.Fatalf("%d sellers: %+v is out of the picture", n, a)
			}
			for _, b := range drawn.Nodes[:i] {
				if a.X == b.X && a.Y < b.Y+b.High && b.Y < a.Y+a.High {
					t.Fatalf("%d sellers: %+v lies over %+v", n, a, b)
				}
			}
		}
	}
}

func TestDeskMoney(t *testing.T) {
	t.Parallel()
	for amount, want := range map[string]string{
		"13090.00": "EUR 13,090.00", "7.50": "EUR 7.50", "1234567": "EUR 1,234,567", "100": "EUR 100", "999999.99": "EUR 999,999.99",
	} {
		if got := DeskMoney(amount, "EUR"); got != want {
			t.Errorf("%s: %s, want %s", amount, got, want)
		}
	}
}
