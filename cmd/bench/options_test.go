package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  string
		fails string
		check func(options) bool
	}{
		{"", "", func(o options) bool { return o.wants("P4") && o.many == shortActions && o.few == fewActions }},
		{"-only p6,P12", "", func(o options) bool { return o.wants("P6") && o.wants("P12") && !o.wants("P4") }},
		{"-size full", "", func(o options) bool { return o.many == fullActions && o.turn == 10*time.Second }},
		{"-size full -turn 1s -actions 500", "", func(o options) bool { return o.many == 500 && o.few == 500 && o.turn == time.Second }},
		{"proxy", "", func(o options) bool { return o.wants("P1") && o.wants("P3") && !o.wants("P12") }},
		{"-turn 1s proxy", "", func(o options) bool { return o.wants("P1") && o.turn == time.Second }},
		{"risk", "", func(o options) bool {
			return o.wants("P13") && !o.wants("P9") && slices.Equal(o.sizes(), []int{shortActions, fullActions})
		}},
		{"risk -actions 500", "not an option", nil},
		{"-actions 500 risk", "", func(o options) bool { return slices.Equal(o.sizes(), []int{500}) && o.few == 500 }},
		{"proxy P6", "not an option", nil},
		{"-size huge", "short or full", nil},
		{"-only P99", "P12 (CPU of a passkey proof)", nil},
		{"-on postgresql risk", "", func(o options) bool { return o.on == onPostgres }},
		{"-on oracle", "sqlite or postgresql", nil},
		{"-rounds 0", "more than 0", nil},
		{"P6", "not an option", nil},
	} {
		o, err := parseOptions(strings.Fields(c.args), io.Discard)
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%q: %v, want an error with %q", c.args, err, c.fails)
			}
			continue
		}
		if err != nil || !c.check(o) {
			t.Errorf("%q: %+v, %v", c.args, o, err)
		}
	}
}

func TestRoute(t *testing.T) {
	t.Parallel()
	id := newID()
	for path, want := range map[string]string{
		"/v1/actions":                    "/v1/actions",
		"/v1/actions/" + id + "/claim":   "/v1/actions/{action}/claim",
		"/actions/BD-ABCD-EFGH/status":   "/actions/{action}/status",
		"/h/h" + strings.Repeat("x", 43): "/h/{token}",
		"/confirm/c" + id:                "/confirm/{token}",
		"/confirm/review":                "/confirm/review",
	} {
		if got := route(path); got != want {
			t.Errorf("route of %s is %s, want %s", path, got, want)
		}
	}
}
