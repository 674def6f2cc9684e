-- +goose Up

-- What was seen of an account, by its fingerprint. A scope is where sellers are compared: one marketplace, or, as '', all
-- of the gateway.
CREATE TABLE destinations (
  scope       TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  denied_at   INTEGER, -- on the denied list since
  denied_by   TEXT,
  allowed_at  INTEGER, -- off it since, by two
  allowed_by  TEXT,
  allowed_with TEXT,
  ring        INTEGER NOT NULL, -- 0 none, 1 its actions go to review, 2 they are frozen
  ring_at     INTEGER, -- when it became what it is
  spread_at   INTEGER, -- since when others have to be told of it, null when all are
  turn        INTEGER NOT NULL, -- rises whenever there is something more to tell
  CONSTRAINT destinations_pkey PRIMARY KEY (scope, fingerprint),
  CONSTRAINT destinations_fingerprint CHECK (fingerprint <> ''),
  CONSTRAINT destinations_ring CHECK (ring IN (0, 1, 2) AND (ring = 0 OR ring_at IS NOT NULL)),
  CONSTRAINT destinations_denied CHECK ((denied_at IS NOT NULL) = (denied_by IS NOT NULL)),
  -- One alone adds to the list, and two take off it.
  CONSTRAINT destinations_allowed CHECK (
    (allowed_at IS NULL) = (allowed_by IS NULL) AND (allowed_at IS NULL) = (allowed_with IS NULL) AND (allowed_at IS NULL OR allowed_by <> allowed_with)),
  CONSTRAINT destinations_listed CHECK (denied_at IS NULL OR allowed_at IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX destinations_spread ON destinations (spread_at) WHERE spread_at IS NOT NULL;
CREATE INDEX destinations_list ON destinations (denied_at) WHERE denied_at IS NOT NULL;

-- What each seller did with it.
CREATE TABLE destination_sellers (
  scope         TEXT    NOT NULL,
  fingerprint   TEXT    NOT NULL,
  marketplace   TEXT    NOT NULL,
  seller        TEXT    NOT NULL,
  first_at      INTEGER NOT NULL, -- named it
  last_at       INTEGER NOT NULL,
  proved_at     INTEGER, -- gave a first proof of an action that names it
  strong_at     INTEGER, -- did so while something else was wrong
  failed_at     INTEGER, -- tried in vain: refused, expired, failed or disowned without a proof
  disputed_at   INTEGER, -- said "I did not ask for this" where the seller is or was paid, or after a release
  disowned_at   INTEGER, -- said so of what had been proved, of an account never theirs
  declared      INTEGER NOT NULL, -- shares it by the word of two
  declared_by   TEXT,
  declared_with TEXT,
  ring          INTEGER NOT NULL, -- what of the ring has reached the seller
  CONSTRAINT destination_sellers_pkey PRIMARY KEY (scope, fingerprint, marketplace, seller),
  CONSTRAINT destination_sellers_destination FOREIGN KEY (scope, fingerprint) REFERENCES destinations (scope, fingerprint),
  CONSTRAINT destination_sellers_times CHECK (last_at >= first_at),
  CONSTRAINT destination_sellers_strong CHECK (strong_at IS NULL OR proved_at IS NOT NULL),
  CONSTRAINT destination_sellers_declared CHECK (
    declared = (declared_by IS NOT NULL) AND declared = (declared_with IS NOT NULL) AND (NOT declared OR declared_by <> declared_with)),
  CONSTRAINT destination_sellers_ring CHECK (ring IN (0, 1, 2)),
  CONSTRAINT destination_sellers_declared_bool CHECK (declared IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX destination_sellers_proved ON destination_sellers (scope, fingerprint, declared, proved_at) WHERE proved_at IS NOT NULL;
CREATE INDEX destination_sellers_strong_at ON destination_sellers (scope, fingerprint, strong_at) WHERE strong_at IS NOT NULL;
CREATE INDEX destination_sellers_failed ON destination_sellers (scope, fingerprint, failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX destination_sellers_disowned ON destination_sellers (scope, fingerprint, disowned_at) WHERE disowned_at IS NOT NULL;
CREATE INDEX destination_sellers_disputed ON destination_sellers (scope, fingerprint, disputed_at) WHERE disputed_at IS NOT NULL;

-- A ring is announced to each marketplace once.
CREATE TABLE rings_announced (
  scope       TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  marketplace TEXT    NOT NULL,
  ring_at     INTEGER NOT NULL,
  CONSTRAINT rings_announced_pkey PRIMARY KEY (scope, fingerprint, marketplace),
  CONSTRAINT rings_announced_destination FOREIGN KEY (scope, fingerprint) REFERENCES destinations (scope, fingerprint)
) STRICT, WITHOUT ROWID;

-- Where each seller's money was sent by what the gateway released.
CREATE TABLE payout_accounts (
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  since       INTEGER NOT NULL, -- first
  placed_at   INTEGER, -- became where the seller is paid, the last time
  used_at     INTEGER, -- ceased to be
  current     INTEGER NOT NULL,
  CONSTRAINT payout_accounts_pkey PRIMARY KEY (marketplace, seller, fingerprint),
  CONSTRAINT payout_accounts_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT payout_accounts_placed CHECK (NOT current OR placed_at IS NOT NULL),
  CONSTRAINT payout_accounts_current_bool CHECK (current IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payout_accounts_current ON payout_accounts (marketplace, seller) WHERE current;

-- What a request has in common with others: keyed hashes that tell nothing else. Those of a few days are kept.
CREATE TABLE traits (
  trait   INTEGER NOT NULL,
  seen_at INTEGER NOT NULL, -- last
  seller  INTEGER NOT NULL, -- a keyed hash too
  CONSTRAINT traits_pkey PRIMARY KEY (trait, seller)
) STRICT, WITHOUT ROWID;
CREATE INDEX traits_seen ON traits (trait, seen_at, seller);

-- Few, and looked for every ten seconds.
CREATE INDEX actions_unresolved ON actions (marketplace, moved_at) WHERE state = 'unresolved';
CREATE INDEX actions_named ON actions (fingerprint, marketplace, seller)
  WHERE state NOT IN ('executed', 'execution_failed', 'cancelled', 'denied', 'expired', 'failed');
CREATE INDEX actions_by_kind ON actions (marketplace, kind, id);
CREATE INDEX actions_asked ON actions (marketplace, seller, created_at);

-- +goose StatementBegin
CREATE TRIGGER destinations_frozen BEFORE UPDATE OF scope, fingerprint, created_at ON destinations
BEGIN SELECT RAISE(ABORT, 'destinations_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER destinations_kept_delete BEFORE DELETE ON destinations
BEGIN SELECT RAISE(ABORT, 'destinations_kept_delete'); END;
-- +goose StatementEnd
-- Off the denied list by two, and by nothing else.
-- +goose StatementBegin
CREATE TRIGGER destinations_allowed_by_two BEFORE UPDATE ON destinations
WHEN OLD.denied_at IS NOT NULL AND NEW.denied_at IS NULL AND NEW.allowed_at IS NULL
BEGIN SELECT RAISE(ABORT, 'destinations_allowed_by_two'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER destination_sellers_frozen BEFORE UPDATE OF scope, fingerprint, marketplace, seller, first_at ON destination_sellers
BEGIN SELECT RAISE(ABORT, 'destination_sellers_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER destination_sellers_kept_delete BEFORE DELETE ON destination_sellers
BEGIN SELECT RAISE(ABORT, 'destination_sellers_kept_delete'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payout_accounts_frozen BEFORE UPDATE OF marketplace, seller, fingerprint, since ON payout_accounts
BEGIN SELECT RAISE(ABORT, 'payout_accounts_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payout_accounts_kept_delete BEFORE DELETE ON payout_accounts
BEGIN SELECT RAISE(ABORT, 'payout_accounts_kept_delete'); END;
-- +goose StatementEnd

-- What was seen before there was this table.
INSERT INTO destinations (scope, fingerprint, created_at, ring, turn)
  SELECT marketplace, fingerprint, min(seen_at), 0, 0 FROM sightings GROUP BY marketplace, fingerprint;
INSERT INTO destination_sellers (scope, fingerprint, marketplace, seller, first_at, last_at, declared, ring)
  SELECT marketplace, fingerprint, marketplace, seller, min(seen_at), max(seen_at), 0, 0 FROM sightings GROUP BY marketplace, fingerprint, seller;

-- +goose Down
DROP INDEX actions_asked;
DROP INDEX actions_by_kind;
DROP INDEX actions_named;
DROP INDEX actions_unresolved;
DROP TABLE traits;
DROP TABLE payout_accounts;
DROP TABLE rings_announced;
DROP TABLE destination_sellers;
DROP TABLE destinations;
