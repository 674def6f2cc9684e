// Package migrations owns the schema: plain SQL, one folder a dialect, the
// same versions, tables, columns, constraints and indexes in both, and River's
// own schema as version 2. The database repeats the invariants of the domain
// (RELIABILITY §7), so the schema is the last fence and not a mirror of Go
// types; nothing here imports them.
//
// A version that was released is never edited; a change is a new version, with
// both dialects and a way back.
package migrations
