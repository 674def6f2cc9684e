// Package keyring holds every key that is kept outside the database: the
// sealing keys of secrets at rest, the keys that derive mail links, fingerprint
// destinations and authenticate cookies, and the Ed25519 keys that sign release
// tokens. One file, mode 0600; the program never makes keys in place of ones
// it cannot read.
package keyring
