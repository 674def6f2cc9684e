package main

import (
	"os"
	"testing"
	"time"

	"countersign/client"
	"countersign/cmd/countersign/demo"
	"countersign/templates"
)

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
	s.look("s7-stop")
	s.answer("answer-mind")
	s.await(client.Cancelled)
	s.look("s7-stopped")
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
	s.look("s6-answer-own")
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
	busy, another, young             string
	addConfirm, removeConfirm        string // beginnings of subjects
}

var careLanguages = map[templates.Locale]careWords{
	templates.EN: {
		security: "Your security", usable: "Can approve payouts.", pending: "Waits for your confirmation.", named: "The new name is saved.",
		addReview: "Review and approve: new sign-in method", removeReview: "Review and approve: removal of a sign-in method",
		ways: "You cannot use your sign-in method", told: "We tell all your addresses.", codeRight: "The code was right",
		busy: "Something of yours is waiting.", young: "Your codes are new.", another: "We will ask for another recovery code",
		addConfirm: "Confirm your new sign-in method", removeConfirm: "Confirm the removal of a sign-in method",
	},
	templates.IT: {
		security: "La tua sicurezza", usable: "Può approvare i pagamenti.", pending: "Aspetta la tua conferma.", named: "Il nuovo nome è salvato.",
		addReview: "Controlla e approva: nuovo metodo di accesso", removeReview: "Controlla e approva: rimozione di un metodo di accesso",
		ways: "Non puoi usare il tuo metodo di accesso", told: "Avvisiamo tutti i tuoi indirizzi.", codeRight: "Il codice era giusto",
		busy: "C'è una tua richiesta in attesa.", young: "I tuoi codici sono nuovi.", another: "Ti chiederemo un altro codice di recupero",
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
