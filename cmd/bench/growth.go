package main

import (
	"context"
	"fmt"
)

// growth is P9: the engine on a large database against the engine on a small
// one.
func growth(ctx context.Context, b *bench) error {
	for _, kind := range b.kinds() {
		few, err := b.filled(ctx, kind, b.few)
		if err != nil {
			return err
		}
		many, err := b.filled(ctx, kind, b.many)
		if err != nil {
			return err
		}
		_, err = b.compare(ctx, comparison{
			figure: "P9", what: fmt.Sprintf("lifecycles on %s with many actions present, engine alone, %d callers", kind, callersSQLite),
			unit: "lifecycles/s", target: target{ratio: 0.85},
			ours: many.contender(fmt.Sprintf("with %d", b.many), callersSQLite),
			peer: few.contender(fmt.Sprintf("with %d", b.few), callersSQLite),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
