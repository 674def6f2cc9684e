package desk_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
)

// C2: the first to decide on top, with filters, a search and pages; sellers are
// masked; what people do in cases is seen.
func TestQueue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	eve := o.join(auth.Agent, "Eve")
	eve.get("/desk").want(200, "").says("No open cases", "0 open.", "Fewer than two agents")
	first, path := o.locked()
	o.Clock.Advance(time.Minute)
	second, later := o.locked()
	page := eve.get("/desk").want(200, "").says("2 open, 2 claimed by nobody.", "A••••• R•••••", string(first.Seller), "locked", "payout account change").silent("Anna Rossi")
	if a, b := strings.Index(page.text, `href="`+path+`"`), strings.Index(page.text, `href="`+later+`"`); a < 0 || b < a {
		t.Errorf("the first to decide is not on top: %d, %d", a, b)
	}
	number := path[strings.LastIndex(path, "/")+1:]
	for query, only := range map[string]string{
		"q=C-" + number: path, "q=" + string(second.Seller): later, "q=" + second.Reference: later, "reason=seller_locked&q=" + first.Reference: path,
		"owner=me": "", "state=closed": "", "reason=not_me": "", "q=%3Cscript%3E": "", "after=1-1&q=" + first.Reference: path,
	} {
		shown := eve.get("/desk/cases?"+query).want(200, "").silent("<script>")
		for _, each := range []string{path, later} {
			if strings.Contains(shown.text, `href="`+each+`"`) != (each == only) {
				t.Errorf("%s shows %s, or not", query, each)
			}
		}
	}
	eve.press(eve.get(path), path+"/claim").want(303, path)
	eve.get("/desk/cases?owner=me").says(`href="`+path+`"`, "Eve")
	o.ok(o.Parts.Governor.Halt(t.Context(), approvals.Halt{At: o.Clock.Now(), Reason: "drill"}))
	eve.get("/desk").says("Releases are halted since")
}

// The queue's script asks without keeping anybody signed in, and gets no page.
func TestQueue_Counts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	eve := o.join(auth.Agent, "Eve")
	o.locked()
	page := eve.get("/desk")
	_, after, _ := strings.Cut(page.text, `data-poll="`)
	poll, _, _ := strings.Cut(after, `"`)
	ask := func() (said struct{ Version, Counts, Text any }) {
		o.ok(json.Unmarshal([]byte(eve.get(poll).want(200, "").text), &said))
		return said
	}
	if said := ask(); said.Text != nil || said.Counts != "1 open, 1 claimed by nobody." {
		t.Errorf("%v", said)
	}
	o.locked()
	if said := ask(); said.Text != "There is a new case." || said.Counts != "2 open, 2 claimed by nobody." {
		t.Errorf("%v", said)
	}
	for range 4 {
		o.Clock.Advance(4 * time.Minute)
		eve.get(poll)
	}
	eve.get(poll).want(401, "")
	eve.get("/desk").want(303, "/desk/sign-in")
	eve.get("/desk/cases/counts?since=x").want(401, "")
}

// C2: a queue of 10,000 cases is painted in 300 ms of server time and 40 KB, and the
// last page as the first.
func TestQueue_TenThousand(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	eve := o.join(auth.Agent, "Eve")
	a, _ := o.locked()
	o.crowd(a.SellerKey(), 10_000)
	path, pages := "/desk/cases", 0
	fastest := time.Hour
	for range 5 {
		begun := time.Now()
		page := eve.get(path).want(200, "").says("10001 open")
		fastest = min(fastest, time.Since(begun))
		pages++
		if n := strings.Count(page.text, "<tr>"); n != 51 {
			t.Fatalf("%d lines", n)
		}
		if n := packed(t, page.text); n > 40<<10 || len(page.text) > 40<<10 {
			t.Errorf("%d bytes, %d compressed", len(page.text), n)
		}
		_, after, _ := strings.Cut(page.text, `<p class="links"><a href="`)
		next, _, _ := strings.Cut(after, `"`)
		if path = strings.ReplaceAll(next, "&amp;", "&"); path == "" {
			t.Fatal("no further page")
		}
	}
	if fastest > 300*time.Millisecond {
		t.Errorf("the fastest of %d pages took %s", pages, fastest)
	}
}

func packed(t *testing.T, text string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Len()
}

// crowd opens this many cases, of as many sellers, as the database does.
func (o *office) crowd(like approvals.SellerKey, n int) {
	o.t.Helper()
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
	db := o.DB.Read(o.t.Context())
	var columns []string
	o.ok(db.Raw("SELECT name FROM pragma_table_info('sellers') WHERE name <> 'id' ORDER BY cid").Scan(&columns).Error)
	copied := strings.Join(columns, ", ")
	o.exec("INSERT INTO sellers (id, "+copied+") "+numbers+"SELECT 'crowd-' || i, "+copied+" FROM sellers, n WHERE marketplace = ? AND id = ?", n, string(like.Marketplace), string(like.Seller))
	o.exec("INSERT INTO cases (marketplace, seller, reason, opened_at, fingerprint, decide_by, joined) "+numbers+
		"SELECT ?, 'crowd-' || i, 'review', ?, '', ? + i, 0 FROM n", n, string(like.Marketplace), o.Clock.Now().UnixMicro(), o.Clock.Now().Add(time.Hour).UnixMicro())
}

func (o *office) exec(statement string, values ...any) {
	o.t.Helper()
	_, err := o.DB.SQL().ExecContext(o.t.Context(), statement, values...)
	o.ok(err)
}
