package api

import "countersign/auth"

// actionEvidence hands out all there is about an action, for whoever has to
// check it without us.
func (a *API) actionEvidence(c *call) (any, error) {
	if err := noQuery(c.http); err != nil {
		return nil, err
	}
	record, err := a.Records.Record(c.ctx(), c.action())
	if err != nil {
		return nil, err
	}
	return auth.NewBundle(record)
}
