package approvaldb

import (
	"time"

	"gorm.io/gorm"

	"countersign/approvals"
)

const recoveryAgreedSQL = `SELECT d.proposer, d.decider, d.decided_at FROM decisions d WHERE d.id = ?`

// The predicates of the two partial indexes stand in it to the letter.
const agentsSQL = `SELECT part.at FROM (SELECT x.proposed_at AS at FROM decisions x WHERE x.verb = 'reset_authenticators'
    AND x.proposer = @who AND x.proposed_at >= @from AND x.proposed_at <= @to AND x.state = 'carried_out' ORDER BY x.proposed_at LIMIT 50) part
  UNION ALL SELECT part.at FROM (SELECT x.decided_at AS at FROM decisions x WHERE x.verb = 'reset_authenticators' AND x.decider IS NOT NULL
    AND x.decider = @who AND x.decided_at >= @from AND x.decided_at <= @to AND x.state = 'carried_out' ORDER BY x.decided_at LIMIT 50) part`

// seenOfAgents is how busy those were who decided on the seller's last recovery: the
// most recoveries that one of them had a hand in, in the day up to it or the day from
// it on. Two who work together are no less busy than either.
func (k core) seenOfAgents(db *gorm.DB, decision string, out *approvals.Signals) error {
	var agreed struct {
		Proposer, Decider string
		DecidedAt         Instant
	}
	if err := db.Raw(recoveryAgreedSQL, decision).Scan(&agreed).Error; err != nil {
		return err
	}
	at := agreed.DecidedAt.Time()
	for _, who := range []string{agreed.Proposer, agreed.Decider} {
		var rows []struct{ At Instant }
		err := db.Raw(agentsSQL, map[string]any{"who": who, "from": At(at.Add(-24 * time.Hour)), "to": At(at.Add(24 * time.Hour))}).Scan(&rows).Error
		if err != nil {
			return err
		}
		before, after := 0, 0
		for _, r := range rows {
			if !r.At.Time().After(at) {
				before++
			}
			if !r.At.Time().Before(at) {
				after++
			}
		}
		out.AgentVelocity = max(out.AgentVelocity, before, after)
	}
	return nil
}
