// Package keyring holds every key that is kept outside the database: the
// sealing keys of secrets at rest, the keys that derive mail links, fingerprint
// destinations and authenticate cookies, and the Ed25519 keys that sign release
// tokens. One file, mode 0600; the program never makes keys in place of ones
// it cannot read.
//
// A loaded [Keyring] follows its file: every use looks whether the file is
// another one by now, which costs a stat, so that [Rotate] and [Remove] reach
// running nodes at once and a key that is not known here has been looked for
// before anything fails. A file that cannot be read, or that holds another link
// or fingerprint key, is not followed; [Keyring.Refresh] says why.
//
// Sealing, release and cookie keys rotate: a new one takes over and the old ones
// stay, to open, verify and read what they made, until they are removed. The
// link key and the fingerprint key do not: see [Rotate].
package keyring
