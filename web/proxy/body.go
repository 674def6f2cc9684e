package proxy

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/approvals/target"
	"countersign/web/problem"
)

// Limits of a guarded request (RELIABILITY §11).
const (
	maxBody    = 1 << 20
	maxCookies = 8 << 10
	bodyTime   = 15 * time.Second
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// content is a body that was read whole.
type content struct {
	bytes []byte
	media string // the Content-Type header as it came, empty without a body
	value any    // what expressions read: an object, or what there is
}

// readContent reads a guarded request's body, as what it says it is.
func (p *Proxy) readContent(w http.ResponseWriter, r *http.Request) (content, error) {
	if len(r.Header["Content-Encoding"]) > 0 {
		return content{}, approvals.Refuse(problem.MediaType)
	}
	raw, err := p.readBody(w, r)
	if err != nil {
		return content{}, err
	}
	if len(raw) == 0 {
		if r.Method != http.MethodDelete {
			return content{}, approvals.Invalid(approvals.FieldError{Message: "there must be a body"})
		}
		return content{value: map[string]any{}}, nil
	}
	media, header, err := mediaType(r.Header["Content-Type"])
	if err != nil {
		return content{}, err
	}
	c := content{bytes: raw, media: header}
	if media == jsonType {
		c.value, err = readJSON(raw)
		return c, err
	}
	form, err := readParameters(string(raw))
	c.value = form
	return c, err
}

func (p *Proxy) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, approvals.Refuse(problem.PayloadTooLarge)
	}
	c := http.NewResponseController(w)
	if err := c.SetReadDeadline(p.Machine().Add(bodyTime)); err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		return raw, c.SetReadDeadline(time.Time{})
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, approvals.Refuse(problem.PayloadTooLarge)
	}
	if on := connOf(r.Context()); on != nil && on.broken.Load() {
		return nil, errChunk.problem()
	}
	return nil, approvals.Invalid(approvals.FieldError{Message: "the body ends before its end"})
}

// mediaType accepts JSON and forms, in UTF-8.
func mediaType(lines []string) (media, header string, err error) {
	refusal := approvals.Refuse(problem.MediaType)
	if len(lines) != 1 || strings.Contains(lines[0], ",") {
		return "", "", refusal
	}
	media, params, err := mime.ParseMediaType(lines[0])
	if err != nil || media != jsonType && media != formType {
		return "", "", refusal
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return "", "", refusal
		}
	}
	return media, lines[0], nil
}

// within refuses a guarded request whose head is too large.
func within(r *http.Request) error {
	cookies := 0
	for _, line := range r.Header["Cookie"] {
		cookies += len(line)
	}
	switch {
	case len(r.RequestURI) > target.Max:
		return approvals.Refuse(problem.URITooLong)
	case cookies > maxCookies:
		return approvals.Refuse(problem.HeadersTooLarge)
	case target.Check(r.RequestURI) != nil: // what is signed has one reading everywhere
		return errTargetBytes.problem()
	}
	return nil
}
