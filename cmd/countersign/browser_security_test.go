package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"countersign/auth/authtest"
	"countersign/client"
	"countersign/cmd/countersign/demo"
	"countersign/templates"
)

// testMorePasskeys: a second passkey, on another device, is an action that the
// first one approves and confirms, by keyboard alone (UX S11, DESIGN rule 11).
func testMorePasskeys(t *testing.T, c *chromium) {
	s := tellCalm(t, c, english())
	say := s.care()
	key := s.p.addSecurityKey()
	key.waits(true)

	s.p.open(s.demo.MarketplaceURL + "/bank")
	s.p.enterOn(`form[action="/own/security"] button`)
	s.p.mustSay(say.security, say.usable)
	s.look("s11-security")
	s.p.enterOn(`a[href="/enrol"]`)
	s.look("s4-choose-more")
	s.p.enterOn(`a[href="/enrol/passkey"]`)
	s.look("s4-passkey-more")
	s.p.tabTo("#name")
	s.p.key("a", "KeyA", 65, "")
	call(s.p, input.InsertText, input.InsertTextParams{Text: "Key"})
	s.finger.waits(true)
	key.waits(false)
	s.p.enterOn("#prove")
	s.p.mustSay(say.addReview)
	s.goOn()
	s.look("s1-review-add")

	key.waits(true)
	s.finger.waits(false)
	s.p.enterOn("#prove")
	s.await(client.CoolingOff)
	s.p.open(s.p.address())
	s.p.mustSay(s.say.waiting)
	s.look("s5-status-add")
	s.skipTo(3 * day)
	s.p.open(s.demo.MailboxURL)
	s.p.enterOn(inMailbox(s.mailAbout(say.addConfirm)))
	s.p.enterOn(`#text a[href*="/confirm/"]`)
	s.look("s6-answer-add")
	s.p.tabTo("#answer-yes")
	s.p.key(" ", "Space", 32, " ")
	s.p.enterOn("main form button")
	s.look("s6-review-add")
	s.p.enterOn("#prove")
	s.await(client.ExecutedState)
	s.look("s6-confirmed-add")

	s.own()
	s.p.mustSay(say.security, "Key")
	if n := strings.Count(s.p.text("main"), say.usable); n != 2 {
		t.Errorf("%d of two can approve%s", n, s.p.where())
	}
	// The new one proves like the first.
	s.finger.waits(true)
	key.waits(false)
	s.ask()
	s.approve()
}

// testAppNamedAndRemoved: an app is added by an action, named at once, and
// removed by another action (UX S11).
func testAppNamedAndRemoved(t *testing.T, c *chromium) {
	for _, words := range languages {
		t.Run(string(words.locale), func(t *testing.T) {
			t.Parallel()
			s := tellCalm(t, c, words)
			say := s.care()
			s.own()
			s.p.click(`a[href="/enrol"]`)
			s.p.click(`a[href="/enrol/app"]`)
			s.look("s4-app-more")
			app, err := authtest.NewApp(s.p.text("#key"))
			if err != nil {
				t.Fatal(err)
			}
			s.p.enter("#totp", app.Code(s.demo.Gateway.Clock.Now()))
			s.p.click("button.primary")
			s.p.mustSay(say.addReview)
			s.goOn()
			s.prove() // by the passkey
			s.await(client.CoolingOff)
			s.own()
			s.p.mustSay(say.pending)
			s.look("s11-pending")
			s.skipTo(3 * day)
			s.confirmOwn(say.addConfirm)

			s.own()
			s.rename("Tablet")
			s.p.mustSay(say.named, "Tablet")
			s.look("s11-named")
			s.p.click(second + ` form[action="/security/remove"] button`)
			s.p.mustSay(say.removeReview, "Tablet")
			s.look("s1-review-remove")
			s.goOn()
			s.prove()
			s.await(client.CoolingOff)
			s.skipTo(day)
			s.confirmOwn(say.removeConfirm)
			s.own()
			if strings.Contains(s.p.text("main"), "Tablet") || s.p.count(`form[action="/security/remove"]`) != 0 {
				t.Errorf("after the removal:%s", s.p.where())
			}
		})
	}
}

// second is the card of what was added second.
const second = `.card:nth-of-type(2)`

