-- +goose Up

-- How often somebody may ask, shared by all nodes. On SQLite there is one node and it counts in memory; the table is
-- there so that both dialects have the same.
CREATE TABLE limits (
  key        BLOB    NOT NULL, -- SHA-256 of what is limited and for whom: an address is not kept in clear
  arrival    INTEGER NOT NULL, -- of GCRA, in nanoseconds since 1970
  expires_at INTEGER NOT NULL, -- the row says nothing any more
  CONSTRAINT limits_pkey PRIMARY KEY (key),
  CONSTRAINT limits_size CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX limits_expired ON limits (expires_at);

-- +goose Down
DROP TABLE limits;
