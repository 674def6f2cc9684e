package approvals_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"countersign/approvals"
)

var update = flag.Bool("update", false, "write the golden files, and the diagram into README.md")

// mermaid draws the states and every legal move as a Mermaid state diagram.
func mermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range approvals.Initial() {
		fmt.Fprintf(&b, "    [*] --> %s\n", s)
	}
	for _, s := range approvals.States {
		for _, to := range approvals.Next(s) {
			fmt.Fprintf(&b, "    %s --> %s\n", s, to)
		}
		if s.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}

// TestDiagram: the diagram in the repository is the one the move table draws.
// go test -update writes both files.
func TestDiagram(t *testing.T) {
	t.Parallel()
	golden(t, "testdata/states.mmd", []byte(mermaid()))
	golden(t, "testdata/states.svg", []byte(picture()))
}

// TestDiagramHoldsEveryMove counts them: the golden files cannot both be wrong.
func TestDiagramHoldsEveryMove(t *testing.T) {
	t.Parallel()
	moves, ends := 0, 0
	for _, s := range approvals.States {
		moves += len(approvals.Next(s))
		if s.Final() {
			ends++
		}
		if !strings.Contains(picture(), ">"+words(s)+"<") {
			t.Errorf("%s is not in the picture", s)
		}
	}
	if lines := strings.Count(mermaid(), "-->"); lines != len(approvals.Initial())+moves+ends {
		t.Errorf("%d arrows for %d moves", lines, moves)
	}
	if drawn := strings.Count(picture(), `class="arrow"`) + strings.Count(picture(), `class="also"`); drawn != moves {
		t.Errorf("the picture shows %d of %d moves", drawn, moves)
	}
}

const readme = "../README.md"

