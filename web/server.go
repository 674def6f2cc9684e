package web

import (
	"log/slog"
	"net/http"
	"time"
)

// Limits of RELIABILITY §11 that the server enforces before any handler runs.
const (
	headerTime     = 5 * time.Second
	readTime       = 15 * time.Second // the header's 5 s and 10 s for the body
	writeTime      = 30 * time.Second
	idleTime       = 60 * time.Second
	maxHeaderBytes = 32 << 10
	maxStreams     = 100
)

// Server returns the server of h: every time-out set, headers limited, no
// answer of its own to OPTIONS *, and its complaints in the log. TLS ends in a
// proxy in front of it.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            headerTime,
		ReadTimeout:                  readTime,
		WriteTimeout:                 writeTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               maxHeaderBytes,
		DisableGeneralOptionsHandler: true,
		HTTP2:                        &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
