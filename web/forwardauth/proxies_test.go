package forwardauth_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/web/samples"
)

// nginx runs Debian's nginx on a file of conf.d.
func nginx(t *testing.T, config, address string) {
	t.Helper()
	dir := t.TempDir()
	paths := ""
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("%s_temp_path %s/%s;\n", name, dir, name)
	}
	outer := "daemon off;\nmaster_process off;\npid " + dir + "/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + paths +
		"proxy_cache_path " + dir + "/cache keys_zone=decisions:1m;\ninclude " + dir + "/countersign.conf;\n}\n"
	for name, text := range map[string]string{"nginx.conf": outer, "countersign.conf": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, address, "nginx", nil, "-p", dir, "-e", "stderr", "-c", filepath.Join(dir, "nginx.conf"))
}

// caddy runs Debian's Caddy.
func caddy(t *testing.T, config, address string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte("{\n\tadmin off\n}\n"+config), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, address, "caddy", []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}, "run", "--config", file, "--adapter", "caddyfile")
}

func TestNginx(t *testing.T) {
	t.Parallel()
	behind(t, newEdge(t, nginx, "nginx.conf", "listen 80;"), http.StatusInternalServerError)
}

func TestCaddy(t *testing.T) {
	t.Parallel()
	behind(t, newEdge(t, caddy, "Caddyfile", "market.example {"), http.StatusBadGateway)
}

// behind holds a proxy with its shipped configuration against what the issue
// promises. down is what it answers when the gateway is gone.
func behind(t *testing.T, e *edge, down int) {
	t.Helper()
	e.passesOnce(t)
	e.bodyChanged(t)
	e.notApproved(t)
	e.notGuarded(t)
	e.spellings(t)
	e.script(t)
	e.gatewayGone(t, down)
}

// The script of the guide: what it prints before the approval, after it, and
// when it repeats itself within 30 seconds.
func (e *edge) script(t *testing.T) {
	t.Helper()
	text, err := samples.Files.ReadFile("forward_auth.sh")
	if err != nil {
		t.Fatal(err)
	}
	a := e.in(approvals.AwaitingStepUp)
	for i, want := range []string{"401", "200", "200"} {
		if i == 1 {
			e.DriveOn(t, e.Read(t, a), approvals.Approved)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-s")
		cmd.Stdin = bytes.NewReader(text)
		cmd.Env = append(os.Environ(), "SHOP="+e.url, "ACTION="+string(a.ID))
		if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("the script says %q, want %s, %v", out, want, err)
		}
	}
	if claims := e.Read(t, a).Claims; claims != 1 || len(e.executed.take()) != 2 {
		t.Errorf("%d claims", claims)
	}
	e.reached.take()
	e.asked.take()
}

// FW-04, FW-05, AS-11: the approved request arrives with its token, and nothing
// that the client said of itself arrives anywhere.
func (e *edge) passesOnce(t *testing.T) {
	t.Helper()
	a := e.in(approvals.Approved)
	res := e.send("POST", boundTarget, boundBody, naming(a), forged)
	asked, reached, executed := e.asked.take(), e.reached.take(), e.executed.take()
	if res.StatusCode != 200 || len(asked) != 1 || len(reached) != 1 || len(executed) != 1 || e.state(a) != approvals.Releasing {
		t.Fatalf("passes: %d, asked %d, reached %d, executed %d, %s", res.StatusCode, len(asked), len(reached), len(executed), e.state(a))
	}
	if found := clean(asked[0], true); found != nil {
		t.Errorf("the gateway was told %q", found)
	}
	if found := clean(reached[0], false); found != nil {
		t.Errorf("the marketplace was told %q", found)
	}
	for name, values := range reached[0].Header {
		named := strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "countersign-")
		if named && (len(values) != 1 || name != "Countersign-Release" && name != "Countersign-Action") {
			t.Errorf("the marketplace was told %s: %q", name, values)
		}
	}
	if got := reached[0].Header.Get("Countersign-Action"); got != string(a.ID) {
		t.Errorf("the marketplace was told of action %q", got)
	}
	if res := e.send("POST", boundTarget, boundBody, naming(a)); res.StatusCode != 403 || len(e.reached.take()) != 0 {
		t.Errorf("a second time: %d", res.StatusCode)
	}
	e.asked.take()
}

// FW-04, F17: no proxy shows the body, so one that was changed after the
// approval passes the proxy, and the guard at the marketplace refuses it.
func (e *edge) bodyChanged(t *testing.T) {
	t.Helper()
	a := e.in(approvals.Approved)
	changed := strings.Replace(boundBody, "GB33", "GB34", 1)
	res := e.send("POST", boundTarget, changed, naming(a))
	if res.StatusCode != 403 || len(e.reached.take()) != 1 || len(e.executed.take()) != 0 {
		t.Errorf("changed body: %d", res.StatusCode)
	}
	b := e.in(approvals.Approved) // with the digest of what is really sent the gateway sees it
	honest := naming(b)
	honest["Content-Digest"] = approvals.ContentDigest([]byte(changed))
	res = e.send("POST", boundTarget, changed, honest)
	if res.StatusCode != 403 || len(e.reached.take()) != 0 || e.state(b) != approvals.Held {
		t.Errorf("changed body with its digest: %d, %s", res.StatusCode, e.state(b))
	}
	e.asked.take()
}

