package approvaldb

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
)

// Settings of every PostgreSQL session, unless the URL says otherwise
// (RELIABILITY §11). A statement that hangs ends; a commit is on disk when it
// returns.
var postgresSettings = map[string]string{
	"timezone":                            "UTC",
	"statement_timeout":                   "5s",
	"lock_timeout":                        "2s",
	"idle_in_transaction_session_timeout": "10s",
	"synchronous_commit":                  "on",
	"application_name":                    "countersign",
}

const (
	postgresConns   = 16
	postgresConnect = 5 * time.Second
	// postgresSilence is how long a peer that answers nothing is waited for.
	postgresSilence = "30s"
	postgresOldest  = 140000
)

func openPostgres(ctx context.Context, url string, o Options) (_ *DB, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err) // pgx leaves the password out
	}
	config.MaxConns = postgresConns
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	params := config.ConnConfig.RuntimeParams
	for name, value := range postgresSettings {
		if _, given := params[name]; !given {
			params[name] = value
		}
	}
	if !strings.HasPrefix(config.ConnConfig.Host, "/") {
		params["tcp_user_timeout"] = postgresSilence
	}
	config.ConnConfig.ConnectTimeout = postgresConnect
	dialer := &net.Dialer{Timeout: postgresConnect, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4}}
	config.ConnConfig.DialFunc = dialer.DialContext

	db := &DB{}
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.onClose(func() error { db.pool.Close(); return nil })
	sqlDB := stdlib.OpenDBFromPool(db.pool)
	db.onClose(sqlDB.Close)
	if err := checkServer(ctx, db.pool); err != nil {
		return nil, err
	}
	db.write, err = openGorm(gormpostgres.New(gormpostgres.Config{Conn: sqlDB}))
	db.read = db.write
	return db, err
}

func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	if err := pool.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if version < postgresOldest {
		return fmt.Errorf("open database: PostgreSQL %d is too old; 14 is the first that is supported", version/10000)
	}
	return nil
}
