package page

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/auth"
	"countersign/templates"
	"countersign/web/problem"
	"countersign/web/session"
)

// Door lets people in who have a passkey and nothing else: invited once, signed in
// as often as they like. It is safe for concurrent use.
type Door struct {
	// Base is the address of the home behind the door; Name is what the browser's
	// cookies of it are called.
	Base, Name string
	// Admits reports whether there is anything behind the door for this role.
	Admits   func(auth.Role) bool
	People   *auth.People
	Sessions *session.PeopleStore
	Doors    *session.Store // keeps what a browser opened before anybody is signed in
	// SignIn and Join show the pages that ask for a passkey.
	SignIn func(w http.ResponseWriter, status int, p templates.DevSignIn) error
	Join   func(w http.ResponseWriter, r *http.Request, status int, who auth.Person, p templates.DevPasskey) error
}

// Table are the pages of the door.
func (d *Door) Table() Table {
	return Table{
		"GET " + d.Base + "/join/{token}":     d.joinOpen,
		"GET " + d.joinPath():                 d.joinShow,
		"POST " + d.joinPath():                d.joinMake,
		"POST " + d.joinPath() + "/options":   d.joinOptions,
		"GET " + d.SignInPath():               d.signInShow,
		"POST " + d.SignInPath():              d.signIn,
		"POST " + d.SignInPath() + "/options": d.signInOptions,
	}
}

// SignInPath is where the door asks who somebody is.
func (d *Door) SignInPath() string { return d.Base + "/sign-in" }
func (d *Door) joinPath() string   { return d.Base + "/join" }

// What a browser has opened before anybody is signed in: the page that asks who
// the reader is, the page they wanted, and an invitation.
func (d *Door) asking() approvals.Purpose  { return approvals.Purpose(d.Name + "-door") }
func (d *Door) wanting() approvals.Purpose { return approvals.Purpose(d.Name + "-back") }
func (d *Door) joining() approvals.Purpose { return approvals.Purpose(d.Name + "-join") }

// signInShow asks for a passkey. The browser keeps a random word, and only it
// can ask for a challenge and answer it. Opening the page begins none: whoever
// it is that opens it, nothing is written.
func (d *Door) signInShow(w http.ResponseWriter, r *http.Request) error {
	kept, open := d.Doors.Pointed(r, d.asking())
	if !open || kept.Ended {
		kept = session.Pointer{Purpose: d.asking(), Token: rand.Text() + rand.Text()}
		if r.Method != http.MethodHead {
			if err := d.Doors.Point(w, kept); err != nil {
				return err
			}
		}
	}
	return d.askWho(w, r, kept, false)
}

func (d *Door) askWho(w http.ResponseWriter, r *http.Request, kept session.Pointer, refused bool) error {
	at, status := templates.Post(d.SignInPath()), http.StatusOK
	if refused {
		status = http.StatusUnprocessableEntity
	}
	return d.SignIn(w, status, templates.DevSignIn{Back: d.wanted(r) != "", Passkey: templates.DevPasskey{
		Ask: "get", Submit: at, Refresh: at + "/options", CSRF: kept.Page(), Button: "Sign in with a passkey", Refused: refused,
	}})
}

// wantedMax is the longest address that is kept, in bytes.
const wantedMax = 512

// want remembers which of our pages was opened by somebody who has to sign in
// first. It is in a signed cookie, so nobody but us put it there.
func (d *Door) want(w http.ResponseWriter, r *http.Request) {
	to := r.URL.RequestURI()
	if r.Method != http.MethodGet || len(to) > wantedMax || !strings.HasPrefix(to, d.Base+"/") {
		return
	}
	_ = d.Doors.Point(w, session.Pointer{Purpose: d.wanting(), Token: to}) // who signs in is led home then
}

// wanted is the page that is remembered, empty where none is.
func (d *Door) wanted(r *http.Request) string {
	kept, open := d.Doors.Pointed(r, d.wanting())
	if !open || kept.Ended {
		return ""
	}
	return kept.Token
}

// kept is what the browser that sends a form was given.
func (d *Door) kept(r *http.Request, purpose approvals.Purpose) (session.Pointer, Form, error) {
	kept, open := d.Doors.Pointed(r, purpose)
	if !open || kept.Ended {
		return kept, nil, approvals.Refuse(approvals.CodeSessionEnded)
	}
	f, err := Post(r, kept.OwnPage)
	return kept, f, err
}

// signInOptions begins. The page's script asks for it, and again when the page
// stays open; it counts as a form does.
func (d *Door) signInOptions(w http.ResponseWriter, r *http.Request) error {
	kept, _, err := d.kept(r, d.asking())
	if err != nil {
		return err
	}
	raw, err := d.People.BeginSignIn(r.Context(), sha256.Sum256([]byte(kept.Token)))
	if err != nil {
		return err
	}
	return Options(w, raw)
}

