package risk

import (
	_ "embed"
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
