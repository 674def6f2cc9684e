-- +goose Up

CREATE TABLE marketplaces (
  id          TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  return_urls TEXT    NOT NULL, -- JSON array
  created_at  INTEGER NOT NULL,
  CONSTRAINT marketplaces_pkey PRIMARY KEY (id),
  CONSTRAINT marketplaces_id CHECK (id <> '')
) STRICT;

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

CREATE TABLE endpoints (
  id          TEXT    NOT NULL,
  marketplace TEXT    NOT NULL,
  url         TEXT    NOT NULL,
  secrets     BLOB    NOT NULL, -- sealed
  events      TEXT    NOT NULL, -- JSON array, empty for all
  created_at  INTEGER NOT NULL,
  disabled_at INTEGER,
  CONSTRAINT endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT endpoints_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id)
) STRICT;
CREATE INDEX endpoints_enabled ON endpoints (marketplace) WHERE disabled_at IS NULL;

CREATE TABLE sellers (
  marketplace TEXT    NOT NULL,
  id          TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  locale      TEXT    NOT NULL,
  time_zone   TEXT    NOT NULL,
  country     TEXT    NOT NULL,
  locked      INTEGER NOT NULL,
  lock_epoch  INTEGER NOT NULL,
  locked_at   INTEGER,
  locked_by   TEXT,
  created_at  INTEGER NOT NULL,
  CONSTRAINT sellers_pkey PRIMARY KEY (marketplace, id),
  CONSTRAINT sellers_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT sellers_id CHECK (id <> ''),
  CONSTRAINT sellers_lock_epoch CHECK (lock_epoch >= 0),
  CONSTRAINT sellers_locked CHECK (NOT locked OR (locked_at IS NOT NULL AND locked_by IS NOT NULL AND lock_epoch > 0)),
  CONSTRAINT sellers_locked_bool CHECK (locked IN (0, 1))
) STRICT;

CREATE TABLE contacts (
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  email       TEXT    NOT NULL,
  position    INTEGER NOT NULL,
  since       INTEGER NOT NULL,
  CONSTRAINT contacts_pkey PRIMARY KEY (marketplace, seller, email),
  CONSTRAINT contacts_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT contacts_email CHECK (email <> '')
) STRICT, WITHOUT ROWID;

