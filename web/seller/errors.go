package seller

import (
	"errors"

	"countersign/approvals"
	"countersign/web/page"
)

// is reports whether err is a refusal with this code.
func is(err error, c approvals.Code) bool { return page.Is(err, c) }

// explains reports whether err says why a known link counts no more.
func explains(err error) bool {
	return is(err, approvals.CodeLinkSpent) || is(err, approvals.CodeLinkReplaced) || is(err, approvals.CodeLinkExpired)
}

// fact is one fact of a refusal, empty when err has none.
func fact(err error, name string) string {
	if e, ok := errors.AsType[*approvals.Error](err); ok {
		return e.Facts[name]
	}
	return ""
}

// orElse is err, or other where there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