// signIn begins the presence of whoever answers. Whoever has another role gets the
// answer of a wrong passkey.
func (d *Door) signIn(w http.ResponseWriter, r *http.Request) error {
	kept, f, err := d.kept(r, d.asking())
	if err != nil {
		return err
	}
	person, err := d.People.SignIn(r.Context(), sha256.Sum256([]byte(kept.Token)), []byte(f.Get("credential")))
	if err == nil && !d.Admits(person.Role) {
		err = approvals.Refuse(approvals.CodeProofWrong)
	}
	if Is(err, approvals.CodeProofWrong) {
		return d.askWho(w, r, kept, true)
	}
	if err != nil {
		return err
	}
	return d.Enter(w, r, d.asking(), person)
}

// Enter begins a presence of who has proved that it is them, forgets what the browser
// was given for it, and leads to the page that was wanted.
func (d *Door) Enter(w http.ResponseWriter, r *http.Request, by approvals.Purpose, person auth.Person) error {
	if err := d.Doors.Unpoint(w, by); err != nil {
		return err
	}
	if err := d.Sessions.Begin(w, r, person); err != nil {
		return err
	}
	to := d.wanted(r)
	if to == "" {
		return SeeOther(w, d.Base)
	}
	if err := d.Doors.Unpoint(w, d.wanting()); err != nil {
		return err
	}
	return SeeOther(w, to)
}

// invited is who the link of a token invites behind this door.
func (d *Door) invited(r *http.Request, token string) (auth.Person, error) {
	person, err := d.People.Invited(r.Context(), token)
	if err == nil && !d.Admits(person.Role) {
		return auth.Person{}, approvals.Refuse(approvals.CodeLinkUnknown)
	}
	return person, err
}

// joinOpen is the link of an invitation: its token leaves the address, and
// nothing else happens, however often and by whomever it is opened.
func (d *Door) joinOpen(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	if _, err := d.invited(r, token); err != nil {
		return err
	}
	if r.Method != http.MethodHead {
		if err := d.Doors.Point(w, session.Pointer{Purpose: d.joining(), Token: token}); err != nil {
			return err
		}
	}
	return SeeOther(w, d.joinPath())
}

// joinShow lets who was invited make their passkey.
func (d *Door) joinShow(w http.ResponseWriter, r *http.Request) error {
	kept, open := d.Doors.Pointed(r, d.joining())
	if !open || kept.Ended {
		return approvals.Refuse(approvals.CodeLinkUnknown)
	}
	return d.askToJoin(w, r, kept, http.StatusOK, false)
}

func (d *Door) askToJoin(w http.ResponseWriter, r *http.Request, kept session.Pointer, status int, refused bool) error {
	person, err := d.invited(r, kept.Token)
	if err != nil {
		return err
	}
	at := templates.Post(d.joinPath())
	return d.Join(w, r, status, person, templates.DevPasskey{
		Ask: "create", Submit: at, Refresh: at + "/options", CSRF: kept.Page(), Button: "Make a passkey", Refused: refused,
	})
}

func (d *Door) joinOptions(w http.ResponseWriter, r *http.Request) error {
	kept, _, err := d.kept(r, d.joining())
	if err != nil {
		return err
	}
	if _, err := d.invited(r, kept.Token); err != nil {
		return err
	}
	raw, err := d.People.BeginJoin(r.Context(), kept.Token)
	if err != nil {
		return err
	}
	return Options(w, raw)
}

// joinMake spends the invitation with the passkey, and signs in.
func (d *Door) joinMake(w http.ResponseWriter, r *http.Request) error {
	kept, f, err := d.kept(r, d.joining())
	if err != nil {
		return err
	}
	if _, err := d.invited(r, kept.Token); err != nil {
		return err
	}
	person, err := d.People.Join(r.Context(), kept.Token, []byte(f.Get("credential")))
	if Is(err, approvals.CodeProofWrong) || Is(err, approvals.CodeAlreadyEnrolled) {
		return d.askToJoin(w, r, kept, http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	return d.Enter(w, r, d.joining(), person)
}

// Refuse answers with the page for err, which show prints. Who is not signed in is
// led to where they can, when they opened a page and sent no form.
func (d *Door) Refuse(w http.ResponseWriter, r *http.Request, err error, now time.Time, show func(status int, p templates.DevProblem) error) {
	p := problem.Of(r.Context(), err)
	shown := templates.DevProblem{
		DevFrame: templates.DevFrame{Now: now}, Title: p.Title, Detail: sentence(p), Request: problem.TraceOf(r.Context()).ID,
	}
	if p.Code == approvals.CodeSessionEnded {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			d.want(w, r)
			_ = SeeOther(w, d.SignInPath())
			return
		}
		shown.SignIn, shown.Detail = templates.Link(d.SignInPath()), "Your session has ended and nothing was done. Sign in and send the form again."
	}
	p.Headers(w.Header(), now)
	if err := show(p.Status, shown); err != nil {
		problem.TraceOf(r.Context()).Cause = err
		http.Error(w, p.Title, p.Status)
	}
}
