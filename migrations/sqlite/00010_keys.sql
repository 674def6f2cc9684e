-- +goose Up

-- Sealing keys rotate: a sealed value may be sealed anew, and nothing else of its row changes with it.

DROP TRIGGER actions_frozen;
-- What was asked for never changes.
-- +goose StatementBegin
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, digest, fingerprint, context, return_url, metadata, created_at
ON actions
BEGIN SELECT RAISE(ABORT, 'actions_frozen'); END;
-- +goose StatementEnd

-- Details stay what they are: sealed with another key, as long as before, in no other step. That they say the same is
-- checked when they are opened.
-- +goose StatementBegin
CREATE TRIGGER actions_resealed BEFORE UPDATE OF details
ON actions
WHEN NEW.version <> OLD.version OR length(NEW.details) <> length(OLD.details) OR substr(NEW.details, 1, 5) = substr(OLD.details, 1, 5)
BEGIN SELECT RAISE(ABORT, 'actions_resealed'); END;
-- +goose StatementEnd

DROP TRIGGER actions_version;
-- Every update of anything else is one version, and time does not go back.
-- +goose StatementBegin
CREATE TRIGGER actions_version BEFORE UPDATE OF
  state, held_from, hold, cancel, generation, lock_epoch, decision, wait, step_up_by, notify_by, not_before, confirm_by,
  renew_at, claim_by, result_by, hold_by, claim, claimed_at, confirm_serial, resends, resent_at, version, moved_at, ended_at, due_at
ON actions
WHEN NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at
BEGIN SELECT RAISE(ABORT, 'actions_version'); END;
-- +goose StatementEnd

DROP TRIGGER actions_final;
-- An end is an end.
-- +goose StatementBegin
CREATE TRIGGER actions_final BEFORE UPDATE OF
  state, held_from, hold, cancel, generation, lock_epoch, decision, wait, step_up_by, notify_by, not_before, confirm_by,
  renew_at, claim_by, result_by, hold_by, claim, claimed_at, confirm_serial, resends, resent_at, version, moved_at, ended_at, due_at
ON actions
WHEN OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed')
BEGIN SELECT RAISE(ABORT, 'actions_final'); END;
-- +goose StatementEnd

DROP TRIGGER answers_frozen;
-- +goose StatementBegin
CREATE TRIGGER answers_frozen BEFORE UPDATE OF marketplace, key, request_hash, action, status, answered_at
ON answers
BEGIN SELECT RAISE(ABORT, 'answers_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_resealed BEFORE UPDATE OF body
ON answers
WHEN length(NEW.body) <> length(OLD.body) OR substr(NEW.body, 1, 5) = substr(OLD.body, 1, 5)
BEGIN SELECT RAISE(ABORT, 'answers_resealed'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER security_notices_resealed BEFORE UPDATE OF facts
ON security_notices
WHEN length(NEW.facts) <> length(OLD.facts) OR substr(NEW.facts, 1, 5) = substr(OLD.facts, 1, 5)
BEGIN SELECT RAISE(ABORT, 'security_notices_resealed'); END;
-- +goose StatementEnd

-- Sealing keys that are gone, by what their values begin with. A node that still has one writes nothing with it.
CREATE TABLE removed_keys (
  prefix     BLOB NOT NULL,
  id         TEXT NOT NULL,
  removed_at INTEGER NOT NULL,
  CONSTRAINT removed_keys_pkey PRIMARY KEY (prefix),
  CONSTRAINT removed_keys_prefix CHECK (length(prefix) = 5)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER actions_removed_key_insert BEFORE INSERT
ON actions
BEGIN
  SELECT RAISE(ABORT, 'actions_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.details, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER actions_removed_key_update BEFORE UPDATE OF details
ON actions
BEGIN
  SELECT RAISE(ABORT, 'actions_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.details, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_removed_key_insert BEFORE INSERT
ON answers
BEGIN
  SELECT RAISE(ABORT, 'answers_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.body, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_removed_key_update BEFORE UPDATE OF body
ON answers
BEGIN
  SELECT RAISE(ABORT, 'answers_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.body, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoints_removed_key_insert BEFORE INSERT
ON endpoints
BEGIN
  SELECT RAISE(ABORT, 'endpoints_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.secrets, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoints_removed_key_update BEFORE UPDATE OF secrets
ON endpoints
BEGIN
  SELECT RAISE(ABORT, 'endpoints_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.secrets, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_removed_key_insert BEFORE INSERT
ON authenticators
BEGIN
  SELECT RAISE(ABORT, 'authenticators_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER authenticators_removed_key_update BEFORE UPDATE OF sealed
ON authenticators
BEGIN
  SELECT RAISE(ABORT, 'authenticators_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_removed_key_insert BEFORE INSERT
ON enrolments
BEGIN
  SELECT RAISE(ABORT, 'enrolments_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER enrolments_removed_key_update BEFORE UPDATE OF sealed
ON enrolments
BEGIN
  SELECT RAISE(ABORT, 'enrolments_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.sealed, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER security_notices_removed_key_insert BEFORE INSERT
ON security_notices
BEGIN
  SELECT RAISE(ABORT, 'security_notices_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.facts, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER security_notices_removed_key_update BEFORE UPDATE OF facts
ON security_notices
BEGIN
  SELECT RAISE(ABORT, 'security_notices_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.facts, 1, 5));
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER actions_removed_key_insert;
DROP TRIGGER actions_removed_key_update;
DROP TRIGGER answers_removed_key_insert;
DROP TRIGGER answers_removed_key_update;
DROP TRIGGER endpoints_removed_key_insert;
DROP TRIGGER endpoints_removed_key_update;
DROP TRIGGER authenticators_removed_key_insert;
DROP TRIGGER authenticators_removed_key_update;
DROP TRIGGER enrolments_removed_key_insert;
DROP TRIGGER enrolments_removed_key_update;
DROP TRIGGER security_notices_removed_key_insert;
DROP TRIGGER security_notices_removed_key_update;
DROP TABLE removed_keys;
DROP TRIGGER security_notices_resealed;
DROP TRIGGER answers_resealed;
DROP TRIGGER answers_frozen;
-- +goose StatementBegin
CREATE TRIGGER answers_frozen BEFORE UPDATE
ON answers
BEGIN SELECT RAISE(ABORT, 'answers_frozen'); END;
-- +goose StatementEnd
DROP TRIGGER actions_final;
DROP TRIGGER actions_version;
DROP TRIGGER actions_resealed;
DROP TRIGGER actions_frozen;
-- +goose StatementBegin
CREATE TRIGGER actions_final BEFORE UPDATE
ON actions
WHEN OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed')
BEGIN SELECT RAISE(ABORT, 'actions_final'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER actions_version BEFORE UPDATE
ON actions
WHEN NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at
BEGIN SELECT RAISE(ABORT, 'actions_version'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at
ON actions
BEGIN SELECT RAISE(ABORT, 'actions_frozen'); END;
-- +goose StatementEnd
