package proxy_test

import (
	"runtime"
	"testing"
	"time"
)

// A stranger's token makes us read the keys again, which can take long: who is
// known does not wait for it, and all who wait, wait for one reading.
func TestJWT_slowKeys(t *testing.T) {
	t.Parallel()
	s := newSignedIn(t, nil)
	known := token(t, s.idp.keys[0], s.idp.claims(s.now.Now()))
	if got := s.bearer(known); got != 400 {
		t.Fatal(got)
	}
	s.now.Advance(31 * time.Second)
	strangers := make(chan int, 3)
	s.idp.set(func(d *idp) { // the reading stands still for as long as this holds its lock
		for range cap(strangers) {
			stranger := token(t, ecKey(t, "unknown"), s.idp.claims(s.now.Now()))
			go func() { strangers <- s.bearer(stranger) }()
		}
		for d.asked.Load() < 2 {
			runtime.Gosched()
		}
		came := make(chan int, 1)
		go func() { came <- s.bearer(known) }()
		select {
		case got := <-came:
			if got != 400 {
				t.Errorf("who is known, meanwhile: %d", got)
			}
		case <-time.After(3 * time.Second):
			t.Error("who is known waits too")
		}
	})
	for range cap(strangers) {
		if got := <-strangers; got != 401 {
			t.Errorf("a stranger: %d", got)
		}
	}
	if s.idp.count() != 2 {
		t.Errorf("read %d times", s.idp.count())
	}
}
