-- +goose Up

-- More than one authenticator: one that is added with a proof counts for nothing until its action is executed. SQLite
-- cannot change a column or a constraint, so the table is made anew.
CREATE TABLE authenticators_next (
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
  usable_from     INTEGER, -- null while it is pending
  last_used_at    INTEGER,
  disabled_at     INTEGER,
  added_by        TEXT, -- the action that decides about a pending one
  CONSTRAINT authenticators_pkey PRIMARY KEY (id),
  CONSTRAINT authenticators_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT authenticators_method CHECK (method IN ('passkey', 'totp')),
  CONSTRAINT authenticators_passkey CHECK (
    (method = 'passkey') = (credential_id IS NOT NULL) AND (method = 'passkey') = (sign_count IS NOT NULL)),
  CONSTRAINT authenticators_totp CHECK ((method = 'totp') = (last_step IS NOT NULL)),
  CONSTRAINT authenticators_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT authenticators_added CHECK (added IN ('first', 'proof')),
  CONSTRAINT authenticators_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT authenticators_numbers CHECK (failures BETWEEN 0 AND 100 AND sign_count BETWEEN 0 AND 4294967295 AND last_step > 0),
  CONSTRAINT authenticators_times CHECK (usable_from >= created_at),
  CONSTRAINT authenticators_pending CHECK (CASE added WHEN 'first' THEN usable_from IS NOT NULL AND added_by IS NULL ELSE usable_from IS NULL OR added_by IS NOT NULL END),
  CONSTRAINT authenticators_inert CHECK (usable_from IS NOT NULL OR (last_used_at IS NULL AND failures = 0)),
  CONSTRAINT authenticators_added_by FOREIGN KEY (added_by) REFERENCES actions (id),
  CONSTRAINT authenticators_backup_eligible_bool CHECK (backup_eligible IN (0, 1)),
  CONSTRAINT authenticators_backed_up_bool CHECK (backed_up IN (0, 1))
) STRICT;
INSERT INTO authenticators_next (id, marketplace, seller, method, added, name, provider, sealed, credential_id, transports, backup_eligible, backed_up, sign_count, last_step, failures, created_at, usable_from, last_used_at, disabled_at)
SELECT id, marketplace, seller, method, added, name, provider, sealed, credential_id, transports, backup_eligible, backed_up, sign_count, last_step, failures, created_at, usable_from, last_used_at, disabled_at FROM authenticators;
DROP TABLE authenticators;
ALTER TABLE authenticators_next RENAME TO authenticators;
-- A credential belongs to one seller of one marketplace.
CREATE UNIQUE INDEX authenticators_credential ON authenticators (credential_id);
-- Enrolment without a proof happens once.
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
CREATE INDEX authenticators_of_seller ON authenticators (marketplace, seller, id);
CREATE INDEX authenticators_pending_since ON authenticators (created_at) WHERE usable_from IS NULL AND disabled_at IS NULL;

-- +goose StatementBegin
CREATE TRIGGER authenticators_frozen BEFORE UPDATE OF id, marketplace, seller, method, added, credential_id, backup_eligible, created_at
ON authenticators
BEGIN SELECT RAISE(ABORT, 'authenticators_frozen'); END;
-- +goose StatementEnd

-- Steps and counters only rise, and a wait is never shortened or taken back.
-- +goose StatementBegin
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators
WHEN NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from
  OR (OLD.usable_from IS NOT NULL AND NEW.usable_from IS NULL)
BEGIN SELECT RAISE(ABORT, 'authenticators_rising'); END;
-- +goose StatementEnd

-- What was switched off stays off, proves nothing and comes to count no more.
-- +goose StatementBegin
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators
WHEN OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at
  OR NEW.usable_from IS DISTINCT FROM OLD.usable_from)
BEGIN SELECT RAISE(ABORT, 'authenticators_final'); END;
-- +goose StatementEnd

