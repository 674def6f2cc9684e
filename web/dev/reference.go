package dev

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/templates"
	"countersign/web/problem"
)

// reference turns the description of the API into a page.
func reference(file []byte) (templates.Reference, error) {
	doc, err := parseOpenAPI(file)
	if err != nil {
		return templates.Reference{}, err
	}
	out := templates.Reference{Intro: paragraphs(doc.get("info", "description").text())}
	for _, tag := range doc.get("tags").list() {
		out.Groups = append(out.Groups, templates.CallGroup{
			Name: tag.get("name").text(), About: paragraphs(tag.get("description").text()),
		})
	}
	doc.get("paths").each(func(path string, item node) {
		item.each(func(method string, operation node) {
			if method == "parameters" || err != nil {
				return
			}
			i := slices.IndexFunc(out.Groups, func(g templates.CallGroup) bool { return slices.Contains(operation.get("tags").texts(), g.Name) })
			if i < 0 {
				err = fmt.Errorf("the description of the API: %s %s has no known tag", method, path)
				return
			}
			var c templates.Call
			if c, err = callOf(strings.ToUpper(method), path, item, operation); err == nil {
				out.Groups[i].Calls = append(out.Groups[i].Calls, c)
			}
		})
	})
	if err != nil {
		return templates.Reference{}, err
	}
	doc.get("components", "schemas").each(func(name string, s node) { out.Objects = append(out.Objects, objectOf(name, s)) })
	for _, p := range problem.List() {
		out.Problems = append(out.Problems, templates.ProblemCode{
			Code: string(p.Code), Title: p.Title, Detail: p.Detail, Status: p.Status, URL: templates.Link("/problems/" + string(p.Code)),
		})
	}
	return out, nil
}

func callOf(method, path string, item, operation node) (templates.Call, error) {
	security := operation.get("security")
	c := templates.Call{
		ID: operation.get("operationId").text(), Method: method, Path: path, Summary: strings.ReplaceAll(operation.get("summary").text(), "`", ""),
		About: paragraphs(operation.get("description").text()), Keyless: security.there() && len(security.list()) == 0,
	}
	for _, p := range slices.Concat(item.get("parameters").list(), operation.get("parameters").list()) {
		p = p.follow()
		f := fieldOf(p.get("name").text(), p.get("schema"), p.get("required").text() == "true")
		f.Type = strings.Join(nonEmpty(f.Type, "in "+place[p.get("in").text()]), ", ")
		if about := p.get("description").text(); about != "" {
			f.About = paragraphs(about)
		}
		c.Parameters = append(c.Parameters, f)
	}
	media := operation.get("requestBody", "content", "application/json")
	if media.there() {
		c.BodyObject = media.get("schema").ref()
		c.Body = fieldsOf("", media.get("schema").follow())
	}
	var err error
	media.get("examples").each(func(name string, e node) {
		body, bad := jsonOf(e.get("value"))
		if bad != nil {
			err = fmt.Errorf("the description of the API: example %s of %s: %w", name, c.ID, bad)
		}
		c.Examples = append(c.Examples, templates.CallExample{Name: cmp.Or(e.get("summary").text(), name), Text: curl(c, body)})
	})
	if len(c.Examples) == 1 {
		c.Examples[0].Name = ""
	}
	if len(c.Examples) == 0 {
		c.Examples = []templates.CallExample{{Text: curl(c, "")}}
	}
	operation.get("responses").each(func(status string, r node) { c.Answers = append(c.Answers, answerOf(status, r.follow())) })
	slices.SortStableFunc(c.Answers, func(a, b templates.CallAnswer) int { return strings.Compare(a.Status, b.Status) }) // "any other" comes last
	return c, err
}

// place says in words where a parameter stands.
var place = map[string]string{"path": "the path", "query": "the query", "header": "a header"}

func answerOf(status string, r node) templates.CallAnswer {
	if status == "default" {
		status = "any other"
	}
	a := templates.CallAnswer{Status: status, About: paragraphs(r.get("description").text())}
	r.get("content").each(func(_ string, media node) { a.Object = media.get("schema").ref() })
	return a
}

// paragraphs reads the little Markdown that descriptions are written in: blank
// lines between paragraphs, and code between back-ticks.
func paragraphs(text string) []templates.Paragraph {
	var out []templates.Paragraph
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		words := strings.Join(strings.Fields(part), " ")
		if words == "" {
			continue
		}
		var p templates.Paragraph
		for i, piece := range strings.Split(words, "`") {
			if piece != "" {
				p = append(p, pieceOf(piece, i%2 == 1))
			}
		}
		out = append(out, p)
	}
	return out
}

// pieceOf makes a code that has an anchor of its own lead there.
func pieceOf(text string, code bool) templates.Piece {
	p := templates.Piece{Text: text, Code: code}
	if code && slices.ContainsFunc(problem.List(), func(l problem.Listed) bool { return string(l.Code) == text }) {
		p.Anchor = text
	}
	return p
}

func nonEmpty(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}