// FW-02, NX-01, SU-01: the client is told what is missing and where the seller
// goes on; the marketplace gets nothing.
func (e *edge) notApproved(t *testing.T) {
	t.Helper()
	a := e.in(approvals.AwaitingStepUp)
	res := e.send("POST", boundTarget, boundBody, naming(a))
	if res.StatusCode != 401 || !strings.Contains(res.Header.Get("WWW-Authenticate"), "insufficient_user_authentication") {
		t.Errorf("not approved: %d %v", res.StatusCode, res.Header)
	}
	if got := res.Header.Values("Countersign-Location"); len(got) != 1 || got[0] != publicURL+"/actions/"+a.Reference {
		t.Errorf("Countersign-Location %q", got)
	}
	if res := e.send("POST", boundTarget, boundBody); res.StatusCode != 401 || res.Header.Get("Countersign-Location") != "" {
		t.Errorf("no action named: %d %v", res.StatusCode, res.Header)
	}
	if res := e.send("POST", boundTarget, boundBody, naming(approvals.Action{ID: "nobody's"})); res.StatusCode != 403 {
		t.Errorf("unknown action: %d", res.StatusCode)
	}
	if got := e.reached.take(); len(got) != 0 {
		t.Errorf("the marketplace got %d requests", len(got))
	}
	e.asked.take()
}

// What needs no approval is not asked about, and carries no token either.
func (e *edge) notGuarded(t *testing.T) {
	t.Helper()
	for _, r := range [][2]string{{"GET", boundTarget}, {"POST", "/prices"}} {
		res := e.send(r[0], r[1], "", forged, map[string]string{"Countersign-Action": "forged"})
		reached := e.reached.take()
		if res.StatusCode != 200 || len(reached) != 1 || len(e.asked.take()) != 0 {
			t.Fatalf("%s %s: %d, reached %d", r[0], r[1], res.StatusCode, len(reached))
		}
		if found := clean(reached[0], false); found != nil || reached[0].Header.Get("Countersign-Action") != "" {
			t.Errorf("%s %s: the marketplace was told %q", r[0], r[1], found)
		}
	}
	e.executed.take()
}

// G1 to G10: another spelling of a guarded path is guarded too, and refused.
func (e *edge) spellings(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/BANK", "/Bank/x", "/%42aNK", "//bank", "/./bank", "/x/../bank", "/%62ank", "/x/%2e%2e/bank", "/bank%00", "/bank;x=1", "/bank/..;/bank", "/bank%2f", `/bank\x`} {
		c, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", path, strings.TrimPrefix(e.url, "http://"))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode < 400 || len(e.reached.take()) != 0 {
			t.Errorf("%s: %v, %v", path, res, err)
		}
		_ = c.Close()
	}
	e.asked.take()
}

// F-60, FW-03: the gateway is gone, and the marketplace gets nothing.
func (e *edge) gatewayGone(t *testing.T, status int) {
	t.Helper()
	a := e.in(approvals.Approved)
	e.gateway.CloseClientConnections()
	e.gateway.Close()
	for range 3 {
		if res := e.send("POST", boundTarget, boundBody, naming(a)); res.StatusCode != status {
			t.Errorf("gateway gone: %d, want %d", res.StatusCode, status)
		}
	}
	if got := e.reached.take(); len(got) != 0 {
		t.Errorf("gateway gone: the marketplace got %d requests", len(got))
	}
	if e.state(a) != approvals.Approved {
		t.Errorf("gateway gone: the action is %s", e.state(a))
	}
}

// FW-03: a gateway that takes the question and never answers is as good as none.
func TestGatewayHangs(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func() *edge{
		"nginx": func() *edge {
			return newEdge(t, nginx, "nginx.conf", "listen 80;", "proxy_read_timeout    10s;", "proxy_read_timeout 200ms;")
		},
		"caddy": func() *edge {
			return newEdge(t, caddy, "Caddyfile", "market.example {", "response_header_timeout 10s", "response_header_timeout 200ms")
		},
	} {
		e := start()
		a := e.in(approvals.Approved)
		e.hangs.Store(true)
		res := e.send("POST", boundTarget, boundBody, naming(a))
		if res.StatusCode < 500 || len(e.asked.take()) == 0 || len(e.reached.take()) != 0 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// FW-07: nginx can cache what it is told by a subrequest. It must not: told to
// keep everything for a minute, it still asks each time.
func TestNginx_DecisionNotCached(t *testing.T) {
	t.Parallel()
	e := newEdge(t, nginx, "nginx.conf", "listen 80;", "proxy_cache                off;", "proxy_cache decisions; proxy_cache_valid any 1m;")
	a := e.in(approvals.AwaitingStepUp)
	for _, want := range []int{401, 401} {
		if res := e.send("POST", boundTarget, boundBody, naming(a)); res.StatusCode != want {
			t.Errorf("%d, want %d", res.StatusCode, want)
		}
	}
	e.DriveOn(t, e.Read(t, a), approvals.Approved)
	for _, want := range []int{200, 403, 403} {
		if res := e.send("POST", boundTarget, boundBody, naming(a)); res.StatusCode != want {
			t.Errorf("%d, want %d", res.StatusCode, want)
		}
	}
	if asked, executed := len(e.asked.take()), len(e.executed.take()); asked != 5 || executed != 1 {
		t.Errorf("asked %d times, executed %d", asked, executed)
	}
}
