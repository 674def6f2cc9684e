-- +goose Up

-- An API key has an id, a name and a reach. Those that are there keep all scopes.
ALTER TABLE api_keys
  ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN name text NOT NULL DEFAULT 'First key',
  ADD COLUMN scopes text NOT NULL DEFAULT '["actions:read","actions:write","webhooks","test_clock"]', -- JSON array
  ADD COLUMN ranges text NOT NULL DEFAULT '[]', -- JSON array, empty for everywhere
  ADD COLUMN created_by text NOT NULL DEFAULT 'operator',
  ADD COLUMN expires_at timestamptz,
  ADD COLUMN last_used_at timestamptz, -- to the minute
  ADD CONSTRAINT api_keys_expires CHECK (expires_at > created_at);
ALTER TABLE api_keys
  ALTER COLUMN id DROP DEFAULT, ALTER COLUMN name DROP DEFAULT, ALTER COLUMN scopes DROP DEFAULT,
  ALTER COLUMN ranges DROP DEFAULT, ALTER COLUMN created_by DROP DEFAULT;
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);
CREATE INDEX api_keys_of_marketplace ON api_keys (marketplace, id);

-- A key that reaches further is another key.
CREATE TRIGGER api_keys_frozen BEFORE UPDATE OF hash, marketplace, hint, created_at, id, name, scopes, ranges, created_by
ON api_keys FOR EACH ROW EXECUTE FUNCTION refuse_auth();

-- A key's end only comes nearer, and a use is never forgotten.
CREATE TRIGGER api_keys_ending BEFORE UPDATE ON api_keys FOR EACH ROW
WHEN ((OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
  OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
  OR (OLD.last_used_at IS NOT NULL AND (NEW.last_used_at IS NULL OR NEW.last_used_at < OLD.last_used_at)))
EXECUTE FUNCTION refuse_auth();

-- +goose Down
DROP TRIGGER api_keys_ending ON api_keys;
DROP TRIGGER api_keys_frozen ON api_keys;
-- What had an end, or reached less, does not come back without one.
UPDATE api_keys SET revoked_at = coalesce(expires_at, created_at) WHERE revoked_at IS NULL AND (expires_at IS NOT NULL OR ranges <> '[]'
  OR scopes <> '["actions:read","actions:write","webhooks","test_clock"]');
DROP INDEX api_keys_of_marketplace;
DROP INDEX api_keys_id;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_expires;
ALTER TABLE api_keys
  DROP COLUMN id, DROP COLUMN name, DROP COLUMN scopes, DROP COLUMN ranges, DROP COLUMN created_by, DROP COLUMN expires_at, DROP COLUMN last_used_at;
