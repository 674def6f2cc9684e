package desk_test

import (
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
