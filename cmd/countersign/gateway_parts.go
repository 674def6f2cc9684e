package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"countersign/approvals"
	"countersign/approvals/deliver"
	"countersign/approvals/jobs"
	"countersign/templates"
	"countersign/web"
	"countersign/web/api"
	"countersign/web/dev"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// work is what River's workers call. It is filled after the queue is made,
// because the store needs the queue and the service the store.
type work struct {
	service *approvals.Service
	mailer  approvals.Mailer
	courier approvals.Courier
	push    func(ctx context.Context, id string) error
}

func (w *work) SendMail(ctx context.Context, id string) error {
	return w.service.SendMail(ctx, w.mailer, id)
}

func (w *work) Deliver(ctx context.Context, id string) error {
	return w.service.Deliver(ctx, w.courier, id)
}

func (w *work) Push(ctx context.Context, id string) error {
	return w.push(ctx, id)
}

// push makes the next attempt of an action's push. A node without routes, or one
// that stops, leaves that to the others.
func (g *Gateway) push(ctx context.Context, id string) error {
	if g.sender == nil || g.stopping.Load() {
		return approvals.ErrNotDue
	}
	return g.sender.Push(ctx, id)
}

// sendBy lets this node release the pushed actions of these routes, sending them
// by p. The lease is measured by the machine's monotonic clock, which nobody sets.
func (g *Gateway) sendBy(p approvals.Pusher, routes []approvals.PushRoute) error {
	start := time.Now()
	g.sender = &approvals.Sender{
		Service: g.service, Bodies: g.parts.Reader, Gate: g.parts.Governor.Gate, Releases: g.Keys, Issuer: g.Config.PublicURL,
		Pusher: p, Ticks: func() time.Duration { return time.Since(start) },
	}
	g.parts.Waker.Sends = routes
	return g.queue.Send(routes...)
}

func (g *Gateway) buildQueue(w jobs.Work) (err error) {
	if g.db.Postgres() {
		g.queue, err = jobs.OnPostgres(g.db.Pool(), w, g.Log)
	} else {
		g.queue, err = jobs.OnSQLite(g.db.SQL(), w, g.Log)
	}
	return err
}

// buildDelivery makes what mails and webhooks leave by.
func (g *Gateway) buildDelivery(s settings) error {
	g.courier = deliver.NewCourier(deliver.CourierConfig{Private: g.Config.egress().Private, Now: g.Clock.Now})
	pages, err := g.pages(s)
	if err != nil {
		return err
	}
	mail := g.Config.Mail
	g.mailer = &deliver.Mailer{
		Pages: pages, From: mail.From, ReplyTo: mail.ReplyTo, PublicURL: g.Config.PublicURL, Now: g.Clock.Now,
		SMTP: deliver.SMTP{Address: mail.SMTP, TLS: deliver.TLS(mail.TLS), Username: mail.Username},
	}
	if mail.PasswordFile != "" {
		raw, err := os.ReadFile(mail.PasswordFile)
		if err != nil {
			return fmt.Errorf("mail.password_file: %w", err)
		}
		g.mailer.SMTP.Password = strings.TrimSpace(string(raw))
	}
	return nil
}

func (g *Gateway) pages(s settings) (*templates.Renderer, error) {
	typed := map[templates.Locale]string{templates.EN: g.Config.Typed.EN}
	if g.Config.Typed.IT != "" {
		typed[templates.IT] = g.Config.Typed.IT
	}
	return templates.New(templates.Config{PasskeyDomain: g.Config.PasskeyDomain, Typed: typed, DemoWait: s.DemoWait})
}

// buildWeb makes the handlers of the public and the operator's listener.
func (g *Gateway) buildWeb(ctx context.Context, s settings) error {
	public, err := web.CheckPublicURL(g.Config.PublicURL)
	if err != nil {
		return fmt.Errorf("public_url %w", err)
	}
	limits, forms, err := g.limits()
	if err != nil {
		return err
	}
	cfg := api.Config{
		Limits: limits, Records: g.parts.Reader,
		Service: g.service, Reader: g.parts.Reader, Registry: g.parts.Registry, Answers: g.parts.Answers, Releases: g.Keys,
		PublicURL: g.Config.PublicURL, Test: g.Config.testMode(), Now: g.Clock.Now, Uses: g.uses,
		Webhooks: &approvals.Webhooks{
			Endpoints: g.parts.Endpoints, Deliveries: g.parts.Deliveries, CheckURL: g.Config.egress().Check, NewID: newID, Now: g.Clock.Now,
		},
	}
	if g.Config.testMode() {
		cfg.Clock = &jobs.Advancer{
			Sweeper: g.sweeper, Mailer: g.mailer, Courier: g.courier, Governor: g.parts.Governor, Clock: g.Clock, Push: g.push,
		}
	}
	calls, err := api.New(cfg)
	if err != nil {
		return err
	}
	pages, doors, err := g.sellerPages(s)
	if err != nil {
		return err
	}
	site, desk, err := g.peoplePages(doors, cfg.Webhooks, cfg.Clock)
	if err != nil {
		return err
	}
	developers, err := dev.Routes(dev.Config{Pages: g.mailer.Pages, OpenAPI: api.OpenAPI(), Refuse: pages.Refuse})
	if err != nil {
		return err
	}
	metrics := web.NewMetrics()
	g.metrics = metrics
	g.unsent = unsent{find: g.parts.Waker.Unsent, gauge: metrics.Unsent, log: g.Log}
	g.unresolved = unresolved{find: g.parts.Waker.Unresolved, gauge: metrics.Unresolved, log: g.Log}
	g.pace = pace{find: g.parts.Shift.Pace, gauge: metrics.Paced}
	handler, err := web.New(web.Config{
		PublicURL: public, API: calls, Pages: pages, Dev: developers, Developers: site, Desk: desk, PageLimit: forms, Ready: g, Metrics: metrics, Recent: &g.refusals, Log: g.Log, Now: g.Clock.Now, Machine: g.Clock.Machine,
	})
	if err != nil {
		return err
	}
	g.public = web.Server(handler, g.Log)
	if g.Config.OperatorListen != "" {
		server := &http.Server{Handler: web.Operator(g, metrics), ReadHeaderTimeout: g.public.ReadHeaderTimeout}
		g.doors = append(g.doors, &door{name: "operator", address: g.Config.OperatorListen, server: server})
	}
	return g.buildForwardAuth(ctx, metrics)
}
