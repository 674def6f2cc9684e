-- +goose Up

-- Requests that the gateway itself sends upstream once their action is approved, and every attempt to.

CREATE TABLE pushes (
  id           TEXT    NOT NULL, -- the action's
  marketplace  TEXT    NOT NULL,
  route        TEXT    NOT NULL,
  idempotent   INTEGER NOT NULL,
  body         BLOB    NOT NULL, -- sealed
  created_at   INTEGER NOT NULL,
  next_at      INTEGER, -- of the next attempt, null when none is to come
  wake_at      INTEGER, -- when the sweeper wakes a worker for it
  leased_until INTEGER, -- of the open attempt
  CONSTRAINT pushes_pkey PRIMARY KEY (id),
  CONSTRAINT pushes_declared UNIQUE (id, idempotent),
  CONSTRAINT pushes_action FOREIGN KEY (id) REFERENCES actions (id),
  CONSTRAINT pushes_route CHECK (route <> ''),
  CONSTRAINT pushes_due CHECK ((next_at IS NOT NULL) = (wake_at IS NOT NULL) AND (leased_until IS NULL OR next_at IS NOT NULL)),
  CONSTRAINT pushes_idempotent_bool CHECK (idempotent IN (0, 1))
) STRICT;
CREATE INDEX pushes_next ON pushes (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pushes_wake ON pushes (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX pushes_leased ON pushes (leased_until) WHERE leased_until IS NOT NULL;

CREATE TABLE push_attempts (
  action     TEXT    NOT NULL,
  number     INTEGER NOT NULL,
  idempotent INTEGER NOT NULL, -- the push's
  begun_at   INTEGER NOT NULL,
  ended_at   INTEGER,
  result     TEXT,
  status     INTEGER NOT NULL, -- of the HTTP answer, 0 for none
  note       TEXT    NOT NULL,
  CONSTRAINT push_attempts_pkey PRIMARY KEY (action, number),
  CONSTRAINT push_attempts_push FOREIGN KEY (action, idempotent) REFERENCES pushes (id, idempotent),
  CONSTRAINT push_attempts_result CHECK (result IN ('not_sent', 'executed', 'failed', 'unknown')),
  CONSTRAINT push_attempts_ended CHECK ((result IS NOT NULL) = (ended_at IS NOT NULL) AND (ended_at IS NULL OR ended_at >= begun_at)),
  CONSTRAINT push_attempts_idempotent_bool CHECK (idempotent IN (0, 1))
) STRICT, WITHOUT ROWID;
-- One open attempt.
CREATE UNIQUE INDEX push_attempts_open ON push_attempts (action) WHERE result IS NULL;
-- Not declared idempotent: one attempt that may have been sent.
CREATE UNIQUE INDEX push_attempts_once ON push_attempts (action) WHERE NOT idempotent AND result IS DISTINCT FROM 'not_sent';

-- A push is made with its action.
-- +goose StatementBegin
CREATE TRIGGER pushes_created BEFORE INSERT ON pushes
BEGIN
  SELECT RAISE(ABORT, 'pushes_created') WHERE NEW.next_at IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.id AND a.marketplace = NEW.marketplace AND a.version = 1
      AND NOT EXISTS (SELECT 1 FROM events e WHERE e.action = NEW.id AND e.version = 1));
END;
-- +goose StatementEnd

-- What is sent never changes.
-- +goose StatementBegin
CREATE TRIGGER pushes_frozen BEFORE UPDATE OF id, marketplace, route, idempotent, created_at ON pushes
BEGIN SELECT RAISE(ABORT, 'pushes_frozen'); END;
-- +goose StatementEnd

-- A body may be sealed with another key, and that is all.
-- +goose StatementBegin
CREATE TRIGGER pushes_resealed BEFORE UPDATE OF body
ON pushes
WHEN length(NEW.body) <> length(OLD.body) OR substr(NEW.body, 1, 5) = substr(OLD.body, 1, 5)
BEGIN SELECT RAISE(ABORT, 'pushes_resealed'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER pushes_kept_delete BEFORE DELETE ON pushes
BEGIN SELECT RAISE(ABORT, 'pushes_kept_delete'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER pushes_removed_key_insert BEFORE INSERT
ON pushes
BEGIN
  SELECT RAISE(ABORT, 'pushes_removed_key_insert') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.body, 1, 5));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER pushes_removed_key_update BEFORE UPDATE OF body
ON pushes
BEGIN
  SELECT RAISE(ABORT, 'pushes_removed_key_update') WHERE EXISTS (SELECT 1 FROM removed_keys k WHERE k.prefix = substr(NEW.body, 1, 5));
END;
-- +goose StatementEnd

-- An attempt belongs to a release of an active seller, and follows the one before it.
-- +goose StatementBegin
CREATE TRIGGER push_attempts_released BEFORE INSERT ON push_attempts
BEGIN
  SELECT RAISE(ABORT, 'push_attempts_released') WHERE NEW.result IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM actions a JOIN sellers s ON s.marketplace = a.marketplace AND s.id = a.seller
    WHERE a.id = NEW.action AND a.state = 'releasing' AND NEW.begun_at >= a.claimed_at AND NOT s.locked AND s.lock_epoch = a.lock_epoch
      AND NEW.number = 1 + (SELECT count(*) FROM push_attempts t WHERE t.action = NEW.action));
