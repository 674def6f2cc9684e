//go:build !race

// Under the race detector a page takes ten times as long: .ci/test runs this without
// it.

package desk_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"time"

	"countersign/approvals"
	"countersign/auth"
)

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
	t.Logf("the fastest of %d pages took %s", pages, fastest)
	if fastest > 300*time.Millisecond {
		t.Error("more than 300 ms")
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
