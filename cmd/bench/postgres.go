package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresEnv names the variable that holds the URL of a running server.
const postgresEnv = "COUNTERSIGN_TEST_POSTGRES"

// postgres is the server that is measured. A private one lives until its pipe
// is closed, by stop or by the end of this process.
type postgres struct {
	admin string // URL of a user who may create databases
	alive io.Closer
	cmd   *exec.Cmd
	pid   int // of its first process, 0 when it is not of this machine
	made  []string
}

// startPostgres takes the server of the environment, or starts one with the
// script that the tests use.
func startPostgres(root string) (_ *postgres, err error) {
	p := &postgres{admin: os.Getenv(postgresEnv)}
	if p.admin == "" {
		if err := p.start(filepath.Join(root, "approvals", "approvalstest", "postgres.sh")); err != nil {
			return nil, err
		}
	}
	if err := p.look(); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

func (p *postgres) start(script string) error {
	p.cmd = exec.Command("bash", script)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches it through the pipe alone
	var stderr strings.Builder
	p.cmd.Stderr = &stderr
	alive, err1 := p.cmd.StdinPipe()
	stdout, err2 := p.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	p.alive = alive
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = p.alive.Close()
		_ = p.cmd.Wait()
		return errors.New(strings.TrimSpace(stderr.String()))
	}
	p.admin = strings.TrimSpace(line)
	return nil
}

// look finds the server's process, and refuses one whose commits are not
// durable: nothing here would be worth comparing.
func (p *postgres) look() error {
	var fsync, synchronous string
	var backend int
	err := p.do(context.Background(), func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_backend_pid()").
			Scan(&fsync, &synchronous, &backend)
	})
	if err != nil {
		return err
	}
	if fsync != "on" || synchronous != "on" {
		return fmt.Errorf("its commits are not durable: fsync is %s, synchronous_commit is %s", fsync, synchronous)
	}
	if b, err := readProcess(backend); err == nil && p.cmd != nil {
		p.pid = b.parent
	}
	return nil
}

// do runs f on a connection of its own.
func (p *postgres) do(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, p.admin)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return errors.Join(f(ctx, c), c.Close(context.WithoutCancel(ctx)))
}

func (p *postgres) exec(ctx context.Context, statement string) error {
	return p.do(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err
	})
}

// create makes an empty database and returns its URL.
func (p *postgres) create(ctx context.Context, name string) (string, error) {
	u, err := url.Parse(p.admin)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", postgresEnv, err)
	}
	if err := p.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	p.made = append(p.made, name)
	u.Path = "/" + name
	return u.String(), nil
}

// cpu is the processor time of the whole server.
func (p *postgres) cpu() time.Duration {
	if p.pid == 0 {
		return 0
	}
	return cpuOfFamily(p.pid)
}

// stop ends a private server, and leaves another one as it was.
func (p *postgres) stop() error {
	if p.cmd == nil {
		var errs []error
		for _, name := range p.made {
			errs = append(errs, p.exec(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
		}
		return errors.Join(errs...)
	}
	if err := p.alive.Close(); err != nil {
		return err
	}
	return p.cmd.Wait()
}
