//go:build race

package risk_test

// under the race detector each decision takes ten times as long
const defaultContexts = 10_000