// TestReadmeShowsTheStates: README.md holds the diagram between its two markers,
// to the letter. Before there is a README.md there is nothing to compare, which
// is the only way past this test.
func TestReadmeShowsTheStates(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(readme)
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("there is no README.md yet; once there is, it has to show the diagram")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want := "\n```mermaid\n" + mermaid() + "```\n"
	if *update {
		if err := os.WriteFile(readme, []byte(withStates(string(raw), want)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := showsStates(string(raw), want); err != nil {
		t.Errorf("README.md: %v; go test ./approvals -run Readme -update writes it", err)
	}
}

const (
	statesBegin = "<!-- states -->"
	statesEnd   = "<!-- /states -->"
)

// showsStates says what is wrong with the diagram in text.
func showsStates(text, want string) error {
	_, after, begins := strings.Cut(text, statesBegin)
	got, _, ends := strings.Cut(after, statesEnd)
	switch {
	case !begins || !ends:
		return fmt.Errorf("has no %s … %s", statesBegin, statesEnd)
	case got != want:
		return fmt.Errorf("shows another diagram than the move table's")
	}
	return nil
}

// withStates puts the diagram between the markers, if there are any.
func withStates(text, diagram string) string {
	before, after, begins := strings.Cut(text, statesBegin)
	_, after, ends := strings.Cut(after, statesEnd)
	if !begins || !ends {
		return text
	}
	return before + statesBegin + diagram + statesEnd + after
}

// TestReadmeTestCanFail: a README.md without the diagram, or with an old one,
// does not pass.
func TestReadmeTestCanFail(t *testing.T) {
	t.Parallel()
	want := "\n```mermaid\n" + mermaid() + "```\n"
	for name, text := range map[string]string{
		"no markers":    "# Countersign\n",
		"one marker":    "# Countersign\n" + statesBegin + want,
		"empty":         statesBegin + statesEnd,
		"an old one":    statesBegin + strings.Replace(want, "held", "paused", 1) + statesEnd,
		"wrong order":   statesEnd + want + statesBegin,
		"without fence": statesBegin + mermaid() + statesEnd,
	} {
		if showsStates(text, want) == nil {
			t.Errorf("%s: passes", name)
		}
	}
	right := "# Countersign\n\n" + statesBegin + want + statesEnd + "\n\nMore.\n"
	if err := showsStates(right, want); err != nil {
		t.Errorf("right: %v", err)
	}
	if got := withStates(strings.Replace(right, "held", "paused", 1), want); got != right {
		t.Errorf("updated: %s", got)
	}
}

// golden compares got with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the move table gives (%v); go test -update writes it", path, err)
	}
}

// words is a state as people read it.
func words(s approvals.State) string { return strings.ReplaceAll(string(s), "_", " ") }

// The picture: the good way down the middle, what else may follow beside each
// box, the other places at the side, the ends below. It needs nothing to show.
const (
	boxWidth, boxHeight, rowHeight = 190, 40, 74
	leftColumn, rightColumn        = 20, 470
)

type place struct {
	state approvals.State
	x, y  int
}

// places puts each state somewhere: the good way from the top, the states off
// it that go on at the right, the other ends in a row at the bottom.
func places() []place {
	way := []approvals.State{
		approvals.AwaitingStepUp, approvals.Notifying, approvals.CoolingOff, approvals.AwaitingConfirmation,
		approvals.Approved, approvals.Releasing, approvals.Executed,
	}
	var all []place
	for i, s := range way {
		all = append(all, place{s, leftColumn, 20 + i*rowHeight})
	}
	rows := map[approvals.State]int{approvals.Held: 1, approvals.ExecutionFailed: 4, approvals.Unresolved: 5}
	ends := 0
	for _, s := range approvals.States {
		switch {
		case slices.Contains(way, s):
		case s.Final():
			all = append(all, place{s, leftColumn + ends*(boxWidth+24), 20 + len(way)*rowHeight + 30})
			ends++
		default:
			all = append(all, place{s, rightColumn, 20 + rows[s]*rowHeight})
		}
	}
	return all
}

func picture() string {
	var b strings.Builder
	all := places()
	width, height := rightColumn+2*boxWidth+40, 0
	for _, p := range all {
		height = max(height, p.y+boxHeight+20)
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="system-ui, sans-serif">`+"\n", width, height, width, height)
	b.WriteString("<title>The life of an action</title>\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#0a55b8"/></marker></defs>` + "\n")
	for i, p := range all {
		follows := approvals.Next(p.state)
		if i+1 < len(all) && all[i+1].x == p.x && slices.Contains(follows, all[i+1].state) && all[i+1].x == leftColumn {
			fmt.Fprintf(&b, `<path class="arrow" d="M%d %dV%d" stroke="#0a55b8" stroke-width="2" marker-end="url(#tip)"/>`+"\n", p.x+boxWidth/2, p.y+boxHeight, all[i+1].y-1)
			follows = slices.DeleteFunc(follows, func(s approvals.State) bool { return s == all[i+1].state })
		}
		drawBox(&b, p, follows)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawBox draws one state and, beside or below it, what may follow besides.
func drawBox(b *strings.Builder, p place, follows []approvals.State) {
	fill, line := "#f5f7f9", "#687485"
	if p.state.Final() {
		fill, line = "#e9edf2", "#465160"
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="%s"/>`+"\n", p.x, p.y, boxWidth, boxHeight, fill, line)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="15" fill="#111820">%s</text>`+"\n", p.x+boxWidth/2, p.y+25, words(p.state))
	perLine := 3
	if p.x == rightColumn {
		perLine = 2
	}
	for i, s := range follows {
		if i%perLine == 0 {
			if i > 0 {
				b.WriteString("</text>\n")
			}
			fmt.Fprintf(b, `<text x="%d" y="%d" font-size="12" fill="#465160">`, p.x+boxWidth+10, p.y+16+i/perLine*17)
		} else {
			b.WriteString(" · ")
		}
		fmt.Fprintf(b, `<tspan class="also">%s</tspan>`, map[bool]string{true: "→ " + words(s), false: words(s)}[i == 0])
	}
	if len(follows) > 0 {
		b.WriteString("</text>\n")
	}
}