-- One action decides about it.
-- +goose StatementBegin
CREATE TRIGGER authenticators_decided BEFORE UPDATE ON authenticators
WHEN OLD.added_by IS NOT NULL AND NEW.added_by IS DISTINCT FROM OLD.added_by
BEGIN SELECT RAISE(ABORT, 'authenticators_decided'); END;
-- +goose StatementEnd

-- It counts once that action was executed, and not otherwise.
-- +goose StatementBegin
CREATE TRIGGER authenticators_executed BEFORE UPDATE ON authenticators
WHEN OLD.usable_from IS NULL AND NEW.usable_from IS NOT NULL
BEGIN 
  SELECT RAISE(ABORT, 'authenticators_executed') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.added_by AND a.marketplace = NEW.marketplace AND a.seller = NEW.seller
      AND a.kind = 'authenticator.add' AND a.state = 'executed');
 END;
-- +goose StatementEnd

-- The recovery codes of a seller: one set, its tries, and a row a code.
CREATE TABLE recovery_sets (
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  failures    INTEGER NOT NULL, -- in a row
  made_at     INTEGER NOT NULL,
  CONSTRAINT recovery_sets_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT recovery_sets_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT recovery_sets_numbers CHECK (failures BETWEEN 0 AND 100)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  hash        BLOB    NOT NULL, -- SHA-256 of the seller and the code
  slot        INTEGER NOT NULL, -- so that ten are good at once
  made_at     INTEGER NOT NULL,
  spent_at    INTEGER,
  CONSTRAINT recovery_codes_pkey PRIMARY KEY (marketplace, seller, hash),
  CONSTRAINT recovery_codes_set FOREIGN KEY (marketplace, seller) REFERENCES recovery_sets (marketplace, seller),
  CONSTRAINT recovery_codes_hash CHECK (length(hash) = 32),
  CONSTRAINT recovery_codes_slot CHECK (slot BETWEEN 0 AND 9),
  CONSTRAINT recovery_codes_times CHECK (spent_at >= made_at)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recovery_codes_good ON recovery_codes (marketplace, seller, slot) WHERE spent_at IS NULL;

-- A code is spent once and never changed.
-- +goose StatementBegin
CREATE TRIGGER recovery_codes_frozen BEFORE UPDATE OF marketplace, seller, hash, slot, made_at ON recovery_codes
BEGIN SELECT RAISE(ABORT, 'recovery_codes_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recovery_codes_once BEFORE UPDATE ON recovery_codes
WHEN OLD.spent_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'recovery_codes_once'); END;
-- +goose StatementEnd

-- After a wrong try the next one has to wait.
ALTER TABLE proving ADD COLUMN paused_until INTEGER;

-- +goose Down
ALTER TABLE proving DROP COLUMN paused_until;
DROP TABLE recovery_codes;
DROP TABLE recovery_sets;
-- What was added with a proof has no place in the table of before.
DELETE FROM authenticators WHERE added <> 'first';
CREATE TABLE authenticators_next (
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
INSERT INTO authenticators_next (id, marketplace, seller, method, added, name, provider, sealed, credential_id, transports, backup_eligible, backed_up, sign_count, last_step, failures, created_at, usable_from, last_used_at, disabled_at)
SELECT id, marketplace, seller, method, added, name, provider, sealed, credential_id, transports, backup_eligible, backed_up, sign_count, last_step, failures, created_at, usable_from, last_used_at, disabled_at FROM authenticators;
DROP TABLE authenticators;
ALTER TABLE authenticators_next RENAME TO authenticators;
CREATE UNIQUE INDEX authenticators_credential ON authenticators (credential_id);
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
CREATE INDEX authenticators_of_seller ON authenticators (marketplace, seller, id);
-- +goose StatementBegin
CREATE TRIGGER authenticators_frozen BEFORE UPDATE OF id, marketplace, seller, method, added, credential_id, backup_eligible, created_at
ON authenticators
BEGIN SELECT RAISE(ABORT, 'authenticators_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators
WHEN NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from
BEGIN SELECT RAISE(ABORT, 'authenticators_rising'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators
WHEN OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at)
BEGIN SELECT RAISE(ABORT, 'authenticators_final'); END;
-- +goose StatementEnd
