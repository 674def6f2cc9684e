-- +goose Up

-- Sealing keys rotate: a sealed value may be sealed anew, and nothing else of its row changes with it.

DROP TRIGGER actions_frozen ON actions;
-- What was asked for never changes.
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, digest, fingerprint, context, return_url, metadata, created_at
ON actions FOR EACH ROW EXECUTE FUNCTION refuse();

-- Details stay what they are: sealed with another key, as long as before, in no other step. That they say the same is
-- checked when they are opened.
CREATE TRIGGER actions_resealed BEFORE UPDATE OF details
ON actions FOR EACH ROW
WHEN (NEW.version <> OLD.version OR length(NEW.details) <> length(OLD.details) OR substr(NEW.details, 1, 5) = substr(OLD.details, 1, 5))
EXECUTE FUNCTION refuse();

DROP TRIGGER actions_version ON actions;
-- Every update of anything else is one version, and time does not go back.
CREATE TRIGGER actions_version BEFORE UPDATE OF
  state, held_from, hold, cancel, generation, lock_epoch, decision, wait, step_up_by, notify_by, not_before, confirm_by,
  renew_at, claim_by, result_by, hold_by, claim, claimed_at, confirm_serial, resends, resent_at, version, moved_at, ended_at, due_at
ON actions FOR EACH ROW
WHEN (NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at)
EXECUTE FUNCTION refuse();

DROP TRIGGER actions_final ON actions;
-- An end is an end.
CREATE TRIGGER actions_final BEFORE UPDATE OF
  state, held_from, hold, cancel, generation, lock_epoch, decision, wait, step_up_by, notify_by, not_before, confirm_by,
  renew_at, claim_by, result_by, hold_by, claim, claimed_at, confirm_serial, resends, resent_at, version, moved_at, ended_at, due_at
ON actions FOR EACH ROW
WHEN (OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed'))
EXECUTE FUNCTION refuse();

DROP TRIGGER answers_frozen ON answers;
CREATE TRIGGER answers_frozen BEFORE UPDATE OF marketplace, key, request_hash, action, status, answered_at
ON answers FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER answers_resealed BEFORE UPDATE OF body
ON answers FOR EACH ROW
WHEN (length(NEW.body) <> length(OLD.body) OR substr(NEW.body, 1, 5) = substr(OLD.body, 1, 5))
EXECUTE FUNCTION refuse();

CREATE TRIGGER security_notices_resealed BEFORE UPDATE OF facts
ON security_notices FOR EACH ROW
WHEN (length(NEW.facts) <> length(OLD.facts) OR substr(NEW.facts, 1, 5) = substr(OLD.facts, 1, 5))
EXECUTE FUNCTION refuse();

-- Sealing keys that are gone, by what their values begin with. A node that still has one writes nothing with it.
CREATE TABLE removed_keys (
  prefix     bytea NOT NULL,
  id         text NOT NULL,
  removed_at timestamptz NOT NULL,
  CONSTRAINT removed_keys_pkey PRIMARY KEY (prefix),
  CONSTRAINT removed_keys_prefix CHECK (length(prefix) = 5)
);

CREATE FUNCTION key_removed(sealed bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(sealed, 1, 5))
$$;
-- refuse_key stops the statement in the name of the trigger. It is no broken rule: this node's keys are old.
-- +goose StatementBegin
CREATE FUNCTION refuse_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '55000', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
-- +goose StatementEnd

CREATE TRIGGER actions_removed_key_insert BEFORE INSERT ON actions FOR EACH ROW WHEN (key_removed(NEW.details)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER actions_removed_key_update BEFORE UPDATE OF details ON actions FOR EACH ROW WHEN (key_removed(NEW.details)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER answers_removed_key_insert BEFORE INSERT ON answers FOR EACH ROW WHEN (key_removed(NEW.body)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER answers_removed_key_update BEFORE UPDATE OF body ON answers FOR EACH ROW WHEN (key_removed(NEW.body)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER endpoints_removed_key_insert BEFORE INSERT ON endpoints FOR EACH ROW WHEN (key_removed(NEW.secrets)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER endpoints_removed_key_update BEFORE UPDATE OF secrets ON endpoints FOR EACH ROW WHEN (key_removed(NEW.secrets)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER authenticators_removed_key_insert BEFORE INSERT ON authenticators FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER authenticators_removed_key_update BEFORE UPDATE OF sealed ON authenticators FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER enrolments_removed_key_insert BEFORE INSERT ON enrolments FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER enrolments_removed_key_update BEFORE UPDATE OF sealed ON enrolments FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER security_notices_removed_key_insert BEFORE INSERT ON security_notices FOR EACH ROW WHEN (key_removed(NEW.facts)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER security_notices_removed_key_update BEFORE UPDATE OF facts ON security_notices FOR EACH ROW WHEN (key_removed(NEW.facts)) EXECUTE FUNCTION refuse_key();

-- +goose Down
DROP TRIGGER actions_removed_key_insert ON actions;
DROP TRIGGER actions_removed_key_update ON actions;
DROP TRIGGER answers_removed_key_insert ON answers;
DROP TRIGGER answers_removed_key_update ON answers;
DROP TRIGGER endpoints_removed_key_insert ON endpoints;
DROP TRIGGER endpoints_removed_key_update ON endpoints;
DROP TRIGGER authenticators_removed_key_insert ON authenticators;
DROP TRIGGER authenticators_removed_key_update ON authenticators;
DROP TRIGGER enrolments_removed_key_insert ON enrolments;
DROP TRIGGER enrolments_removed_key_update ON enrolments;
DROP TRIGGER security_notices_removed_key_insert ON security_notices;
DROP TRIGGER security_notices_removed_key_update ON security_notices;
DROP FUNCTION key_removed, refuse_key;
DROP TABLE removed_keys;
DROP TRIGGER security_notices_resealed ON security_notices;
DROP TRIGGER answers_resealed ON answers;
DROP TRIGGER answers_frozen ON answers;
CREATE TRIGGER answers_frozen BEFORE UPDATE
ON answers FOR EACH ROW EXECUTE FUNCTION refuse();
DROP TRIGGER actions_final ON actions;
DROP TRIGGER actions_version ON actions;
DROP TRIGGER actions_resealed ON actions;
DROP TRIGGER actions_frozen ON actions;
CREATE TRIGGER actions_final BEFORE UPDATE
ON actions FOR EACH ROW
WHEN (OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed'))
EXECUTE FUNCTION refuse();
CREATE TRIGGER actions_version BEFORE UPDATE
ON actions FOR EACH ROW
WHEN (NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at)
EXECUTE FUNCTION refuse();
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at
ON actions FOR EACH ROW EXECUTE FUNCTION refuse();
