package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// smallRequest is what a browser's script sends.
const smallRequest = "GET /api/orders/1234?page=2 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n" +
	"Accept: application/json\r\nAccept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nReferer: https://shop.example/orders\r\n" +
	"Cookie: session=2f1c7a3e9b8d4f60a1b2c3d4e5f60718; theme=dark\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n\r\n"

// loaded is what one turn of load came to.
type loaded struct {
	took    []time.Duration // of every request
	elapsed time.Duration
}

// traffic is what is sent where, one request after the other, and the status
// that every answer has to have.
type traffic struct{ address, request, status string }

// send sends it over all connections for d. It parses as little as it can, so
// that most of the machine is left to what is measured.
func (l traffic) send(ctx context.Context, d time.Duration) (loaded, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	all := make([][]time.Duration, connections)
	failed := make([]error, connections)
	began := time.Now()
	var running sync.WaitGroup
	for i := range connections {
		running.Go(func() { all[i], failed[i] = l.sendOne(ctx) })
	}
	running.Wait()
	out := loaded{elapsed: time.Since(began)}
	for i := range all {
		if failed[i] != nil {
			return out, fmt.Errorf("load %s: %w", l.address, failed[i])
		}
		out.took = append(out.took, all[i]...)
	}
	return out, nil
}

func (l traffic) sendOne(ctx context.Context) (took []time.Duration, err error) {
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	r := bufio.NewReaderSize(c, 8<<10)
	for ctx.Err() == nil {
		began := time.Now()
		if _, err := io.WriteString(c, l.request); err != nil {
			return took, err
		}
		if err := skipAnswer(r, l.status); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// skipAnswer reads one answer with a length.
func skipAnswer(r *bufio.Reader, status string) error {
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 "+status+" ")) {
			return fmt.Errorf("answered %q", line)
		}
		if len(line) == 2 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return fmt.Errorf("the answer has no length")
	}
	_, err := r.Discard(length)
	return err
}
