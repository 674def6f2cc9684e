package seller

import (
	"net/http"
	"strconv"

	"countersign/approvals"
)

// staticFile serves a style sheet or script. Its name holds the hash of its
// content, so it may be kept for ever.
func (h *Handler) staticFile(w http.ResponseWriter, r *http.Request) error {
	f, ok := h.Pages.Static(r.URL.Path)
	if !ok {
		return approvals.Refuse(approvals.CodeNotFound)
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", f.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	_, _ = w.Write(f.Body) // the reader may be gone
	return nil
}
