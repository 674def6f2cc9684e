package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/approvals"
	"countersign/auth"
)

// maxDevices bounds a seller's list. Visits live for fifteen minutes at most, so
// more than that are nobody's browsers.
const maxDevices = 20

// Device is a visit of a seller as that seller may see it.
type Device struct {
	Handle    string // names it in a form of this visit, and nowhere else
	UserAgent string
	BegunAt   time.Time
	SeenAt    time.Time
	Proved    bool
	Here      bool // it is the visit that asks
}

// Devices lists the seller's live visits, the last seen first.
func (s *Store) Devices(r *http.Request, v *Visit) ([]Device, error) {
	rows, err := s.live(r, v)
	if err != nil {
		return nil, err
	}
	own := sha256.Sum256([]byte(v.g.ID))
	list := make([]Device, 0, len(rows))
	for _, row := range rows {
		list = append(list, Device{
			Handle: v.handle(row.Hash), UserAgent: row.UserAgent, BegunAt: row.CreatedAt, SeenAt: row.SeenAt,
			Proved: row.Proved, Here: row.Hash == own,
		})
	}
	return list, nil
}

// EndDevice ends one of the seller's live visits. CodeNotFound when the handle
// names none: it has ended by itself, or was another visit's page.
func (s *Store) EndDevice(r *http.Request, v *Visit, handle string) error {
	rows, err := s.live(r, v)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !hmac.Equal([]byte(v.handle(row.Hash)), []byte(handle)) {
			continue
		}
		if err := s.rows.EndSession(r.Context(), row.Hash); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	}
	return approvals.Refuse(approvals.CodeNotFound)
}

// EndAll ends every visit of the seller, this one too, and takes its cookie
// away. What other requests still hold of them does not come back.
func (s *Store) EndAll(w http.ResponseWriter, r *http.Request, v *Visit) error {
	if _, err := s.rows.EndSessionsOf(r.Context(), v.Seller); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return s.End(w, r)
}

func (s *Store) live(r *http.Request, v *Visit) ([]auth.Session, error) {
	rows, err := s.rows.SessionsOf(r.Context(), v.Seller, auth.LiveAt(s.now(), maxDevices))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return rows, nil
}

// handle names a session in the forms of this visit's pages: a hash keyed with
// the page token, so that it says nothing and means nothing elsewhere.
func (v *Visit) handle(hash [32]byte) string {
	mac := hmac.New(sha256.New, []byte(v.Values.Page))
	mac.Write([]byte("countersign/device/v1\n"))
	mac.Write(hash[:])
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// userAgent is what the browser calls itself, as far as it is kept.
func userAgent(r *http.Request) string {
	s := strings.ToValidUTF8(r.UserAgent(), "")
	return strings.ToValidUTF8(s[:min(len(s), auth.MaxUserAgent)], "")
}
