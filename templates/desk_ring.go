package templates

import (
	"fmt"
	"strconv"
	"time"
)

// DeskRings is the list of C8.
type DeskRings struct {
	DevFrame
	Rings []DeskRingLine
	Next  Link // older ones
}

// DeskRingLine is one ring in the list.
type DeskRingLine struct {
	Name          string // "R-31"
	URL           Link
	Account       string // masked
	Sellers, Span string // in words
	Stake, State  string
	Since         time.Time
}

// DeskRing is one ring: who names which destination, as a picture and as tables.
// Both are of the same rows.
type DeskRing struct {
	DevFrame
	Name         string
	Summary      string // one sentence
	Note         string // what is to be known of it; empty for nothing
	Facts        []DevFact
	Sellers      []DeskRingSeller
	Destinations []DeskRingDestination // the ring's own first
	More         bool                  // there is more than is shown
	Decide       DeskPointer           // the case that it is decided in
	Why          string                // nothing can be decided here
	Share        *DeskRingShare        // nil for who decides nothing
}

// DeskRingShare says of some sellers that they share the destination knowingly, or
// that they do not. Two people decide it.
type DeskRingShare struct {
	Submit                  Post
	Verbs, Sellers, Reasons []DevChoice
	Note                    string
	Seen                    string // the facts that the page shows, to be sent back
}

// DeskRingSeller is one seller of a ring.
type DeskRingSeller struct {
	ID          string // unique on the page
	First, Last time.Time
	What        string // what is known of them, in words
	Declared    bool
	Stake       string
	Waiting     []DeskRingAction
	Case        DeskPointer
}

// DeskRingAction is something that waits on the ring's destination.
type DeskRingAction struct{ Reference, Kind, State string }

// DeskRingDestination is a destination that sellers of the ring share.
type DeskRingDestination struct {
	Account string // masked
	Ring    DeskPointer
	Hub     bool // so many sellers name it that it says nothing
	Sellers []string
}

// maxNodes is as many as a picture can show and be understood.
const maxNodes = 40

// Measures of a picture, in its own units.
const (
	ringRow   = 40
	ringBox   = 28
	ringLeft  = 8   // of sellers
	ringRight = 392 // of destinations
	ringWide  = 240 // a box
)

// RingPicture is a ring drawn: sellers left, destinations right.
type RingPicture struct {
	Width, Height int
	Desc          string
	Nodes         []RingNode
	Edges         []RingEdge
}

// RingNode is one box.
type RingNode struct {
	Text         string
	Class        string // "seller", "declared", "destination" or "hub"
	X, Y         int
	TextX, TextY int
	Wide, High   int
}

// RingEdge says that a seller named a destination.
type RingEdge struct {
	Class          string // "declared", "hub" or "named"
	X1, Y1, X2, Y2 int
}

// Picture draws the tables. It is nil where there is too much to see.
func (p DeskRing) Picture() *RingPicture {
	if n := len(p.Sellers) + len(p.Destinations); n > maxNodes || p.More || len(p.Sellers) == 0 {
		return nil
	}
	rows := max(len(p.Sellers), len(p.Destinations))
	out := &RingPicture{
		Width: ringRight + ringWide + ringLeft, Height: rows*ringRow + ringRow - ringBox,
		Desc: counted(len(p.Sellers), "seller", "sellers") + " on the left, " + counted(len(p.Destinations), "destination", "destinations") +
			" on the right, a line for each that was named. The tables below say the same.",
	}
	at := map[string]int{} // the middle of each seller's box
	declared := map[string]bool{}
	for i, s := range p.Sellers {
		class := "seller"
		if s.Declared {
			class = "declared"
		}
		at[s.ID], declared[s.ID] = middle(i, len(p.Sellers), rows), s.Declared
		out.Nodes = append(out.Nodes, box(s.ID, class, ringLeft, at[s.ID]))
	}
	for i, d := range p.Destinations {
		class, y := "destination", middle(i, len(p.Destinations), rows)
		if d.Hub {
			class = "hub"
		}
		out.Nodes = append(out.Nodes, box(d.Account, class, ringRight, y))
		for _, s := range d.Sellers {
			edge := "named"
			switch {
			case d.Hub:
				edge = "hub"
			case declared[s]:
				edge = "declared"
			}
			out.Edges = append(out.Edges, RingEdge{edge, ringLeft + ringWide, at[s], ringRight, y})
		}
	}
	return out
}

// middle is the height of the i-th of n boxes, spread over as many rows.
func middle(i, n, rows int) int { return (2*i+1)*rows*ringRow/(2*n) + (ringRow-ringBox)/2 }

func box(text, class string, x, middle int) RingNode {
	short := []rune(text)
	if len(short) > 28 {
		short = append(short[:27:27], '…')
	}
	return RingNode{
		Text: string(short), Class: class, X: x, Y: middle - ringBox/2, TextX: x + 10, TextY: middle + 5, Wide: ringWide, High: ringBox,
	}
}

// counted is a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// DeskSpan is how long something took, as people say it.
func DeskSpan(d time.Duration) string {
	switch hours := int(d / time.Hour); {
	case hours < 1:
		return "less than an hour"
	case hours < 48:
		return counted(hours, "hour", "hours")
	default:
		return counted(hours/24, "day", "days")
	}
}

// DeskCount is a number with its noun, "more than" where counting ended there.
func DeskCount(n, most int, one, many string) string {
	if n >= most {
		return fmt.Sprintf("%d or more %s", most, many)
	}
	return counted(n, one, many)
}

// DeskMoney is an amount as agents read it: "EUR 13,090.00".
func DeskMoney(amount, currency string) string {
	whole, fraction := amount, ""
	for i, c := range amount {
		if c == '.' {
			whole, fraction = amount[:i], amount[i:]
		}
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return currency + " " + whole + fraction
}

func (DeskRings) devName() string   { return "desk/rings" }
func (DeskRings) devTitle() string  { return "Rings" }
func (DeskRing) devName() string    { return "desk/ring" }
func (p DeskRing) devTitle() string { return "Ring " + p.Name }
