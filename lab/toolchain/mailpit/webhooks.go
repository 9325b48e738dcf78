package main

import (
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"sync"
	"time"
)

// Older ones are forgotten: a sink that is flooded goes on telling what came last.
const keptRequests = 10_000

const bodyLimit = 64 << 10

type received struct {
	// UTC, RFC 3339 with milliseconds.
	At     string `json:"at"`
	From   string `json:"from"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   string `json:"body"`
}

type recorder struct {
	mutex    sync.Mutex
	requests []received
}

// webhookSink answers 204 to everything at -receive, and at -tell with what came, oldest first.
func webhookSink(arguments []string) {
	flags := flag.NewFlagSet("webhook-sink", flag.ExitOnError)
	receive := flags.String("receive", "", "address and port for webhooks")
	tell := flags.String("tell", "", "address and port that says what was received")
	_ = flags.Parse(arguments)
	kept := &recorder{requests: []received{}}
	go func() { log.Fatal(serve(*receive, kept.record)) }()
	log.Fatal(serve(*tell, kept.list))
}

func serve(address string, handler http.HandlerFunc) error {
	server := &http.Server{Addr: address, Handler: handler, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

func (r *recorder) record(answer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(io.LimitReader(request.Body, bodyLimit))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.requests) == keptRequests {
		r.requests = r.requests[1:]
	}
	r.requests = append(r.requests, received{
		At:     time.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		From:   request.RemoteAddr,
		Method: request.Method,
		Path:   request.URL.RequestURI(),
		Body:   string(body),
	})
	answer.WriteHeader(http.StatusNoContent)
}

func (r *recorder) list(answer http.ResponseWriter, _ *http.Request) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(r.requests)
}
