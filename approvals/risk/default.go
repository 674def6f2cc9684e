package risk

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"
)

//go:embed default.yaml
var defaultSource []byte

// Default is the policy compiled in (THREATS §6). It is read once.
var Default = sync.OnceValue(func() *Policy {
	p, err := Parse("default.yaml", defaultSource)
	if err != nil {
		panic(fmt.Sprintf("the policy compiled in: %v", err)) // a test parses it
	}
	return p
})

// strictRules are what the strict profile asks for beyond the default policy.
//
//go:embed strict.yaml
var strictRules []byte

// payoutNow are rules and kinds of a marketplace's own, with --- between.
//
//go:embed payout_now.yaml
var payoutNow []byte

// rulesBegin is the line of the default policy after which its rules stand.
var rulesBegin = []byte("  # High, and looked at by two agents.\n")

// restBegins is the line in front of the last rules.
var restBegins = []byte("  # Low: what is left.\n")

// Profile is the source of a policy that comes with the gateway: "default", or
// "strict", which is the default one with rules more (THREATS §6), or "payout_now",
// the default one with two kinds that a marketplace defines.
func Profile(name string) ([]byte, error) {
	switch name {
	case "default":
		return bytes.Clone(defaultSource), nil
	case "strict":
		source := bytes.Replace(defaultSource, []byte("name: default\n"), []byte("name: strict\n"), 1)
		return bytes.Replace(source, rulesBegin, append(bytes.Clone(rulesBegin), strictRules...), 1), nil
	case "payout_now":
		source := bytes.Replace(defaultSource, []byte("name: default\n"), []byte("name: payout_now\n"), 1)
		rules, own, _ := bytes.Cut(payoutNow, []byte("---\n"))
		return slices.Concat(bytes.Replace(source, restBegins, rules, 1), []byte("\n"), own), nil
	}
	return nil, errors.New("there are three profiles: default, strict and payout_now")
}
