package desk

import (
	"fmt"
	"strings"

	"countersign/approvals"
)

// FactOf is what a decision rests on of an action.
func FactOf(a approvals.Action) ActionFact {
	return ActionFact{ID: a.ID, Reference: a.Reference, State: a.State, Hold: a.Hold, Generation: a.Generation, Version: a.Version}
}

// Differences says in sentences what has changed since, none where nothing has.
func Differences(then, now Facts) []string {
	if then.Digest() == now.Digest() {
		return nil
	}
	var all []string
	say := func(changed bool, format string, values ...any) {
		if changed {
			all = append(all, fmt.Sprintf(format, values...))
		}
	}
	say(!then.Locked && now.Locked, "The seller was locked.")
	say(then.Locked && !now.Locked, "The seller was unlocked.")
	say(then.Locked && now.Locked && then.LockEpoch != now.LockEpoch, "The seller was unlocked, and locked again.")
	say(!then.SecurityAt.Equal(now.SecurityAt), "A contact, an authenticator or an approver of the seller changed.")
	say(then.Joined != now.Joined, "Fresh trouble joined the case.")
	for _, c := range now.Others {
		before, known := then.other(c.Number)
		say(!known, "%s was opened about the seller.", Case{Number: c.Number}.Name())
		say(known && before != c, "Fresh trouble joined %s, another case of the seller.", Case{Number: c.Number}.Name())
	}
	for _, c := range then.Others {
		_, still := now.other(c.Number)
		say(!still, "%s, another case of the seller, was closed.", Case{Number: c.Number}.Name())
	}
	say(then.Recovery != now.Recovery, "The recovery moved on.")
	for _, a := range now.Actions {
		before, known := then.Action(a.ID)
		say(!known, "%s is new: %s.", a.Reference, words(a))
		say(known && before.State != a.State, "%s was %s and is %s.", a.Reference, words(before), words(a))
		say(known && before.State == a.State && before != a, "%s is still %s, and something of it changed.", a.Reference, words(a))
	}
	for _, a := range then.Actions {
		_, still := now.Action(a.ID)
		say(!still, "%s was %s and is over.", a.Reference, words(a))
	}
	switch {
	case then.Ring == nil && now.Ring == nil:
	case then.Ring == nil || now.Ring == nil || *then.Ring != *now.Ring:
		all = append(all, "What is known of the destination changed.")
	}
	if len(all) == 0 {
		all = []string{"Something else changed."}
	}
	return all
}

// words is a state in words.
func words(a ActionFact) string {
	text := strings.ReplaceAll(string(a.State), "_", " ")
	if a.Hold != "" {
		text += " (" + strings.ReplaceAll(string(a.Hold), "_", " ") + ")"
	}
	return text
}
