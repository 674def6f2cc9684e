//go:build !race

package risk_test

const defaultContexts = 100_000
