package problem

import (
	"fmt"
	"net/http"

	"countersign/approvals"
)

// Cacheable is how long what is the same for everybody may be kept.
const Cacheable = "public, max-age=300"

// Help explains one code: it is what the type of a problem document points at
// (RFC 9457 §3.1.1). The path value "code" names it; an unknown one is refused
// through refuse.
func Help(refuse func(http.ResponseWriter, *http.Request, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code := approvals.Code(r.PathValue("code"))
		e, ok := entries[code]
		if !ok {
			refuse(w, r, approvals.Refuse(approvals.CodeNotFound))
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", Cacheable)
		fmt.Fprintf(w, "%s\n\ncode    %s\nstatus  %d %s\n\n%s\n\nAll calls and codes: %s#%s\n",
			e.title, code, e.status, http.StatusText(e.status), e.detail, DocPath, code)
	}
}