CREATE TABLE actions (
  id             TEXT    NOT NULL,
  marketplace    TEXT    NOT NULL,
  seller         TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  reference      TEXT    NOT NULL,
  details        BLOB    NOT NULL, -- sealed
  digest         BLOB    NOT NULL,
  fingerprint    TEXT    NOT NULL,
  context        TEXT    NOT NULL,
  return_url     TEXT    NOT NULL,
  metadata       TEXT,
  created_at     INTEGER NOT NULL,
  state          TEXT    NOT NULL,
  held_from      TEXT,
  hold           TEXT,
  cancel         TEXT,
  generation     INTEGER NOT NULL,
  lock_epoch     INTEGER NOT NULL,
  decision       TEXT    NOT NULL,
  wait           INTEGER NOT NULL, -- microseconds
  step_up_by     INTEGER NOT NULL,
  notify_by      INTEGER,
  not_before     INTEGER,
  confirm_by     INTEGER,
  renew_at       INTEGER,
  claim_by       INTEGER,
  result_by      INTEGER,
  hold_by        INTEGER,
  claim          INTEGER, -- number of the newest claim
  claimed_at     INTEGER,
  confirm_serial INTEGER NOT NULL,
  resends        INTEGER NOT NULL,
  resent_at      INTEGER,
  version        INTEGER NOT NULL,
  moved_at       INTEGER NOT NULL,
  ended_at       INTEGER,
  due_at         INTEGER,
  CONSTRAINT actions_pkey PRIMARY KEY (id),
  CONSTRAINT actions_digest UNIQUE (id, digest),
  CONSTRAINT actions_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT actions_digest_size CHECK (length(digest) = 32),
  CONSTRAINT actions_fingerprint CHECK (fingerprint <> ''),
  CONSTRAINT actions_numbers CHECK (
    version > 0 AND generation > 0 AND lock_epoch >= 0 AND wait >= 0 AND confirm_serial >= 0 AND resends >= 0 AND claim > 0),
  CONSTRAINT actions_moved_at CHECK (moved_at >= created_at),
  CONSTRAINT actions_state CHECK (state IN (
    'awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing', 'executed',
    'execution_failed', 'unresolved', 'held', 'cancelled', 'denied', 'expired', 'failed')),
  CONSTRAINT actions_held CHECK (
    (state = 'held') = (held_from IS NOT NULL) AND (state = 'held') = (hold IS NOT NULL)
    AND (state <> 'held' OR hold_by IS NOT NULL)),
  CONSTRAINT actions_held_from CHECK (
    held_from IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved')),
  CONSTRAINT actions_cancelled CHECK ((state = 'cancelled') = (cancel IS NOT NULL)),
  CONSTRAINT actions_ended CHECK (
    (state IN ('executed', 'cancelled', 'denied', 'expired', 'failed')) = (ended_at IS NOT NULL)),
  CONSTRAINT actions_claimed CHECK (
    (state IN ('releasing', 'executed', 'execution_failed', 'unresolved')) = (claim IS NOT NULL)
    AND (claim IS NOT NULL) = (claimed_at IS NOT NULL) AND (claim IS NOT NULL) = (result_by IS NOT NULL)),
  CONSTRAINT actions_deadlines CHECK ((CASE state
    WHEN 'notifying' THEN notify_by IS NOT NULL
    WHEN 'cooling_off' THEN not_before IS NOT NULL
    WHEN 'awaiting_confirmation' THEN not_before IS NOT NULL AND confirm_by > not_before
    WHEN 'approved' THEN not_before IS NOT NULL AND confirm_by > not_before AND claim_by > not_before
    WHEN 'releasing' THEN not_before IS NOT NULL AND confirm_by > not_before AND claim_by > not_before
    WHEN 'executed' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    WHEN 'execution_failed' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    WHEN 'unresolved' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    ELSE true END) IS TRUE),
  CONSTRAINT actions_due_at CHECK (due_at IS NOT DISTINCT FROM CASE state
    WHEN 'awaiting_step_up' THEN step_up_by
    WHEN 'notifying' THEN notify_by
    WHEN 'cooling_off' THEN not_before
    WHEN 'awaiting_confirmation' THEN CASE WHEN renew_at < confirm_by THEN renew_at ELSE confirm_by END
    WHEN 'approved' THEN claim_by
    WHEN 'releasing' THEN result_by
    WHEN 'held' THEN hold_by END),
  -- A move cannot commit without its event.
  CONSTRAINT actions_event FOREIGN KEY (id, version) REFERENCES events (action, version) DEFERRABLE INITIALLY DEFERRED,
  -- A release cannot commit without its claim.
  CONSTRAINT actions_claim FOREIGN KEY (id, claim) REFERENCES claims (action, number) DEFERRABLE INITIALLY DEFERRED
) STRICT;
-- One open action of a seller and kind.
CREATE UNIQUE INDEX actions_one_open ON actions (marketplace, seller, kind)
  WHERE state NOT IN ('executed', 'execution_failed', 'cancelled', 'denied', 'expired', 'failed');
CREATE INDEX actions_due ON actions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX actions_by_marketplace ON actions (marketplace, id);
CREATE INDEX actions_by_seller ON actions (marketplace, seller, id);
CREATE INDEX actions_by_state ON actions (marketplace, state, id);

CREATE TABLE events (
  id          TEXT    NOT NULL,
  marketplace TEXT,
  seller      TEXT,
  action      TEXT,
  version     INTEGER, -- of the action that this move made; null for what moved nothing
  generation  INTEGER NOT NULL,
  verb        TEXT    NOT NULL,
  from_state  TEXT,
  to_state    TEXT,
  actor_type  TEXT    NOT NULL,
  actor_id    TEXT,
  occurred_at INTEGER NOT NULL,
  data        TEXT, -- JSON object
  CONSTRAINT events_pkey PRIMARY KEY (id),
  CONSTRAINT events_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT events_version CHECK (version IS NULL OR (version > 0 AND action IS NOT NULL AND to_state IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX events_of_action ON events (action, version);

CREATE TABLE notices (
  action      TEXT    NOT NULL,
  email       TEXT    NOT NULL,
  position    INTEGER NOT NULL,
  accepted_at INTEGER,
  refused_at  INTEGER,
  CONSTRAINT notices_pkey PRIMARY KEY (action, email),
  CONSTRAINT notices_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT notices_outcome CHECK (accepted_at IS NULL OR refused_at IS NULL)
) STRICT, WITHOUT ROWID;

CREATE TABLE proofs (
  id            TEXT    NOT NULL,
  action        TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  stage         TEXT    NOT NULL,
  method        TEXT    NOT NULL,
  authenticator TEXT    NOT NULL,
  digest        BLOB    NOT NULL,
  uv            INTEGER NOT NULL,
  spent         TEXT    NOT NULL,
  evidence      BLOB    NOT NULL,
  proved_at     INTEGER NOT NULL,
  CONSTRAINT proofs_pkey PRIMARY KEY (id),
  CONSTRAINT proofs_digest FOREIGN KEY (action, digest) REFERENCES actions (id, digest),
  CONSTRAINT proofs_stage CHECK (stage IN ('step_up', 'confirmation')),
  CONSTRAINT proofs_uv CHECK (method <> 'passkey' OR uv),
  CONSTRAINT proofs_not_empty CHECK (spent <> '' AND authenticator <> '' AND method <> ''),
  CONSTRAINT proofs_uv_bool CHECK (uv IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX proofs_once ON proofs (action, generation, stage);
CREATE UNIQUE INDEX proofs_spent ON proofs (spent);

CREATE TABLE links (
  hash       BLOB    NOT NULL, -- SHA-256 of the token
  action     TEXT    NOT NULL,
  purpose    TEXT    NOT NULL,
  serial     INTEGER NOT NULL,
  expires_at INTEGER,
  replaced   INTEGER NOT NULL,
  spent_at   INTEGER,
  CONSTRAINT links_pkey PRIMARY KEY (action, purpose, serial),
  CONSTRAINT links_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT links_hash CHECK (length(hash) = 32),
  CONSTRAINT links_purpose CHECK (purpose IN ('handoff', 'confirm', 'stop')),
  CONSTRAINT links_stop CHECK ((purpose = 'stop') = (expires_at IS NULL) AND (purpose <> 'stop' OR (spent_at IS NULL AND NOT replaced))),
  CONSTRAINT links_replaced_bool CHECK (replaced IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX links_by_hash ON links (hash);

CREATE TABLE claims (
  action     TEXT    NOT NULL,
  number     INTEGER NOT NULL,
  digest     BLOB    NOT NULL,
  claimed_at INTEGER NOT NULL,
  CONSTRAINT claims_pkey PRIMARY KEY (action, number),
  CONSTRAINT claims_digest FOREIGN KEY (action, digest) REFERENCES actions (id, digest)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE links;
DROP TABLE notices;
DROP TABLE claims;
DROP TABLE proofs;
DROP TABLE events;
DROP TABLE actions;
DROP TABLE contacts;
DROP TABLE sellers;
DROP TABLE endpoints;
DROP TABLE api_keys;
DROP TABLE marketplaces;
