package main

import (
	"net/url"
	_ "time/tzdata" // pages tell time in the seller's zone, on any machine

	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/web/seller"
	"countersign/web/session"
)

// sellerPages builds the hosted pages and the proofs behind them.
func (g *Gateway) sellerPages(s settings) (*seller.Handler, error) {
	public, err := url.Parse(g.Config.PublicURL)
	if err != nil {
		return nil, err
	}
	rows := authdb.New(g.db)
	proofs, err := auth.New(auth.Config{
		Store: rows, RPID: g.Config.PasskeyDomain, RPName: g.Config.PasskeyDomain, Origins: []string{g.Config.PublicURL},
		Issuer: g.Config.PasskeyDomain, Sealer: g.Keys, NewID: newID, Now: g.Clock.Now, Quarantine: 7 * s.DemoWait,
	})
	if err != nil {
		return nil, err
	}
	g.sessions, g.proofs = rows, proofs
	sessions, err := session.New(session.Config{
		Rows: rows, Keys: g.Keys.Cookies, Secure: public.Scheme == "https", Now: g.Clock.Now, Log: g.Log,
	})
	if err != nil {
		return nil, err
	}
	return seller.New(seller.Config{
		Approvals: g.service, Auth: proofs, Sessions: sessions, Registry: g.parts.Registry, Cases: g.parts.Cases, Events: g.parts.Reader,
		Pages: g.mailer.Pages, PublicURL: g.Config.PublicURL, Help: g.Config.Help, Dwell: s.Dwell,
	}), nil
}
