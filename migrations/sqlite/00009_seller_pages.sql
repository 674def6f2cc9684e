-- +goose Up

-- What a seller chose for themselves. It goes before what the marketplace says.
ALTER TABLE sellers ADD COLUMN own_locale    TEXT    NOT NULL DEFAULT '';
ALTER TABLE sellers ADD COLUMN own_time_zone TEXT    NOT NULL DEFAULT '';
ALTER TABLE sellers ADD COLUMN extra_wait    INTEGER NOT NULL DEFAULT 0 CONSTRAINT sellers_extra_wait CHECK (extra_wait >= 0); -- microseconds, added to every wait
ALTER TABLE sellers ADD COLUMN travel_until  INTEGER; -- nothing goes forward before

-- A wish for more care is not taken back.
-- +goose StatementBegin
CREATE TRIGGER sellers_care_kept BEFORE UPDATE ON sellers
WHEN NEW.extra_wait < OLD.extra_wait OR (OLD.travel_until IS NOT NULL AND NEW.travel_until IS NULL) OR NEW.travel_until < OLD.travel_until
BEGIN SELECT RAISE(ABORT, 'sellers_care_kept'); END;
-- +goose StatementEnd

-- A hand-off of a seller without an action. It points to a page and proves nothing.
CREATE TABLE seller_handoffs (
  hash        BLOB    NOT NULL, -- SHA-256 of the token
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  purpose     TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  spent_at    INTEGER,
  CONSTRAINT seller_handoffs_pkey PRIMARY KEY (hash),
  CONSTRAINT seller_handoffs_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT seller_handoffs_hash CHECK (length(hash) = 32),
  CONSTRAINT seller_handoffs_purpose CHECK (purpose IN ('enrol', 'security', 'history')),
  CONSTRAINT seller_handoffs_life CHECK (expires_at > created_at)
) STRICT;
CREATE INDEX seller_handoffs_of_seller ON seller_handoffs (marketplace, seller);

-- It keeps what it opens and for how long, and is spent once.
-- +goose StatementBegin
CREATE TRIGGER seller_handoffs_frozen BEFORE UPDATE OF hash, marketplace, seller, purpose, created_at, expires_at ON seller_handoffs
BEGIN SELECT RAISE(ABORT, 'seller_handoffs_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER seller_handoffs_once BEFORE UPDATE ON seller_handoffs
WHEN OLD.spent_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'seller_handoffs_once'); END;
-- +goose StatementEnd

-- A seller reads their own security events, newest first.
CREATE INDEX events_of_seller ON events (marketplace, seller, id) WHERE action IS NULL AND verb <> 'handoff_seller';

-- A seller sees where they are signed in, and ends what they do not know.
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_of_seller ON sessions (marketplace, seller) WHERE ended_at IS NULL;

-- +goose Down
DROP INDEX sessions_of_seller;
ALTER TABLE sessions DROP COLUMN user_agent;
DROP INDEX events_of_seller;
DROP TABLE seller_handoffs;
DROP TRIGGER sellers_care_kept;
ALTER TABLE sellers DROP COLUMN travel_until;
ALTER TABLE sellers DROP COLUMN extra_wait;
ALTER TABLE sellers DROP COLUMN own_time_zone;
ALTER TABLE sellers DROP COLUMN own_locale;
