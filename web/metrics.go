package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"countersign/approvals"
	"countersign/approvals/desk"
	"countersign/web/problem"
)

// Metrics counts what the front sees. No label holds anything of a request but
// its route, so that their number is bounded and none is a secret (I23).
type Metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	panics     prometheus.Counter
	unsent     prometheus.Gauge
	unresolved prometheus.Gauge
	cases      *prometheus.GaugeVec
	again      *prometheus.GaugeVec
	proxied    *prometheus.CounterVec
}

// NewMetrics makes the counters, in a registry of their own.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_requests_total",
			Help: "Requests answered, by method, route, status and problem code.",
		}, []string{"method", "route", "status", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "countersign_request_seconds",
			Help:    "Time to answer, by route.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 20},
		}, []string{"route"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "countersign_panics_total",
			Help: "Requests that ended in a panic.",
		}),
		unsent: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "countersign_pushes_unsent",
			Help: "Approved requests that are overdue and that no node sends.",
		}),
		unresolved: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "countersign_releases_unresolved",
			Help: "Releases of which nobody knows whether they were carried out.",
		}),
		cases: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "countersign_cases_median_seconds",
			Help: "Median time from the opening of a case to its first answer and to its end, by the days looked at.",
		}, []string{"to", "days"}),
		again: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "countersign_cases_reopened_ratio",
			Help: "Part of the closed cases whose seller had another one of the same reason since, by the days looked at.",
		}, []string{"days"}),
		proxied: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_proxy_requests_total",
			Help: "Requests to the reverse proxy, by outcome (passed, sealed, refused), route, class of status and problem code.",
		}, []string{"outcome", "route", "status", "code"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.panics, m.unsent, m.unresolved, m.cases, m.again, m.proxied, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Unsent says how many approved requests wait for a node that sends them.
func (m *Metrics) Unsent(pushes int) { m.unsent.Set(float64(pushes)) }

// Unresolved says of how many releases nobody knows what came of them.
func (m *Metrics) Unresolved(releases int) { m.unresolved.Set(float64(releases)) }

// Paced says how fast cases were answered.
func (m *Metrics) Paced(p desk.Pace) {
	days := strconv.Itoa(p.Days)
	m.cases.WithLabelValues("answer", days).Set(p.Answer.Seconds())
	m.cases.WithLabelValues("end", days).Set(p.Resolution.Seconds())
	m.again.WithLabelValues(days).Set(p.Reopened)
}

// Proxied counts what became of a request to the reverse proxy. status is 0
// where code says it.
func (m *Metrics) Proxied(outcome, route string, status int, code approvals.Code) {
	class := ""
	if status > 0 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.proxied.WithLabelValues(outcome, route, class, string(code)).Inc()
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) answered(method string, t *problem.Trace, status int, took time.Duration) {
	m.requests.WithLabelValues(knownMethod(method), t.Route, strconv.Itoa(status), string(t.Code)).Inc()
	m.duration.WithLabelValues(t.Route).Observe(took.Seconds())
}

// knownMethod keeps a label from taking any word a client makes up.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		return method
	}
	return "other"
}
