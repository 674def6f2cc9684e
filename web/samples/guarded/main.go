// Command guarded is the marketplace's side of forward-auth: a handler that only
// a released request reaches, in the session of the seller who approved it. It
// keeps everything in memory, so it is a sandbox. Behind the reverse proxy no
// session arrives: write AnySeller instead of Seller, and act for the release's.
//
//	GATEWAY=… API_KEY=… MARKETPLACE=… go run ./web/samples/guarded
package main

import (
	"errors"
	"io"
	"log"
	"net/http"
	"os"
	"sync"

	"countersign/client"
)

func main() {
	gateway, err1 := client.New(os.Getenv("GATEWAY"), os.Getenv("API_KEY"))
	releases, err2 := client.NewReleaseVerifier(os.Getenv("GATEWAY"), os.Getenv("MARKETPLACE"))
	if err := errors.Join(err1, err2); err != nil {
		log.Fatal(err)
	}
	s := &shop{gateway: gateway, done: map[string]bool{}}
	guard := client.Guard{Releases: releases, Seller: signedIn}
	mux := http.NewServeMux()
	mux.Handle("POST /bank", guard.Wrap(http.HandlerFunc(s.saveAccount)))
	log.Fatal(http.ListenAndServe("localhost:3000", mux)) //nolint:gosec // a sandbox on this machine
}

// signedIn is whose session the request carries, by the id that the gateway
// knows the seller by. Anybody can name an action: the guard compares whose it is.
func signedIn(*http.Request) string { return "S-2201" } // from your own session

type shop struct {
	gateway *client.Client

	mu      sync.Mutex
	account []byte
	done    map[string]bool // release ids; in a database, in the transaction of the account
}

// saveAccount gets the request that was approved, byte for byte. It can come
// twice when an answer was lost, so it has one effect for each release.
func (s *shop) saveAccount(w http.ResponseWriter, r *http.Request) {
	release, _ := client.ReleaseOf(r)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "The body cannot be read.", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	if !s.done[release.ReleaseID] {
		s.account, s.done[release.ReleaseID] = body, true
	}
	s.mu.Unlock()
	// Report once it is done; a report that is lost is repeated later.
	if _, err := s.gateway.Report(r.Context(), release.Action, client.Executed(release.ReleaseID)); err != nil {
		log.Print(err)
	}
	w.WriteHeader(http.StatusNoContent)
}
