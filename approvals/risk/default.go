package risk

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
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

// rulesBegin is the line of the default policy after which its rules stand.
var rulesBegin = []byte("  # High, and looked at by two agents.\n")

// Profile is the source of a policy that comes with the gateway: "default", or
// "strict", which is the default one with rules more (THREATS §6).
func Profile(name string) ([]byte, error) {
	switch name {
	case "default":
		return bytes.Clone(defaultSource), nil
	case "strict":
		source := bytes.Replace(defaultSource, []byte("name: default\n"), []byte("name: strict\n"), 1)
		return bytes.Replace(source, rulesBegin, append(bytes.Clone(rulesBegin), strictRules...), 1), nil
	}
	return nil, errors.New("there are two profiles: default and strict")
}
