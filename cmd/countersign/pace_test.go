package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/approvals/desk"
)

// How fast cases are answered is worked out once a minute, and again where it could
// not be read.
func TestPace(t *testing.T) {
	t.Parallel()
	var asked int
	var shown []desk.Pace
	var fails error
	p := pace{gauge: func(p desk.Pace) { shown = append(shown, p) }, find: func(context.Context, time.Time) (week, month desk.Pace, err error) {
		asked++
		return desk.Pace{Days: 7}, desk.Pace{Days: 30}, fails
	}}
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	for i, want := range []int{1, 1, 1, 1, 1, 1, 2} { // every ten seconds
		if err := p.look(t.Context(), now.Add(time.Duration(i)*10*time.Second)); err != nil || asked != want || len(shown) != 2*want {
			t.Fatalf("after %d s: asked %d times, shown %v, %v", 10*i, asked, shown, err)
		}
	}
	fails = errors.New("gone")
	for i := range 2 {
		if err := p.look(t.Context(), now.Add(time.Hour)); !errors.Is(err, fails) || asked != 3+i || len(shown) != 4 {
			t.Errorf("a database that cannot be asked: %v, asked %d times", err, asked)
		}
	}
}
