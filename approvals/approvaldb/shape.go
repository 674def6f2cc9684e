package approvaldb

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// add inserts rows of one struct, each column as it is in the row. gorm knows the
// columns; the text of a single row, which nearly all are, is made once.
func add[T any](tx *Tx, rows ...T) error {
	s, err := tx.home.shapeOf(&rows[0])
	if err != nil {
		return err
	}
	lite, text := tx.Name() == "sqlite", s.insert
	if len(rows) > 1 {
		text = s.text(tx.DB, len(rows))
	}
	g := tx.Raw("")
	g.Statement.SQL.WriteString(text)
	g.Statement.Vars = make([]any, 0, len(rows)*len(s.columns))
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, f := range s.columns {
			value, _ := f.ValueOf(tx.Statement.Context, row)
			g.Statement.Vars = append(g.Statement.Vars, bound(value, lite))
		}
	}
	return g.Callback().Raw().Execute(g).Error
}

// one reads the row that a query finds, all of its columns, into row.
// gorm.ErrRecordNotFound when there is none.
func one[T any](db *DB, query *gorm.DB, row *T) (err error) {
	s, err := db.shapeOf(row)
	if err != nil {
		return err
	}
	rows, err := query.Table(s.table).Select(s.names).Limit(1).Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return gorm.ErrRecordNotFound
	}
	into := make([]any, len(s.columns))
	for i, f := range s.columns {
		into[i] = f.ReflectValueOf(query.Statement.Context, reflect.ValueOf(row)).Addr().Interface()
	}
	return rows.Scan(into...)
}

// shape is what gorm knows of a struct of rows.
type shape struct {
	table   string
	columns []*schema.Field
	names   string // of the columns
	insert  string // a single row
}

func (db *DB) shapeOf(row any) (*shape, error) {
	of := reflect.TypeOf(row)
	if known, ok := db.shapes.Load(of); ok {
		return known.(*shape), nil
	}
	parsed := &gorm.Statement{DB: db.write}
	if err := parsed.Parse(row); err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", of, err)
	}
	s := &shape{table: parsed.Table}
	var names []string
	for _, name := range parsed.Schema.DBNames {
		s.columns = append(s.columns, parsed.Schema.FieldsByDBName[name])
		names = append(names, `"`+name+`"`)
	}
	s.names = strings.Join(names, ",")
	s.insert = s.text(db.write, 1)
	db.shapes.Store(of, s)
	return s, nil
}

// text is the statement that inserts so many rows.
func (s *shape) text(db *gorm.DB, rows int) string {
	sign := "$"
	if db.Name() == "sqlite" {
		sign = "?"
	}
	var b strings.Builder
	b.WriteString("INSERT INTO " + s.table + " (" + s.names + ") VALUES ")
	for i := range rows * len(s.columns) {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%len(s.columns) == 0:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		b.WriteString(sign + strconv.Itoa(i+1))
	}
	return b.String() + ")"
}
