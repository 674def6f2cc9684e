package peer_test

import (
	"strings"
	"testing"

	"countersign/web/peer"
)

// F2: an empty list and a list of everybody are refused, with what to write.
func TestParse_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		entries []string
		says    string
	}{
		{nil, "must list the addresses"},
		{[]string{"0.0.0.0/0"}, "which is everybody"},
		{[]string{"10.0.0.1", "::/0"}, "which is everybody"},
		{[]string{"10.0.0.5/24"}, "must hold 10.0.0.0/24"},
		{[]string{"proxy.internal"}, "addresses and ranges only"},
		{[]string{""}, "addresses and ranges only"},
		{[]string{"fe80::1%eth0"}, "addresses and ranges only"},
		{[]string{"10.0.0.0/33"}, "addresses and ranges only"},
	} {
		if _, err := peer.Parse(c.entries); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.entries, err)
		}
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	l, err := peer.Parse([]string{"10.0.0.5", " 10.1.0.0/16", "2001:db8::/32", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for remote, want := range map[string]bool{
		"10.0.0.5:1": true, "10.0.0.6:1": false, "10.1.255.1:443": true, "10.2.0.0:1": false, "[2001:db8::7]:80": true, "[2001:db9::7]:80": false,
		"[::ffff:10.0.0.5]:1": true, "127.0.0.1:1": true, "127.0.0.2:1": false, "": false, "10.0.0.5": false, "pipe": false, "@": false,
	} {
		if l.Has(remote) != want {
			t.Errorf("%s: %v", remote, !want)
		}
	}
	if (peer.List)(nil).Has("127.0.0.1:1") {
		t.Error("the empty list trusts somebody")
	}
}
