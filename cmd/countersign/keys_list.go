package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"countersign/approvals/approvaldb"
	"countersign/approvals/keyring"
)

// KeysListCmd is "countersign keys list". It shows no key.
type KeysListCmd struct{ configFlag }

// Run lists the keys of the file, and those that rows need and the file lacks.
func (c *KeysListCmd) Run(ctx context.Context) error {
	return withKeys(ctx, c.Config, func(w keyWork) error {
		needed, err := w.db.CountSealed(ctx, sealedColumns())
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "KEY\tSTATE\tCREATED\tRETIRED\tNEEDED BY")
		there := map[string]bool{}
		for _, key := range w.keys.Keys() {
			there[string(key.Prefix)] = true
			rows := "-"
			if key.Use == keyring.UseSeal {
				rows = said(neededBy(needed, key.Prefix))
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", key.ID, keyState(key), dated(key.CreatedAt), dated(key.RetiredAt), rows)
		}
		for _, n := range needed {
			if prefix := string(n.Prefix[:]); !there[prefix] {
				there[prefix] = true
				id, _ := keyring.SealedWith(n.Prefix[:])
				fmt.Fprintf(out, "%s\tMISSING\t-\t-\t%s\n", orUnknown(id), said(neededBy(needed, n.Prefix[:])))
			}
		}
		return out.Flush()
	})
}

func keyState(key keyring.Key) string {
	switch {
	case key.InUse:
		return "in use"
	case key.Prepared:
		return "prepared"
	}
	return "old"
}

func dated(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func orUnknown(id string) string {
	if id == "" {
		return "unknown"
	}
	return id
}

// neededBy is what needs the key that values of this prefix are sealed with.
func neededBy(all []approvaldb.Needed, prefix []byte) []approvaldb.Needed {
	return slices.DeleteFunc(slices.Clone(all), func(n approvaldb.Needed) bool { return string(n.Prefix[:]) != string(prefix) })
}

func said(needed []approvaldb.Needed) string {
	var parts []string
	for _, n := range needed {
		parts = append(parts, fmt.Sprintf("%d of %s", n.Rows, n.Table))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
