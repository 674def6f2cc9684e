-- +goose Up

-- An API key has an id, a name and a reach. Those that are there keep all scopes.
ALTER TABLE api_keys RENAME TO api_keys_before;
CREATE TABLE api_keys (
  hash         BLOB    NOT NULL, -- SHA-256 of the key
  marketplace  TEXT    NOT NULL,
  hint         TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  revoked_at   INTEGER,
  id           TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  scopes       TEXT    NOT NULL, -- JSON array
  ranges       TEXT    NOT NULL, -- JSON array, empty for everywhere
  created_by   TEXT    NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER, -- to the minute
  CONSTRAINT api_keys_pkey PRIMARY KEY (hash),
  CONSTRAINT api_keys_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT api_keys_hash CHECK (length(hash) = 32),
  CONSTRAINT api_keys_expires CHECK (expires_at > created_at)
) STRICT;
INSERT INTO api_keys (hash, marketplace, hint, created_at, revoked_at, id, name, scopes, ranges, created_by)
SELECT hash, marketplace, hint, created_at, revoked_at,
  lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))),
  'First key', '["actions:read","actions:write","webhooks","test_clock"]', '[]', 'operator'
FROM api_keys_before;
DROP TABLE api_keys_before;
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);
CREATE INDEX api_keys_of_marketplace ON api_keys (marketplace, id);

-- A key that reaches further is another key.
-- +goose StatementBegin
CREATE TRIGGER api_keys_frozen BEFORE UPDATE OF hash, marketplace, hint, created_at, id, name, scopes, ranges, created_by
ON api_keys
BEGIN SELECT RAISE(ABORT, 'api_keys_frozen'); END;
-- +goose StatementEnd

-- A key's end only comes nearer, and a use is never forgotten.
-- +goose StatementBegin
CREATE TRIGGER api_keys_ending BEFORE UPDATE ON api_keys
WHEN (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
  OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
  OR (OLD.last_used_at IS NOT NULL AND (NEW.last_used_at IS NULL OR NEW.last_used_at < OLD.last_used_at))
BEGIN SELECT RAISE(ABORT, 'api_keys_ending'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER api_keys_ending;
DROP TRIGGER api_keys_frozen;
DROP INDEX api_keys_of_marketplace;
DROP INDEX api_keys_id;
ALTER TABLE api_keys RENAME TO api_keys_after;
CREATE TABLE api_keys (
  hash        BLOB    NOT NULL, -- SHA-256 of the key
  marketplace TEXT    NOT NULL,
  hint        TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  revoked_at  INTEGER,
  CONSTRAINT api_keys_pkey PRIMARY KEY (hash),
  CONSTRAINT api_keys_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT api_keys_hash CHECK (length(hash) = 32)
) STRICT;
-- What had an end, or reached less, does not come back without one.
INSERT INTO api_keys (hash, marketplace, hint, created_at, revoked_at)
SELECT hash, marketplace, hint, created_at, coalesce(revoked_at, expires_at,
  CASE WHEN ranges <> '[]' OR scopes <> '["actions:read","actions:write","webhooks","test_clock"]' THEN created_at END)
FROM api_keys_after;
DROP TABLE api_keys_after;
