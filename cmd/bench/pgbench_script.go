package main

import (
	"fmt"
	"strings"
)

// The scripts of pgbench. Both do the same moves with one commit each: update
// the action's row, insert its event.
const (
	newMoved = `INSERT INTO moved (seller, details, state, version, moved_at, due_at)
 VALUES ('seller-' || :client_id, decode(repeat('ab', 300), 'hex'), 'create', 1, now(), now() + interval '1 day')`
	happenedValues = `(action, version, verb, at, data) VALUES (:id, %d, '%s', now(), '{"method":"passkey"}')`
	setMoved       = `UPDATE moved SET state = '%s', version = %d, moved_at = now(), due_at = now() + interval '1 day' WHERE id = :id AND version = %d`
)

// fourTrips is what an ORM or a textbook does.
func fourTrips() string {
	var s strings.Builder
	for i, verb := range verbs {
		s.WriteString("BEGIN;\n")
		if i == 0 {
			s.WriteString(newMoved + " RETURNING id \\gset\n")
		} else {
			fmt.Fprintf(&s, setMoved+";\n", verb, i+1, i)
		}
		fmt.Fprintf(&s, "INSERT INTO happened "+happenedValues+";\nCOMMIT;\n", i+1, verb)
	}
	return s.String()
}

// oneTrip is the least that PostgreSQL can be asked for.
func oneTrip() string {
	var s strings.Builder
	for i, verb := range verbs {
		if i == 0 {
			s.WriteString("WITH m AS (" + newMoved + ` RETURNING id)
 INSERT INTO happened (action, version, verb, at, data) SELECT id, 1, 'create', now(), '{}' FROM m RETURNING action AS id \gset` + "\n")
			continue
		}
		fmt.Fprintf(&s, "WITH m AS ("+setMoved+")\n INSERT INTO happened "+happenedValues+";\n", verb, i+1, i, i+1, verb)
	}
	return s.String()
}
