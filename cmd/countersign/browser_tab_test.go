package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// run does a in the tab, within patience.
func run[T any](p *tab, what string, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		p.t.Fatalf("%s: %v%s", what, err, p.where())
	}
	return v
}

// call sends one command of the DevTools protocol to the tab.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	return run(p, command.Method, func(ctx context.Context, t *chromedp.Target) (R, error) {
		return cdp.Call(ctx, t, command, params)
	})
}

// eval runs a script in the page and waits for its value.
func eval[T any](p *tab, script string) T {
	p.t.Helper()
	return run(p, "run script", chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// do runs a script in the page for what it does.
func (p *tab) do(script string) {
	p.t.Helper()
	eval[chromedp.Void](p, script)
}

// evalWithin is eval for pages that may go away meanwhile.
func evalWithin[T any](ctx context.Context, script string) (T, error) {
	return chromedp.Run(ctx, chromedp.Evaluate[T](script))
}

// where is the tab's address and the beginning of its text, for messages.
func (p *tab) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, 2*time.Second)
	defer cancel()
	text, err := evalWithin[string](ctx, `location.href + "\n" + document.body.innerText.slice(0, 900)`)
	if err != nil {
		return ""
	}
	return "\nthe page is " + text
}

// open navigates to an address and returns the status it is answered with.
func (p *tab) open(url string) int {
	p.t.Helper()
	response := run(p, "open "+url, chromedp.NavigateResponse(url))
	if response == nil {
		return 0
	}
	return int(response.Status)
}

// click presses an element as a mouse does, waits for the page that follows,
// and returns the status it was answered with.
func (p *tab) click(selector string) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	x, y := p.point(selector)
	response, err := chromedp.RunResponse(ctx, chromedp.MouseClickXY(x, y))
	if err != nil {
		p.t.Fatalf("press %s and wait for a page: %v%s", selector, err, p.where())
	}
	if response == nil {
		return 0
	}
	return int(response.Status)
}

// press clicks an element that leads nowhere by itself.
func (p *tab) press(selector string) {
	p.t.Helper()
	x, y := p.point(selector)
	run(p, "press "+selector, chromedp.MouseClickXY(x, y))
}

// point is where an element can be pressed. One that is covered, hidden or not
// there fails the test.
func (p *tab) point(selector string) (x, y float64) {
	p.t.Helper()
	at := eval[struct {
		X, Y    float64
		Problem string
	}](p, `(() => {
	const e = document.querySelector(`+quote(selector)+`);
	if (!e) return {Problem: "is not there"};
	e.scrollIntoView({block: "center"});
	const r = e.getClientRects()[0];
	if (!r) return {Problem: "is not shown"};
	const X = r.x + r.width / 2, Y = r.y + r.height / 2, hit = document.elementFromPoint(X, Y);
	return {X, Y, Problem: hit && (e === hit || e.contains(hit) || hit.contains(e)) ? "" : "is covered"};
})()`)
	if at.Problem != "" {
		p.t.Fatalf("%s %s%s", selector, at.Problem, p.where())
	}
	return at.X, at.Y
}

// key presses one key and waits until the page has seen it.
func (p *tab) key(name, code string, number int64, text string) {
	p.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		press := input.DispatchKeyEventParams{
			Type: kind, Key: name, Code: code, WindowsVirtualKeyCode: number, NativeVirtualKeyCode: number,
		}
		if kind == input.DispatchKeyEventTypeKeyDown {
			press.Text = text
		}
		call(p, input.DispatchKeyEvent, press)
	}
}

// enter types text into a field that has the focus, as a paste does.
func (p *tab) enter(selector, text string) {
	p.t.Helper()
	p.do(`document.querySelector(` + quote(selector) + `).focus()`)
	call(p, input.InsertText, input.InsertTextParams{Text: text})
}

// text is the text of the first element that matches, as a reader sees it.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, `document.querySelector(`+quote(selector)+`)?.innerText ?? ""`)
}

// count is how many elements match.
func (p *tab) count(selector string) int {
	p.t.Helper()
	return eval[int](p, `document.querySelectorAll(`+quote(selector)+`).length`)
}

// until waits for a script to become true. It survives a page that goes away
// under it.
func (p *tab) until(what, script string) {
	p.t.Helper()
	came := inTime(func() bool {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		yes, err := evalWithin[bool](ctx, `!!(`+script+`)`)
		return err == nil && yes
	})
	if !came {
		p.t.Fatalf("waited %s in vain for %s%s", patience, what, p.where())
	}
}

// poll asks until done, and fails the test when patience ends before.
func poll(t testing.TB, what string, done func() bool) {
	t.Helper()
	if !inTime(done) {
		t.Fatalf("waited %s in vain for %s", patience, what)
	}
}

// inTime asks until done or patience ends, and reports which.
func inTime(done func() bool) bool {
	over := time.After(patience)
	again := time.NewTicker(pollEvery)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-over:
			return false
		}
	}
	return true
}

// quote makes a script literal of text.
func quote(text string) string {
	literal, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return string(literal)
}

// mustSay fails the test unless the page's main part says all the words.
func (p *tab) mustSay(words ...string) {
	p.t.Helper()
	said := p.text("main")
	for _, w := range words {
		if !strings.Contains(said, w) {
			p.t.Errorf("the page does not say %q%s", w, p.where())
		}
	}
}
