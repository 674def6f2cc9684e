-- +goose Up

-- The WebAuthn user.id of a seller: random, and nothing a person is known by.
CREATE TABLE user_handles (
  marketplace TEXT NOT NULL,
  seller      TEXT NOT NULL,
  handle      BLOB NOT NULL,
  CONSTRAINT user_handles_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT user_handles_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT user_handles_size CHECK (length(handle) = 64)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX user_handles_once ON user_handles (handle);

CREATE TABLE authenticators (
  id              TEXT    NOT NULL,
  marketplace     TEXT    NOT NULL,
  seller          TEXT    NOT NULL,
  method          TEXT    NOT NULL,
  added           TEXT    NOT NULL, -- how it was enrolled
  name            TEXT    NOT NULL,
  provider        TEXT    NOT NULL,
  sealed          BLOB    NOT NULL, -- the seed, or the passkey's key
  credential_id   BLOB,
  transports      TEXT    NOT NULL, -- separated by blanks
  backup_eligible INTEGER NOT NULL,
  backed_up       INTEGER NOT NULL,
  sign_count      INTEGER, -- of a passkey
  last_step       INTEGER, -- of an app: the step last spent
  failures        INTEGER NOT NULL, -- in a row
  created_at      INTEGER NOT NULL,
  usable_from     INTEGER NOT NULL,
  last_used_at    INTEGER,
  disabled_at     INTEGER,
  CONSTRAINT authenticators_pkey PRIMARY KEY (id),
  CONSTRAINT authenticators_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT authenticators_method CHECK (method IN ('passkey', 'totp')),
  CONSTRAINT authenticators_passkey CHECK (
    (method = 'passkey') = (credential_id IS NOT NULL) AND (method = 'passkey') = (sign_count IS NOT NULL)),
  CONSTRAINT authenticators_totp CHECK ((method = 'totp') = (last_step IS NOT NULL)),
  CONSTRAINT authenticators_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT authenticators_added CHECK (added IN ('first')),
  CONSTRAINT authenticators_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT authenticators_numbers CHECK (failures BETWEEN 0 AND 100 AND sign_count BETWEEN 0 AND 4294967295 AND last_step > 0),
  CONSTRAINT authenticators_times CHECK (usable_from >= created_at),
  CONSTRAINT authenticators_backup_eligible_bool CHECK (backup_eligible IN (0, 1)),
  CONSTRAINT authenticators_backed_up_bool CHECK (backed_up IN (0, 1))
) STRICT;
-- A credential belongs to one seller of one marketplace.
CREATE UNIQUE INDEX authenticators_credential ON authenticators (credential_id);
-- Enrolment without a proof happens once.
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
CREATE INDEX authenticators_of_seller ON authenticators (marketplace, seller, id);

-- +goose StatementBegin
CREATE TRIGGER authenticators_frozen BEFORE UPDATE OF id, marketplace, seller, method, added, credential_id, backup_eligible, created_at
ON authenticators
BEGIN SELECT RAISE(ABORT, 'authenticators_frozen'); END;
-- +goose StatementEnd

-- Steps and counters only rise, and a wait is never shortened.
-- +goose StatementBegin
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators
WHEN NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from
BEGIN SELECT RAISE(ABORT, 'authenticators_rising'); END;
-- +goose StatementEnd

-- What was switched off stays off and proves nothing.
-- +goose StatementBegin
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators
WHEN OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at)
BEGIN SELECT RAISE(ABORT, 'authenticators_final'); END;
-- +goose StatementEnd

