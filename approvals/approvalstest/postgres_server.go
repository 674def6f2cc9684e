package approvalstest

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// postgresEnv names the variable that holds the URL of a running server.
const postgresEnv = "COUNTERSIGN_TEST_POSTGRES"

// postgresScript starts a private server; see its head for how it ends.
//
//go:embed postgres.sh
var postgresScript string

// serverURL returns the URL of the server that this process uses. A private one
// is started at the first call.
func serverURL() (string, error) {
	if u := os.Getenv(postgresEnv); u != "" {
		return u, nil
	}
	s, err := shared()
	if err != nil {
		return "", err
	}
	return s.url, nil
}

var shared = sync.OnceValues(func() (*postgresServer, error) { return startPostgres() })

// postgresServer is a private server. It runs until its pipe is closed: by stop,
// or by the kernel when this process ends, even by SIGKILL.
type postgresServer struct {
	url   string
	alive io.Closer
	cmd   *exec.Cmd
}

// startPostgres runs the script, with env beside this process's own
// environment, and waits for the URL it prints.
func startPostgres(env ...string) (*postgresServer, error) {
	cmd := exec.Command("bash", "-c", postgresScript)
	cmd.Env = append(os.Environ(), env...)
	// Its own process group, so that Ctrl-C reaches it through the pipe alone
	// and it can still clean up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	s := &postgresServer{alive: alive, cmd: cmd}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = s.stop()
		return nil, fmt.Errorf("start PostgreSQL: %s", strings.TrimSpace(stderr.String()))
	}
	s.url = strings.TrimSpace(line)
	return s, nil
}

// stop ends the server and returns when its files are gone.
func (s *postgresServer) stop() error {
	if err := s.alive.Close(); err != nil {
		return err
	}
	return s.cmd.Wait()
}
