package main

import (
	"errors"
	"os"

	"countersign/approvals/destination"
)

// BanksConfig names what the operator has downloaded about banks. The gateway
// ships none of it: the publishers do not let it be passed on.
type BanksConfig struct {
	// UKModulusFile is the table of weights of the British modulus check: account
	// numbers that do not fit their sort code are then refused as mistyped.
	// Default: not checked.
	UKModulusFile string `koanf:"uk_modulus_file"`
	// UKSubstitutionsFile is the table of sort codes that belongs to it. Default:
	// no sort code is substituted.
	UKSubstitutionsFile string `koanf:"uk_substitutions_file"`
}

// modulus reads the files, nil where none is named. It is what every node does
// when it starts, and what "countersign config check" does.
func (c BanksConfig) modulus() (*destination.ModulusTable, []Problem) {
	if c.UKModulusFile == "" {
		if c.UKSubstitutionsFile != "" {
			return nil, []Problem{{Field: "banks.uk_substitutions_file", Message: "is of use beside banks.uk_modulus_file only"}}
		}
		return nil, nil
	}
	var out []Problem
	read := func(field, name string) destination.ModulusSource {
		if name == "" {
			return destination.ModulusSource{}
		}
		text, err := os.ReadFile(name)
		if err != nil {
			out = append(out, Problem{Field: field, Message: "cannot be read: " + errorText(err)})
		}
		return destination.ModulusSource{Name: name, Text: text}
	}
	weights := read("banks.uk_modulus_file", c.UKModulusFile)
	substitutions := read("banks.uk_substitutions_file", c.UKSubstitutionsFile)
	if out != nil {
		return nil, out
	}
	t, err := destination.ParseModulusTable(weights, substitutions)
	if err != nil {
		return nil, []Problem{{Field: "banks.uk_modulus_file", Message: "is not the table it should be:\n" + err.Error()}}
	}
	return t, nil
}

func (c BanksConfig) validate() []Problem {
	_, problems := c.modulus()
	return problems
}

// modulusTable is what modulus reads, for a gateway that starts.
func (c Config) modulusTable() (*destination.ModulusTable, error) {
	t, problems := c.Banks.modulus()
	if problems != nil {
		return nil, errors.New(problems[0].Field + " " + problems[0].Message)
	}
	return t, nil
}
