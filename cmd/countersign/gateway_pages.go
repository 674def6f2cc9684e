package main

import (
	"context"
	"net/url"
	"strings"
	_ "time/tzdata" // pages tell time in the seller's zone, on any machine

	"countersign/approvals"
	"countersign/auth"
	"countersign/auth/authdb"
	"countersign/web/desk"
	"countersign/web/dev"
	"countersign/web/seller"
	"countersign/web/session"
)

// sellerPages builds the hosted pages and the proofs behind them.
func (g *Gateway) sellerPages(s settings) (*seller.Handler, *session.Store, error) {
	public, err := url.Parse(g.Config.PublicURL)
	if err != nil {
		return nil, nil, err
	}
	rows := authdb.New(g.db)
	proofs, err := auth.New(auth.Config{
		Store: rows, Approvers: rows, RPID: g.Config.PasskeyDomain, RPName: g.Config.PasskeyDomain, Origins: []string{g.Config.PublicURL},
		Issuer: g.Config.PasskeyDomain, Sealer: g.Keys, NewID: newID, Now: g.Clock.Now, Quarantine: 7 * s.DemoWait, DeviceKnown: 30 * s.DemoWait,
	})
	if err != nil {
		return nil, nil, err
	}
	g.sessions, g.proofs = rows, proofs
	clients, err := g.clients()
	if err != nil {
		return nil, nil, err
	}
	sessions, err := session.New(session.Config{
		Rows: rows, Keys: g.Keys.Cookies, Secure: public.Scheme == "https", Now: g.Clock.Now, Log: g.Log,
	})
	if err != nil {
		return nil, nil, err
	}
	return seller.New(seller.Config{
		Approvals: g.service, Auth: proofs, Sessions: sessions, Registry: g.parts.Registry, Cases: g.parts.Cases, Events: g.parts.Reader,
		Pages: g.mailer.Pages, PublicURL: g.Config.PublicURL, Help: g.Config.Help, Dwell: s.Dwell, Clients: clients,
	}), sessions, nil
}

// peoplePages builds the pages that ask engineers, and those of the desk, who they
// are. clock is a test gateway's, nil on a live one.
func (g *Gateway) peoplePages(doors *session.Store, hooks *approvals.Webhooks, clock dev.Clock) (*dev.Site, *desk.Site, error) {
	people, err := newPeople(g.Config, g.db, g.Keys, g.Clock)
	if err != nil {
		return nil, nil, err
	}
	signOn, err := g.Config.Desk.SignOn.provider(g.Config.PublicURL)
	if err != nil {
		return nil, nil, err
	}
	g.people, g.presences = people, authdb.NewPeopleSessions(g.db)
	sessions, err := session.NewPeople(session.PeopleConfig{
		Rows: g.presences, People: people, Keys: g.Keys.Cookies, Secure: strings.HasPrefix(g.Config.PublicURL, "https:"), Log: g.Log,
		Now: g.Clock.Machine, // who moves a test gateway's clock stays signed in
	})
	if err != nil {
		return nil, nil, err
	}
	developers := dev.NewSite(dev.SiteConfig{
		People: people, Sessions: sessions, Doors: doors, Registry: g.parts.Registry, Reader: g.parts.Reader, Records: g.parts.Reader,
		Keys:     approvals.KeyMaker{Keys: g.parts.Keys, Test: g.Config.testMode(), NewID: newID, Now: g.Clock.Now},
		Webhooks: hooks, Policies: g.policies, Recent: &g.refusals, Clock: clock, Pages: g.mailer.Pages, Now: g.Clock.Now,
	})
	return developers, desk.New(desk.Config{
		PublicURL: g.Config.PublicURL, People: people, Sessions: sessions, Doors: doors, Policies: g.policies, History: g.parts.Policies,
		Test: g.Config.testMode(), SignOn: signOn, Pages: g.mailer.Pages, Now: g.Clock.Now, Machine: g.Clock.Machine,
		Cases: g.deskCases(), Governor: g.parts.Governor, Views: g.views(),
	}), nil
}

// warnFew says when too few people have joined for what takes two of them.
func (g *Gateway) warnFew(ctx context.Context) error {
	few, err := tooFew(ctx, g.people)
	for _, line := range few {
		g.Log.Warn(line)
	}
	return err
}
