package dev

import (
	"fmt"
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// node is a mapping, a list or a text of the description, in the order in which
// it is written there: the order in which it is to be read.
type node struct {
	y    *yaml.Node
	root *yaml.Node
}

func parseOpenAPI(file []byte) (node, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(file, &doc); err != nil {
		return node{}, fmt.Errorf("read the description of the API: %w", err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return node{}, fmt.Errorf("read the description of the API: it is no mapping")
	}
	return node{doc.Content[0], doc.Content[0]}, nil
}

func (n node) there() bool { return n.y != nil }

// get returns the member of this name, or nothing.
func (n node) get(path ...string) node {
	for _, name := range path {
		n = n.member(name)
	}
	return n
}

func (n node) member(name string) node {
	if n.y == nil || n.y.Kind != yaml.MappingNode {
		return node{root: n.root}
	}
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		if n.y.Content[i].Value == name {
			return node{n.y.Content[i+1], n.root}
		}
	}
	return node{root: n.root}
}

// each visits the members of a mapping in order.
func (n node) each(visit func(name string, v node)) {
	if n.y == nil || n.y.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.y.Content); i += 2 {
		visit(n.y.Content[i].Value, node{n.y.Content[i+1], n.root})
	}
}

// list returns the items of a list.
func (n node) list() []node {
	if n.y == nil || n.y.Kind != yaml.SequenceNode {
		return nil
	}
	var out []node
	for _, item := range n.y.Content {
		out = append(out, node{item, n.root})
	}
	return out
}

func (n node) text() string {
	if n.y == nil || n.y.Kind != yaml.ScalarNode {
		return ""
	}
	return n.y.Value
}

func (n node) texts() []string {
	var out []string
	for _, item := range n.list() {
		out = append(out, item.text())
	}
	return out
}

// ref is the last part of a reference, "" where there is none.
func (n node) ref() string {
	at := n.get("$ref").text()
	return at[strings.LastIndex(at, "/")+1:]
}

// follow returns what a reference leads to, or n itself.
func (n node) follow() node {
	at, ok := strings.CutPrefix(n.get("$ref").text(), "#/")
	if !ok {
		return n
	}
	return node{n.root, n.root}.get(strings.Split(at, "/")...)
}
