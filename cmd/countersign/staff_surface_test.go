package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// commands is every command there is, and what it is about. None sets where money
// goes, shortens a wait, shows a code or approves for a seller; a new one is judged
// when it is written in here (K11, K14: the command line is a way in as any other).
var commands = map[string]string{
	"demo":       "a gateway and a marketplace of its own",
	"serve":      "runs",
	"migrate up": "schema", "migrate down": "schema", "migrate status": "reads", "config check": "reads", "conformance": "tries a sandbox",
	"keys new": "keys", "keys list": "keys", "keys rotate": "keys", "keys remove": "keys", "keys reseal": "keys",
	"marketplaces add": "registry", "marketplaces list": "reads",
	"apikeys add": "keys", "apikeys list": "reads", "apikeys roll": "keys", "apikeys revoke": "keys",
	"developers invite": "people", "developers list": "reads", "developers remove": "people",
	"agents invite": "people", "agents list": "reads", "agents remove": "people", "agents unlink": "people",
	"destinations deny": "stops", "destinations list": "reads",
	"policy check": "reads", "policy test": "reads", "policy explain": "reads", "policy show": "reads", "policy list": "reads", "policy replay": "reads",
	"policy apply": "tightens, or refuses", "policy reject": "stops what loosens",
	"halt": "stops", "resume": "lifts a halt",
}

// forbidden are words of what no command does.
var forbidden = []string{"approve", "confirm", "code", "delay", "shorten", "unlock", "release", "allow", "verify", "enrol", "contact", "impersonate", "sign-in"}

// staff_surface: the command line.
func TestStaffSurface_Commands(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&CLI{})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, leaf := range parser.Model.Leaves(true) {
		there[leaf.Path()] = true
		name := strings.Fields(leaf.Path())
		for _, word := range forbidden {
			if slices.ContainsFunc(name, func(part string) bool { return strings.Contains(part, word) }) {
				t.Errorf("there is a command %s", leaf.Path())
			}
			for _, flag := range leaf.Flags {
				if leaf.Path() != "demo" && strings.Contains(flag.Name, word) {
					t.Errorf("%s has --%s", leaf.Path(), flag.Name)
				}
			}
		}
	}
	for path := range there {
		if commands[path] == "" {
			t.Errorf("%q is not in the list: say there what it is about", path)
		}
	}
	for path := range commands {
		if !there[path] {
			t.Errorf("%q is in the list and does not exist", path)
		}
	}
}