END;
-- +goose StatementEnd

-- An attempt ends once, and stays as it was.
-- +goose StatementBegin
CREATE TRIGGER push_attempts_frozen BEFORE UPDATE OF action, number, idempotent, begun_at ON push_attempts
BEGIN SELECT RAISE(ABORT, 'push_attempts_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER push_attempts_ended_once BEFORE UPDATE ON push_attempts
WHEN OLD.result IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'push_attempts_ended_once'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER push_attempts_kept_delete BEFORE DELETE ON push_attempts
BEGIN SELECT RAISE(ABORT, 'push_attempts_kept_delete'); END;
-- +goose StatementEnd

-- What the gateway sends itself is claimed by an attempt and by nobody else.
-- +goose StatementBegin
CREATE TRIGGER events_pushed BEFORE INSERT ON events
WHEN NEW.to_state = 'releasing' AND NEW.from_state IS DISTINCT FROM 'releasing'
BEGIN
  SELECT RAISE(ABORT, 'events_pushed') WHERE EXISTS (SELECT 1 FROM pushes p WHERE p.id = NEW.action)
    AND NOT EXISTS (SELECT 1 FROM push_attempts t WHERE t.action = NEW.action AND t.result IS NULL);
END;
-- +goose StatementEnd

DROP TRIGGER actions_in_time;
-- Nothing happens before its time or after it. moved_at is the time of the move.
-- +goose StatementBegin
CREATE TRIGGER actions_in_time BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND CASE NEW.state
    WHEN 'notifying' THEN OLD.state = 'awaiting_step_up' AND NEW.moved_at > NEW.step_up_by
    WHEN 'awaiting_confirmation' THEN NEW.moved_at < NEW.not_before
    WHEN 'approved' THEN NEW.moved_at < NEW.not_before OR (OLD.state <> 'held' AND NEW.moved_at > NEW.confirm_by)
    WHEN 'releasing' THEN NEW.moved_at > NEW.claim_by
    WHEN 'expired' THEN NEW.moved_at < CASE OLD.state
      WHEN 'awaiting_step_up' THEN OLD.step_up_by WHEN 'awaiting_confirmation' THEN OLD.confirm_by
      WHEN 'approved' THEN OLD.claim_by ELSE OLD.hold_by END
    ELSE false END
BEGIN SELECT RAISE(ABORT, 'actions_in_time'); END;
-- +goose StatementEnd

-- A release is unresolved when its time is over, or when nobody knows what came of an attempt.
-- +goose StatementBegin
CREATE TRIGGER actions_unresolved BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state = 'unresolved' AND NEW.moved_at < OLD.result_by
BEGIN
  SELECT RAISE(ABORT, 'actions_unresolved') WHERE NOT EXISTS (SELECT 1 FROM push_attempts t WHERE t.action = NEW.id AND t.result = 'unknown');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER actions_unresolved;
DROP TRIGGER actions_in_time;
-- +goose StatementBegin
CREATE TRIGGER actions_in_time BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND CASE NEW.state
    WHEN 'notifying' THEN OLD.state = 'awaiting_step_up' AND NEW.moved_at > NEW.step_up_by
    WHEN 'awaiting_confirmation' THEN NEW.moved_at < NEW.not_before
    WHEN 'approved' THEN NEW.moved_at < NEW.not_before OR (OLD.state <> 'held' AND NEW.moved_at > NEW.confirm_by)
    WHEN 'releasing' THEN NEW.moved_at > NEW.claim_by
    WHEN 'unresolved' THEN NEW.moved_at < OLD.result_by
    WHEN 'expired' THEN NEW.moved_at < CASE OLD.state
      WHEN 'awaiting_step_up' THEN OLD.step_up_by WHEN 'awaiting_confirmation' THEN OLD.confirm_by
      WHEN 'approved' THEN OLD.claim_by ELSE OLD.hold_by END
    ELSE false END
BEGIN SELECT RAISE(ABORT, 'actions_in_time'); END;
-- +goose StatementEnd
DROP TRIGGER events_pushed;
DROP TABLE push_attempts;
DROP TABLE pushes;
