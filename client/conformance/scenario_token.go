package conformance

import (
	"crypto/rand"
	"strings"
	"time"

	"countersign/client"
)

// forged is a token that must release nothing, with the words for it.
type forged struct {
	what string
	make func(signer, claims) string
}

// altered is signed by the gateway and says something else.
func altered(what, name string, value any) forged {
	return forged{what, func(s signer, c claims) string { return s.genuine(c.with(name, value)) }}
}

// refuses plays each token in a change of its own.
func (t *trial) refuses(tokens ...forged) {
	for _, f := range tokens {
		if !t.approved() {
			return
		}
		t.gateway.set(func() {
			t.gateway.faults.makeToken = func(c claims) string { return f.make(t.gateway.signer, c) }
		})
		t.once(t.event(t.action, client.Approved))
		t.until(func() bool { // it may claim a little later
			now, err := t.account(t.ctx)
			return len(t.calls(opClaim)) > 0 || err != nil || now != t.before
		})
		if t.unchanged("the token was one "+f.what) && len(t.calls(opClaim)) == 0 {
			t.wrong("There was no claim, so it cannot be said what a token %s would do.", f.what)
		}
		t.close()
	}
}

func tokenAction(t *trial) {
	t.refuses(altered("of another action", "action", "act_"+strings.ToLower(rand.Text())))
}

func tokenDetails(t *trial) {
	t.refuses(altered("of other details", "digest", strings.Repeat("5e", 32)))
}

func tokenSeller(t *trial) {
	t.refuses(altered("for another seller", "seller", "S-of-somebody-else"))
}

func tokenMarketplace(t *trial) {
	elsewhere := forged{"for another marketplace", func(s signer, c claims) string {
		return s.genuine(c.with("aud", "mkt_other").with("marketplace", "mkt_other"))
	}}
	t.refuses(elsewhere, altered("from another gateway", "iss", "https://gateway.thief.example"))
}

func tokenExpired(t *trial) {
	t.refuses(forged{"that has expired", func(s signer, c claims) string {
		then := t.Now().Add(-time.Hour)
		return s.genuine(c.with("iat", then.Unix()).with("nbf", then.Unix()).with("exp", then.Add(tokenLife).Unix()))
	}})
}

func tokenKey(t *trial) {
	t.refuses(
		forged{"signed by another key under the published key's id", signer.withAnotherKey},
		forged{"signed by a key that nobody published", signer.withUnknownKey},
		forged{"that brings its own key along", signer.withOwnKey},
	)
}

func tokenAlgorithm(t *trial) {
	t.refuses(
		forged{`of the algorithm "none"`, signer.withoutSignature},
		forged{"signed with HS256 and the public key", signer.withPublicKey},
	)
}

func tokenOtherType(t *trial) {
	t.refuses(forged{"of the type JWT", signer.withAnotherType})
}

// tokenReplayed hands out a genuine, living token: the one of the change before.
func tokenReplayed(t *trial) {
	if !t.approved() || !t.announce() || !t.carriedOut() {
		t.wrong("The change before could not be brought to its end, so its token could not be played again.")
		return
	}
	var earlier string
	t.gateway.set(func() { earlier = t.action.token })
	t.close()
	t.refuses(forged{"of the change before", func(signer, claims) string { return earlier }})
}

// releaseTwice lets the gateway, or what stands between, forget that the
// release was carried out.
func releaseTwice(t *trial) {
	if !t.approved() || !t.announce() || !t.carriedOut() {
		t.wrong("The change could not be brought to its end, so it could not be released again.")
		return
	}
	t.become(client.Approved)
	t.gateway.set(func() { clear(t.gateway.answers) })
	t.once(t.event(t.action, client.Approved))
	if !t.wait(t.Quiet) {
		return
	}
	now, err := t.account(t.ctx)
	switch {
	case err != nil:
		t.wrong("%s.", capital(err.Error()))
	case now.Changes-t.before.Changes != 1:
		t.wrong("The same release was carried out %d times.", now.Changes-t.before.Changes)
	default:
		t.right("The same release, announced again, had no second effect.")
	}
}
