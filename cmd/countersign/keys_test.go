package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/approvals/keyring"
	"countersign/client"
	"countersign/web/webtest"
)

// keyed is a life whose keys rotate. On PostgreSQL a second node serves too.
type keyed struct {
	*life
	other *node
	path  string
	said  strings.Builder // by commands
}

func newKeyed(t *testing.T, postgres bool) *keyed {
	t.Helper()
	k := &keyed{}
	if postgres {
		p := newPair(t)
		k.life, k.other = p.life(), p.b
		k.shop = p.shopA
		var err error
		if k.seller, err = webtest.NewSeller(p.b.url, p.b.transport()); err != nil {
			t.Fatal(err)
		}
	} else {
		k.life = newLife(t, buildWithCrashpoints(t), "sqlite:"+filepath.Join(t.TempDir(), "gateway.db"))
		k.node.start()
		k.other = k.node
	}
	cfg, err := loadConfig(k.node.config)
	if err != nil {
		t.Fatal(err)
	}
	k.path = cfg.KeysFile
	return k
}

// keys runs "countersign keys …" and returns what it said.
func (k *keyed) keys(args ...string) (string, bool) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, k.node.binary, slices.Concat([]string{"keys", args[0], "--config", k.node.config}, args[1:])...).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		k.t.Fatal(err)
	}
	k.said.Write(out)
	return string(out), err == nil
}

// must is keys for what has to work and say something.
func (k *keyed) must(want string, args ...string) string {
	k.t.Helper()
	out, ok := k.keys(args...)
	if !ok || !strings.Contains(out, want) {
		k.t.Errorf("keys %v: ok %v, want %q:\n%s", args, ok, want, out)
	}
	return out
}

// refused is keys for what must not work.
func (k *keyed) refused(want string, args ...string) {
	k.t.Helper()
	if out, ok := k.keys(args...); ok || !strings.Contains(out, want) {
		k.t.Errorf("keys %v: ok %v, want %q:\n%s", args, ok, want, out)
	}
}

// killed is keys for what dies, as by kill -9, before its second commit.
func (k *keyed) killed(verb string) {
	k.t.Helper()
	cmd := exec.CommandContext(k.t.Context(), k.node.binary, "keys", verb, "--config", k.node.config)
	cmd.Env = append(os.Environ(), "CRASHPOINT=3")
	if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "sealed anew") {
		k.t.Errorf("keys %s lived: %v\n%s", verb, err, out)
	}
}

// inUse is the key of this use that makes new things.
func (k *keyed) inUse(use keyring.Use) string {
	k.t.Helper()
	keys, err := keyring.Load(k.path)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, key := range keys.Keys() {
		if key.Use == use && key.InUse {
			return key.ID
		}
	}
	k.t.Fatalf("no %s key", use)
	return ""
}

// others creates actions of other sellers, taking turns between the nodes.
func (k *keyed) others(first, n int) {
	for i := first; i < first+n; i++ {
		wanted := k.change()
		wanted.Seller.ID = "other-" + string(rune('A'+i%26)) + string(rune('A'+i/26))
		wanted.Details = client.AccountChange{To: client.Destination{SortCode: "204060", AccountNumber: fmt.Sprintf("%08d", i), Holder: "G. Ferri"}}
		if _, err := k.shop.CreateAction(k.t.Context(), wanted); err != nil {
			k.t.Errorf("while keys rotate: %v", err)
		}
	}
}

// TestKeysRotate (AS-44, F-52) with the real binary, under load: every key
// rotates between the two proofs of an action. The seller stays signed in, the
// mails' links open, the second proof and the claim go through, tokens of the
// old and the new key are published, and the old keys go when nothing needs
// them, not before. No command and no node says a key.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	for name, postgres := range map[string]bool{"sqlite": false, "postgres": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeyed(t, postgres)
			before := k.secrets()
			old := map[keyring.Use]string{}
			for _, use := range []keyring.Use{keyring.UseSeal, keyring.UseRelease, keyring.UseCookie} {
				old[use] = k.inUse(use)
			}
			k.stepUp()
			k.rotate(old)
			k.release()
			k.removeOld(old)
			k.others(60, 4)
			k.audited()
			k.silent(append(before, k.secrets()...))
			if info, err := os.Stat(k.path); err != nil || info.Mode() != 0o600 {
				t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
			}
		})
	}
}

// stepUp makes the first proof and looks at the page that follows.
func (k *keyed) stepUp() {
	k.t.Helper()
	ctx := k.t.Context()
	created, err := k.shop.CreateAction(ctx, k.change(), client.IdempotencyKey("create"))
	if err != nil {
		k.t.Fatal(err)
	}
	k.action = created
	if err := k.seller.Approve(ctx, created.Next.URL); err != nil {
		k.t.Fatal(err)
	}
}

// rotate lets every key be followed by another one, while others write and the
// seller looks at a page.
func (k *keyed) rotate(old map[keyring.Use]string) {
	k.t.Helper()
	page := k.statusPage()
	var writers sync.WaitGroup
	writers.Go(func() { k.others(0, 30) })
	k.must("is prepared", "rotate", "--prepare", "release")
	for use, id := range old {
		out := k.must("is in use.", "rotate", string(use))
		if now := k.inUse(use); now == id || !strings.Contains(out, now) {
			k.t.Errorf("%s: still %s\n%s", use, now, out)
		}
		if after := k.statusPage(); after != page {
			k.t.Errorf("after %s: the seller sees %s, before %s", use, after, page)
		}
	}
	writers.Wait()
	k.refused("links in mails", "rotate", "link")
	k.refused("destinations already on record", "rotate", "fingerprint")
	k.must("rows were sealed anew", "reseal")
	if n := k.published(); n != 2 {
		k.t.Errorf("%d release keys are published, want 2", n)
	}
}

