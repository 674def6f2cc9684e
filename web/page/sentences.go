package page

import (
	"strings"

	"countersign/approvals"
	"countersign/web/problem"
)

// sentences are what a person with a page in front of them is told to do, where the
// API's sentence speaks of keys and headers.
var sentences = map[approvals.Code]string{
	approvals.CodeNotFound:    "There is nothing here, or it is not yours to see. Go back and choose it from its list.",
	approvals.CodeState:       "It has moved on since this page was opened. Open it again to see where it stands.",
	approvals.CodeUnavailable: "It is not known whether anything was done. Open the page again and look before you repeat it.",
	problem.InternalError:     "It is not known whether anything was done. Open the page again and look; quote the request's number to your operator if this stays.",
	problem.RateLimited:       "Too much was asked at once. Wait a moment and try again.",
	problem.PayloadTooLarge:   "What was typed is too long. Go back and shorten it.",
}

// sentence is what the page for p says. What is wrong with a form is said field by
// field.
func sentence(p problem.Problem) string {
	if p.Code == approvals.CodeInvalid && len(p.Fields) > 0 {
		var wrong []string
		for _, f := range p.Fields {
			wrong = append(wrong, f.Field+" "+f.Message)
		}
		return "Nothing was done. Go back and correct this: " + strings.Join(wrong, "; ") + "."
	}
	if own, ok := sentences[p.Code]; ok {
		return own
	}
	return p.Detail
}
