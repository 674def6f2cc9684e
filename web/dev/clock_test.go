package dev_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
)

var toField = regexp.MustCompile(`name="to" value="([^"]*)"`)

// D6 and D7: who develops moves a test gateway's clock, and an action to what time
// does to it next; on a live gateway nobody does.
func TestClock(t *testing.T) {
	t.Parallel()
	o := newOffice(t, true)
	ada := o.join("acme", "Ada")
	began := o.Clock.Now()
	move := func(from string, want int, location string, change func(url.Values)) seen {
		t.Helper()
		page := ada.get(from).want(t, 200, "")
		fields := url.Values{"csrf": {page.csrf()}}
		if m := toField.FindStringSubmatch(page.text); m != nil {
			fields.Set("to", m[1])
		}
		change(fields)
		return ada.send(http.MethodPost, "/dev/clock", fields).want(t, want, location)
	}
	nothing := func(url.Values) {}
	move("/dev/simulator", 303, "/dev/simulator", nothing)
	if now := o.Clock.Now(); !now.Equal(began.Add(time.Hour)) {
		t.Fatalf("moved to %v", now)
	}
	if page := ada.get("/dev/simulator"); !strings.Contains(page.text, "Everything due by then has happened") {
		t.Error("does not say what was done")
	}
	a := o.Drive(t, approvals.AwaitingStepUp)
	path := "/dev/actions/" + string(a.ID)
	move(path, 303, path, func(f url.Values) { f.Set("action", string(a.ID)) })
	if now := o.Clock.Now(); !now.Equal(a.StepUpBy) {
		t.Errorf("moved to %v, want %v", now, a.StepUpBy)
	}
	for name, to := range map[string]string{"no time": "", "two years": began.AddDate(2, 0, 0).Format(time.RFC3339)} {
		before := o.Clock.Now()
		page := move("/dev/simulator", 400, "", func(f url.Values) { f.Set("to", to) })
		if !o.Clock.Now().Equal(before) || !strings.Contains(page.text, "to must be a time, at most a year from now") {
			t.Errorf("%s: the clock is at %v\n%s", name, o.Clock.Now(), page.text)
		}
	}
	move("/dev/simulator", 303, "/dev/simulator", func(f url.Values) { f.Set("to", approvals.FormatTime(began)) })
	if o.Clock.Now().Before(a.StepUpBy) {
		t.Error("the clock went back")
	}
	move("/dev/simulator", 403, "", func(f url.Values) { f.Del("csrf") })

	live := newOffice(t, false)
	eve := live.join("acme", "Eve")
	page := eve.get("/dev/simulator").want(t, 200, "")
	if strings.Contains(page.text, "Test clock") {
		t.Error("a live gateway offers a clock")
	}
	before := live.Clock.Now()
	eve.send(http.MethodPost, "/dev/clock", url.Values{"csrf": {page.csrf()}, "to": {approvals.FormatTime(before.Add(time.Hour))}}).want(t, 403, "")
	if !live.Clock.Now().Equal(before) {
		t.Error("a live gateway's clock moved")
	}
}