func (k *keyed) statusPage() string {
	k.t.Helper()
	page, err := k.seller.Get(k.t.Context(), k.node.url+"/actions/"+k.action.ID+"/status")
	if err != nil {
		k.t.Fatal(err)
	}
	return page.Path + " " + page.Title
}

// published is how many release keys the other node's JWKS lists.
func (k *keyed) published() int {
	k.t.Helper()
	req, err := http.NewRequestWithContext(k.t.Context(), http.MethodGet, k.node.url+"/.well-known/jwks.json", nil)
	if err != nil {
		k.t.Fatal(err)
	}
	transport := k.other.transport()
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		k.t.Fatal(err)
	}
	defer res.Body.Close()
	var set struct{ Keys []json.RawMessage }
	if err := json.NewDecoder(res.Body).Decode(&set); err != nil {
		k.t.Fatal(err)
	}
	return len(set.Keys)
}

// release makes the second proof and claims: the token is signed with the new key.
func (k *keyed) release() {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), time.Minute)
	defer cancel()
	for state := client.State(""); state != "approved"; {
		now, err := k.shop.Action(ctx, k.action.ID)
		if err != nil {
			k.t.Fatalf("the action does not get on: %v\n%s", err, k.node.log())
		}
		if state = now.State; state == "approved" {
			break
		}
		_, _ = k.step(ctx) // what comes too early is tried again
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	claimed, err := k.shop.Claim(ctx, k.action.ID, k.change().Details)
	if err != nil {
		k.t.Fatal(err)
	}
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(claimed.ReleaseToken, ".")[0])
	var h struct{ Kid string }
	if err != nil || json.Unmarshal(header, &h) != nil || "release-"+h.Kid != k.inUse(keyring.UseRelease) {
		k.t.Errorf("the token is signed with %q, %v", h.Kid, err)
	}
	if _, err := k.shop.Report(ctx, k.action.ID, client.Executed("bank-1")); err != nil {
		k.t.Error(err)
	}
}

// removeOld: a sealing key that rows need is refused, with how many of which
// table; one that nothing needs goes.
func (k *keyed) removeOld(old map[keyring.Use]string) {
	k.t.Helper()
	second := k.inUse(keyring.UseSeal)
	k.refused("is in use", "remove", second)
	k.must("is removed", "remove", old[keyring.UseSeal])
	k.refused("no key", "remove", old[keyring.UseSeal])

	// A rotation that died before it sealed anything anew.
	if _, err := keyring.Rotate(k.path, keyring.UseSeal, time.Now()); err != nil {
		k.t.Fatal(err)
	}
	k.others(40, 2)
	k.refused("31 of actions", "remove", second)
	out := k.must("31 of actions", "list")
	if !strings.Contains(out, "2 of actions") || !strings.Contains(out, "1 of authenticators") || strings.Contains(out, "MISSING") {
		k.t.Errorf("keys list:\n%s", out)
	}
	k.killed("reseal")
	k.refused("of ", "remove", second)
	k.must("rows were sealed anew", "reseal")
	k.must("0 rows were sealed anew", "reseal")
	k.must("is removed", "remove", second)
	for _, use := range []keyring.Use{keyring.UseRelease, keyring.UseCookie} { // a day has passed by the gateway's clock
		k.must("is removed", "remove", old[use])
	}
}

// audited: what was done with keys is in the log.
func (k *keyed) audited() {
	k.t.Helper()
	for verb, want := range map[string]int{"prepare_key": 1, "rotate_key": 3, "remove_key": 4} {
		if n, err := k.node.rows("SELECT count(*) FROM events WHERE actor_type = 'operator' AND verb = '" + verb + "'"); err != nil || n != want {
			k.t.Errorf("%d events %s, %v, want %d", n, verb, err, want)
		}
	}
}

// secrets are the keys in the file, in every form they are written in.
func (k *keyed) secrets() []string {
	k.t.Helper()
	raw, err := os.ReadFile(k.path)
	if err != nil {
		k.t.Fatal(err)
	}
	var f struct {
		Link, Fingerprint string
		Cookies, Releases []string
		Sealing           struct {
			Key []struct{ KeyData struct{ Value string } }
		}
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		k.t.Fatal(err)
	}
	all := append([]string{f.Link, f.Fingerprint}, append(f.Cookies, f.Releases...)...)
	for _, key := range f.Sealing.Key {
		all = append(all, key.KeyData.Value)
	}
	return all
}

func (k *keyed) silent(secrets []string) {
	k.t.Helper()
	said := k.said.String() + k.node.log() + k.other.log()
	for i, s := range secrets {
		if len(s) < 40 || strings.Contains(said, s[:24]) {
			k.t.Errorf("key %d of %d bytes was said", i, len(s))
		}
	}
	if strings.Contains(said, "halted") || strings.Contains(said, "broken assertion") {
		k.t.Errorf("a node halted:\n%s", said)
	}
}
