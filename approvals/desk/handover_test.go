package desk

import (
	"testing"
	"time"
)

func TestPaceOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 31, 9, 0, 0, 0, time.UTC)
	ago := func(hours int) time.Time { return now.Add(-time.Duration(hours) * time.Hour) }
	all := []Served{
		{OpenedAt: ago(10), AnsweredAt: ago(9)},                                        // open
		{OpenedAt: ago(50), AnsweredAt: ago(47), ClosedAt: ago(40), Again: true},       // 3 h, 10 h
		{OpenedAt: ago(100), AnsweredAt: ago(98), ClosedAt: ago(80)},                   // 2 h, 20 h
		{OpenedAt: ago(200), AnsweredAt: ago(190), ClosedAt: ago(100)},                 // before the week, and 100 h
		{OpenedAt: ago(600), AnsweredAt: ago(500), ClosedAt: ago(400), Again: true},    // 100 h, 200 h
		{OpenedAt: ago(2000), AnsweredAt: ago(1900), ClosedAt: ago(1800), Again: true}, // too old for both
	}
	week, month := PaceOf(all, now, 7), PaceOf(all, now, 30)
	if want := (Pace{7, 3, 3, 2 * time.Hour, 20 * time.Hour, 1. / 3}); week != want {
		t.Errorf("the week is %+v, want %+v", week, want)
	}
	if want := (Pace{30, 5, 4, 3 * time.Hour, 60 * time.Hour, .5}); month != want {
		t.Errorf("the month is %+v, want %+v", month, want)
	}
	if none := PaceOf(nil, now, 7); none != (Pace{Days: 7}) {
		t.Errorf("of nothing it is %+v", none)
	}
}
