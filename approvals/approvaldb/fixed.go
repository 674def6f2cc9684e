package approvaldb

import (
	"regexp"
	"slices"
	"strconv"

	"gorm.io/gorm"
)

// fixed is a statement whose text never changes, with its parameters by name. It is
// put into the form of both dialects once; gorm would read all of it each time.
type fixed struct {
	sqlite, postgres string
	names            []string // by number
}

var parameter = regexp.MustCompile(`@\w+`)

func newFixed(text string) fixed {
	var f fixed
	number := func(sign string) string {
		return parameter.ReplaceAllStringFunc(text, func(name string) string {
			i := slices.Index(f.names, name[1:])
			if i < 0 {
				i = len(f.names)
				f.names = append(f.names, name[1:])
			}
			return sign + strconv.Itoa(i+1)
		})
	}
	f.sqlite, f.postgres = number("?"), number("$")
	return f
}

// on returns the statement with these values, for db to find, or to be run.
func (f fixed) on(db *gorm.DB, values map[string]any) *gorm.DB {
	lite := db.Name() == "sqlite"
	g := db.Raw("")
	text := f.postgres
	if lite {
		text = f.sqlite
	}
	g.Statement.SQL.WriteString(text)
	g.Statement.Vars = make([]any, len(f.names))
	for i, name := range f.names {
		g.Statement.Vars[i] = bound(values[name], lite)
	}
	return g
}

// run runs the statement with these values.
func (f fixed) run(db *gorm.DB, values map[string]any) *gorm.DB {
	g := f.on(db, values)
	return g.Callback().Raw().Execute(g)
}
