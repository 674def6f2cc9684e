-- +goose Up

-- How often somebody may ask, shared by all nodes. UNLOGGED: a crash forgets it, which lets a minute's worth of calls
-- more through; nothing is decided here but "later".
CREATE UNLOGGED TABLE limits (
  key        bytea       NOT NULL, -- SHA-256 of what is limited and for whom: an address is not kept in clear
  arrival    bigint      NOT NULL, -- of GCRA, in nanoseconds since 1970
  expires_at timestamptz NOT NULL, -- the row says nothing any more
  CONSTRAINT limits_pkey PRIMARY KEY (key),
  CONSTRAINT limits_size CHECK (length(key) = 32)
);
CREATE INDEX limits_expired ON limits (expires_at);

-- +goose Down
DROP TABLE limits;
