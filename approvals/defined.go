package approvals

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Definition is a kind that a marketplace defines in the policy file (DESIGN §6):
// what it is called, and what its fields are called.
type Definition struct {
	Name map[string]string `json:"name"` // by locale
	// Fields is every field of the schema in the order of the file, what holds others
	// before what it holds.
	Fields []DefinedField `json:"fields"`
	// Destination is the field that is the account paid into, which is always there;
	// empty where the kind has none.
	Destination string `json:"destination,omitempty"`
}

// DefinedField is one field of a defined kind. Path is "address.city" for what an
// object holds, and for what every element of a list does.
type DefinedField struct {
	Path string            `json:"path"`
	Text map[string]string `json:"text"` // by locale
}

// Definer is a policy that knows the kinds a marketplace defines.
type Definer interface {
	Policy
	// Definition is the kind as the policy defines it, false where it does not.
	Definition(Kind) (Definition, bool)
	// Wrong names every field of details that the schema of the kind refuses, with
	// paths such as "details.amount" and never a value. It does not look into the
	// destination, nor at the request that a proxy adds; details hold neither
	// duplicate keys nor numbers that are not whole. A kind that is not defined is
	// refused whole.
	Wrong(Kind, json.RawMessage) []FieldError
}

// maxKind is the longest name of a defined kind.
const maxKind = 60

var (
	kindForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	// families are the first words of the gateway's own kinds, those to come too.
	families = []string{"payout_account", "loan", "contact", "authenticator", "approver"}
)

// Defined reports whether k may be the name of a kind that a marketplace defines:
// well formed, and of none of the gateway's own families. Whether the policy in
// force does define it is the policy's to say.
func (k Kind) Defined() bool {
	family, _, _ := strings.Cut(string(k), ".")
	return len(k) <= maxKind && kindForm.MatchString(string(k)) && !slices.Contains(families, family)
}

// Known reports whether an action of this kind can be: one of Kinds, or one that a
// marketplace may define.
func (k Kind) Known() bool { return slices.Contains(Kinds, k) || k.Defined() }
