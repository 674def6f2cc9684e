//go:build !crashpoint

package crashpoint

// Hit marks a place by name.
func Hit(string) {}