// rename gives what was added second another name.
func (s *story) rename(name string) {
	s.t.Helper()
	s.p.press(second + " summary")
	s.p.do(`document.querySelector("` + second + ` input[name=name]").select()`)
	s.p.enter(second+` input[name=name]`, name)
	s.p.click(second + ` form[action="/security/name"] button`)
}

// tellCalm is a story of a seller with a passkey that was vouched for, whose
// first change was cancelled: nothing waits. The waits are those of a gateway
// nobody configured.
func tellCalm(t *testing.T, c *chromium, say words) *story {
	t.Helper()
	s := tellWaiting(t, c, say, day)
	s.ask()
	s.setUpPasskey()
	s.approve()
	s.mind()
	return s
}

// mind cancels the action from its status.
func (s *story) mind() {
	s.t.Helper()
	s.p.click(`main a[href$="/cancel"]`)
	s.answer("answer-mind")
	s.await(client.Cancelled)
}

// skipTo checks how long the action waits, and lets that time go by.
func (s *story) skipTo(wait time.Duration) {
	s.t.Helper()
	a := s.action()
	if got := a.NotBefore.Sub(s.demo.Gateway.Clock.Now()).Round(time.Hour); got != wait {
		s.t.Errorf("a change of kind %s waits %s, want %s", a.Kind, got, wait)
	}
	s.later(wait + time.Minute)
	s.mustBe(client.AwaitingConfirmation)
}

// mailAbout is the mail about the story's action whose subject begins so.
func (s *story) mailAbout(subject string) demo.Message {
	s.t.Helper()
	return s.mail(subject + " (" + s.action().Reference[:len("SI-7K4Q")] + ")")
}

// confirmOwn follows the mail that asks for the confirmation and gives the
// second proof.
func (s *story) confirmOwn(subject string) {
	s.t.Helper()
	s.follow(s.mailAbout(subject), "confirm")
	s.answer("answer-yes")
	s.prove()
	s.await(client.ExecutedState)
}

// care are the words of the seller's own pages.
func (s *story) care() careWords { return careLanguages[s.say.locale] }

// careWords are what the pages and mails about a seller's own security say.
type careWords struct {
	security, usable, pending, named string
	addReview, removeReview          string
	ways, told, codeRight            string
	busy, another                    string
	addConfirm, removeConfirm        string // beginnings of subjects
}

var careLanguages = map[templates.Locale]careWords{
	templates.EN: {
		security: "Your security", usable: "Can approve payouts.", pending: "Waits for your confirmation.", named: "The new name is saved.",
		addReview: "Review and approve: new sign-in method", removeReview: "Review and approve: removal of a sign-in method",
		ways: "You cannot use your sign-in method", told: "We tell all your addresses.", codeRight: "The code was right",
		busy: "Something of yours is waiting.", another: "We will ask for another recovery code",
		addConfirm: "Confirm your new sign-in method", removeConfirm: "Confirm the removal of a sign-in method",
	},
	templates.IT: {
		security: "La tua sicurezza", usable: "Può approvare i pagamenti.", pending: "Aspetta la tua conferma.", named: "Il nuovo nome è salvato.",
		addReview: "Controlla e approva: nuovo metodo di accesso", removeReview: "Controlla e approva: rimozione di un metodo di accesso",
		ways: "Non puoi usare il tuo metodo di accesso", told: "Avvisiamo tutti i tuoi indirizzi.", codeRight: "Il codice era giusto",
		busy: "C'è una tua richiesta in attesa.", another: "Ti chiederemo un altro codice di recupero",
		addConfirm: "Conferma il nuovo metodo di accesso", removeConfirm: "Conferma la rimozione di un metodo di accesso",
	},
}

// look holds the page against axe and a narrow window, and takes its picture
// where pictures are asked for.
func (s *story) look(name string) {
	s.t.Helper()
	for _, problem := range newAxe(s.t).violations(s.p) {
		s.t.Errorf("%s: %s", name, problem)
	}
	s.p.size(320, 640)
	for _, problem := range eval[[]string](s.p, sideways) {
		s.t.Errorf("%s: %s", name, problem)
	}
	s.p.size(wide, high)
	if dir := os.Getenv(screensDir); dir != "" {
		camera{s, dir}.take(name)
	}
}
