package auth

import (
	"context"
	"slices"
	"time"

	"countersign/approvals"
)

// Permission is how a seller may prove themselves now.
type Permission struct {
	Method approvals.Method
	// UsableFrom is zero when the seller has something that may approve money.
	// Else all there is is in quarantine until then: it steps up, and its
	// action waits for it (DESIGN rule 11). It does not confirm.
	UsableFrom time.Time
}

// Permitted returns the one way the seller may make the proof of this stage
// now, whatever the client asks for: with a passkey if any is usable, else with
// a code. A code is out for BarLife after any passkey could approve money
// (DESIGN rule 10). What is in quarantine makes a step-up where nothing is
// usable, and never a confirmation (rule 11); what is pending or switched off
// makes nothing. The refusal is CodeNoAuthenticator, or CodeMethod where only
// the bar of rule 10 keeps an app out.
func (s *Service) Permitted(ctx context.Context, seller approvals.SellerKey, stage approvals.Stage) (Permission, error) {
	records, err := s.records(ctx, seller)
	if err != nil {
		return Permission{}, err
	}
	may := s.permitted(records, stage)
	if may.refusal != nil {
		return Permission{}, may.refusal
	}
	p := Permission{Method: may.method}
	now := s.now()
	if soonest := slices.MinFunc(may.with, byUsableFrom); soonest.InQuarantine(now) {
		p.UsableFrom = soonest.UsableFrom
	}
	return p, nil
}

func byUsableFrom(a, b Record) int { return a.UsableFrom.Compare(b.UsableFrom) }

// permission is how a proof may be made: with any of these, all of one method.
type permission struct {
	method  approvals.Method
	with    []Record
	refusal *approvals.Error
}

// of returns the authenticators that may answer with this method.
func (p permission) of(m approvals.Method) []Record {
	if p.refusal != nil || p.method != m {
		return nil
	}
	return p.with
}

// noCode reports whether rule 10 keeps codes out, whether or not there is an app.
func (p permission) noCode() bool {
	if p.refusal != nil {
		return p.refusal.Code == approvals.CodeMethod
	}
	return p.method == approvals.Passkey
}

// permitted is the one place that decides who may prove with what.
func (s *Service) permitted(records []Record, stage approvals.Stage) permission {
	now := s.now()
	methods := []approvals.Method{approvals.Passkey, approvals.TOTP}
	refusal := approvals.Refuse(approvals.CodeNoAuthenticator)
	if barred(records, now) {
		methods = methods[:1]
		if len(ofMethod(records, approvals.TOTP, Authenticator.enrolled)) > 0 {
			refusal = approvals.Refuse(approvals.CodeMethod)
		}
	}
	counts := []func(Authenticator) bool{func(a Authenticator) bool { return a.Usable(now) }}
	if stage != approvals.StageConfirmation {
		counts = append(counts, func(a Authenticator) bool { return a.InQuarantine(now) })
	}
	for _, ok := range counts {
		for _, m := range methods {
			if list := ofMethod(records, m, ok); len(list) > 0 {
				return permission{method: m, with: list}
			}
		}
	}
	return permission{refusal: refusal}
}

// barred reports whether a passkey of the seller could approve money within
// BarLife, so that a code does not, whatever became of the passkey: whoever
// removes one, or burns its tries, gets no easier way (THREATS B2).
func barred(records []Record, now time.Time) bool {
	return slices.ContainsFunc(records, func(r Record) bool {
		switch {
		case r.Method != approvals.Passkey, r.UsableFrom.IsZero(), now.Before(r.UsableFrom):
			return false
		case r.DisabledAt.IsZero():
			return true
		}
		return !r.DisabledAt.Before(r.UsableFrom) && now.Sub(r.DisabledAt) < BarLife
	})
}

func ofMethod(records []Record, m approvals.Method, ok func(Authenticator) bool) []Record {
	var list []Record
	for _, r := range records {
		if r.Method == m && ok(r.Authenticator) {
			list = append(list, r)
		}
	}
	return list
}
