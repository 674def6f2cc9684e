package desk_test

import (
	"strings"
	"testing"
	"time"
)

// C4: one masked field, for sixty seconds, to whoever claimed the case and to nobody
// else, with a reason; it is in no other page.
func TestReveal(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	marco, anna := o.pair()
	a, path := o.locked()
	account := "account:" + string(a.ID)
	show := func(b *browser, field, why string) seen {
		return b.press(b.get(path), path+"/reveals", "field", field, "because", why)
	}
	show(marco, account, "V1").want(403, "").says("Claim the case first")
	marco.press(marco.get(path), path+"/claim").want(303, path)
	show(marco, "", "V1").want(422, "").says("Choose what is to be shown")
	show(marco, account, "").want(422, "").says("Choose why")

	before := o.events()
	to := show(marco, account, "V1").Header.Get("Location")
	if !strings.HasPrefix(to, path+"/reveals/") || o.events() == before {
		t.Fatalf("led to %q with %d events", to, o.events()-before)
	}
	dest, err := a.Destination()
	o.ok(err)
	revealed := marco.get(to).want(200, "").says(strings.ReplaceAll(dest.Grouped(), " ", "")[:4], "shown to Marco T. "+o.Clock.Now().UTC().Format("15:04"), "1 reveal today.", a.Reference)
	if got := revealed.Header.Get("Refresh"); got != "60; url="+path {
		t.Errorf("goes back %q", got)
	}
	if revealed.Header.Get("Cache-Control") != "no-store" {
		t.Error("may be kept")
	}
	number := strings.ReplaceAll(dest.Grouped(), " ", "")
	for _, other := range []string{path, "/desk", "/desk/sign"} {
		if strings.Contains(strings.ReplaceAll(marco.get(other).text, " ", ""), number) {
			t.Errorf("%s has the number", other)
		}
	}
	anna.get(to).want(303, path)
	o.Clock.Advance(30 * time.Second)
	if got := marco.get(to).Header.Get("Refresh"); got != "30; url="+path {
		t.Errorf("goes back %q", got)
	}
	o.Clock.Advance(31 * time.Second)
	marco.get(to).want(303, path)
	marco.get(show(marco, "name", "R4").Header.Get("Location")).says("Anna Rossi", "2 reveals today.")
}