-- A ceremony that waits for its answer. A row is deleted by the statement that reads it.
CREATE TABLE challenges (
  hash        BLOB    NOT NULL, -- SHA-256 of the challenge
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  action      TEXT, -- null for an enrolment
  generation  INTEGER NOT NULL,
  stage       TEXT    NOT NULL, -- empty for an enrolment
  digest      BLOB    NOT NULL,
  ceremony    BLOB    NOT NULL, -- JSON
  slot        INTEGER NOT NULL, -- so that few live at once
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  CONSTRAINT challenges_pkey PRIMARY KEY (hash),
  CONSTRAINT challenges_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT challenges_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT challenges_sizes CHECK (length(hash) = 32 AND length(digest) = 32),
  CONSTRAINT challenges_stage CHECK (stage IN ('', 'step_up', 'confirmation') AND (stage = '') = (action IS NULL)),
  CONSTRAINT challenges_slot CHECK (slot BETWEEN 0 AND 4),
  CONSTRAINT challenges_times CHECK (expires_at > created_at)
) STRICT;
CREATE UNIQUE INDEX challenges_of_action ON challenges (action, stage, slot) WHERE action IS NOT NULL;
CREATE UNIQUE INDEX challenges_of_enrolment ON challenges (marketplace, seller, slot) WHERE action IS NULL;
CREATE INDEX challenges_expiring ON challenges (expires_at);

-- Seeds no code has confirmed yet.
CREATE TABLE enrolments (
  id          TEXT    NOT NULL,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  account     TEXT    NOT NULL,
  sealed      BLOB    NOT NULL,
  slot        INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL,
  CONSTRAINT enrolments_pkey PRIMARY KEY (id),
  CONSTRAINT enrolments_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT enrolments_slot CHECK (slot BETWEEN 0 AND 4),
  CONSTRAINT enrolments_times CHECK (expires_at > created_at)
) STRICT;
CREATE UNIQUE INDEX enrolments_of_seller ON enrolments (marketplace, seller, slot);
CREATE INDEX enrolments_expiring ON enrolments (expires_at);

-- How a seller's tries stand, over all methods, actions and nodes.
CREATE TABLE proving (
  marketplace   TEXT    NOT NULL,
  seller        TEXT    NOT NULL,
  failures      INTEGER NOT NULL, -- in a row
  blocks        INTEGER NOT NULL, -- in a row: each is longer than the one before
  blocked_until INTEGER,
  tried_at      INTEGER NOT NULL,
  CONSTRAINT proving_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT proving_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT proving_numbers CHECK (failures BETWEEN 0 AND 4 AND blocks >= 0),
  CONSTRAINT proving_blocked CHECK ((blocks > 0) = (blocked_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  hash        BLOB    NOT NULL, -- SHA-256 of the id in the cookie
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  content     BLOB    NOT NULL, -- JSON
  proved      INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  seen_at     INTEGER NOT NULL,
  ended_at    INTEGER, -- the row stays for a while, so that a late save does not revive it
  CONSTRAINT sessions_pkey PRIMARY KEY (hash),
  CONSTRAINT sessions_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT sessions_hash CHECK (length(hash) = 32),
  CONSTRAINT sessions_proved_bool CHECK (proved IN (0, 1))
) STRICT;
CREATE INDEX sessions_idle ON sessions (seen_at);
CREATE INDEX sessions_old ON sessions (created_at);

-- +goose StatementBegin
CREATE TRIGGER sessions_frozen BEFORE UPDATE OF hash, marketplace, seller, created_at ON sessions
BEGIN SELECT RAISE(ABORT, 'sessions_frozen'); END;
-- +goose StatementEnd

-- An ended session does not come back, and a proof is not forgotten.
-- +goose StatementBegin
CREATE TRIGGER sessions_final BEFORE UPDATE ON sessions
WHEN OLD.ended_at IS NOT NULL OR (OLD.proved AND NOT NEW.proved)
BEGIN SELECT RAISE(ABORT, 'sessions_final'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER user_handles_frozen BEFORE UPDATE ON user_handles
BEGIN SELECT RAISE(ABORT, 'user_handles_frozen'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE sessions;
DROP TABLE proving;
DROP TABLE enrolments;
DROP TABLE challenges;
DROP TABLE authenticators;
DROP TABLE user_handles;
