package desk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/approvals"
	"countersign/auth"
)

// Who works on cases does not read the whole log; the others do, with nothing in it
// by which a person, a device or an account is known, also in an export (UX C7).
func TestAudit(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.DriveOn(t, o.Named(t, 1, 7), approvals.CoolingOff)
	agent := o.join(auth.Agent, "Eve")
	agent.get("/desk/audit").want(403, "")
	before := o.events()
	agent.press(agent.get("/desk"), "/desk/audit/export").want(403, "")
	if after := o.events(); after != before {
		t.Errorf("%d events became %d", before, after)
	}
	secrets := []string{a.Fingerprint, a.Contacts[0].Email, "00000007", "Anna Rossi", "fingerprint"}
	for _, role := range []auth.Role{auth.Auditor, auth.Lead, auth.Admin} {
		b := o.join(role, "Some "+string(role))
		page := b.get("/desk/audit").want(200, "").says("Whole: no move is missing", "1 action with 3 moves", "step_up", string(a.ID), "person_joined", "Some "+string(role))
		export := b.press(page, "/desk/audit/export", "action", string(a.ID)).want(200, "")
		lines := strings.Split(strings.TrimSpace(export.text), "\n")
		for i, line := range lines {
			var got map[string]any
			o.ok(json.Unmarshal([]byte(line), &got))
			if end := i == len(lines)-1; end && (got["complete"] != true || got["events"] != float64(i)) || !end && (got["action"] != string(a.ID) || len(got["hash"].(string)) != 64) {
				t.Errorf("line %d of %d is %s", i+1, len(lines), line)
			}
		}
		if len(lines) < 4 {
			t.Errorf("the export is %s", export.text)
		}
		for _, secret := range secrets {
			if strings.Contains(page.text+export.text, secret) {
				t.Errorf("%s reads %q", role, secret)
			}
		}
		b.get("/desk/audit?verb=audit_exported").want(200, "").says("Some "+string(role), "audit_exported")
		b.get("/desk/audit?verb=audit_exported&actor=seller").want(200, "").says("There is no event like that.")
		b.get("/desk/audit?zone=Europe/Rome&to=2030-01-01T00:00").want(200, "").says("<th scope=\"col\">Europe/Rome</th>", "10:00:00 &#43;01:00")
		b.get("/desk/audit?from=yesterday&zone=Nowhere").want(422, "").says("Error:", `href="#from"`, `href="#zone"`)
		b.press(page, "/desk/audit/export", "from", "yesterday").want(400, "")
	}
}

// What somebody with a database shell did to the log is said, in red and in words (N6).
func TestAudit_Tampered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.DriveOn(t, o.Named(t, 1, 7), approvals.CoolingOff)
	other := o.DriveOn(t, o.Named(t, 2, 8), approvals.CoolingOff)
	b := o.join(auth.Auditor, "Aud")
	if strings.Contains(b.get("/desk/audit").text, "not as it was written") {
		t.Error("an honest log is called broken")
	}
	for _, statement := range []string{
		"DROP TRIGGER events_kept_update", "DROP TRIGGER events_kept_delete", "PRAGMA foreign_keys = OFF",
		"UPDATE events SET to_state = 'approved' WHERE version = 2 AND action = '" + string(a.ID) + "'",
	} {
		if _, err := o.DB.SQL().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	page := b.get("/desk/audit").want(200, "").says(`role="alert"`, "The log is not as it was written.", string(a.ID), "move 3 begins in", "Broken: see above.")
	if strings.Contains(page.text, string(other.ID)+"</a>: ") {
		t.Error("another action is called broken")
	}
}
