package templates

// Reference is the description of the API as a page: every call, every object,
// every problem, each with an anchor.
type Reference struct {
	Intro    []Paragraph
	Groups   []CallGroup
	Objects  []ObjectType
	Problems []ProblemCode
}

func (Reference) devName() string  { return "reference" }
func (Reference) devTitle() string { return "API reference" }

// Paragraph is text with pieces of code in it.
type Paragraph []Piece

// Piece is words, or code where Code is set.
type Piece struct {
	Text   string
	Code   bool
	Anchor string // on the same page; empty: it leads nowhere
}

// CallGroup is the calls about one thing.
type CallGroup struct {
	Name  string
	About []Paragraph
	Calls []Call
}

// Call is one method of one path.
type Call struct {
	ID, Method, Path, Summary string
	About                     []Paragraph
	Keyless                   bool // asks for no API key
	Parameters                []Field
	Body                      []Field
	BodyObject                string // the object a body is, where it has a name
	Examples                  []CallExample
	Answers                   []CallAnswer
}

// CallExample is a request with curl.
type CallExample struct {
	Name, Text string
}

// CallAnswer is what comes back with one status.
type CallAnswer struct {
	Status string
	About  []Paragraph
	Object string // its name, with an anchor; empty for text
}

// ObjectType is a JSON object by name.
type ObjectType struct {
	Name   string
	About  []Paragraph
	Type   string // where it has no fields: what it is
	Values []string
	Fields []Field
	Forms  []string // the objects it may be
}

// Field is one member of an object, or one parameter.
type Field struct {
	Name     string
	Type     string
	Object   string // the object it is, with an anchor
	Required bool
	Values   []string // the only ones
	About    []Paragraph
}

// ProblemCode is a code and what to do about it.
type ProblemCode struct {
	Code, Title, Detail string
	Status              int
	URL                 Link // its short text
}
