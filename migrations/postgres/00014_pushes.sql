-- +goose Up

-- Requests that the gateway itself sends upstream once their action is approved, and every attempt to.

CREATE TABLE pushes (
  id           uuid        NOT NULL, -- the action's
  marketplace  text        NOT NULL,
  route        text        NOT NULL,
  idempotent   boolean     NOT NULL,
  body         bytea       NOT NULL, -- sealed
  created_at   timestamptz NOT NULL,
  next_at      timestamptz, -- of the next attempt, null when none is to come
  wake_at      timestamptz, -- when the sweeper wakes a worker for it
  leased_until timestamptz, -- of the open attempt
  CONSTRAINT pushes_pkey PRIMARY KEY (id),
  CONSTRAINT pushes_declared UNIQUE (id, idempotent),
  CONSTRAINT pushes_action FOREIGN KEY (id) REFERENCES actions (id),
  CONSTRAINT pushes_route CHECK (route <> ''),
  CONSTRAINT pushes_due CHECK ((next_at IS NOT NULL) = (wake_at IS NOT NULL) AND (leased_until IS NULL OR next_at IS NOT NULL))
);
CREATE INDEX pushes_next ON pushes (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX pushes_wake ON pushes (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX pushes_leased ON pushes (leased_until) WHERE leased_until IS NOT NULL;

CREATE TABLE push_attempts (
  action     uuid        NOT NULL,
  number     bigint      NOT NULL,
  idempotent boolean     NOT NULL, -- the push's
  begun_at   timestamptz NOT NULL,
  ended_at   timestamptz,
  result     text,
  status     bigint      NOT NULL, -- of the HTTP answer, 0 for none
  note       text        NOT NULL,
  CONSTRAINT push_attempts_pkey PRIMARY KEY (action, number),
  CONSTRAINT push_attempts_push FOREIGN KEY (action, idempotent) REFERENCES pushes (id, idempotent),
  CONSTRAINT push_attempts_result CHECK (result IN ('not_sent', 'executed', 'failed', 'unknown')),
  CONSTRAINT push_attempts_ended CHECK ((result IS NOT NULL) = (ended_at IS NOT NULL) AND (ended_at IS NULL OR ended_at >= begun_at))
);
-- One open attempt.
CREATE UNIQUE INDEX push_attempts_open ON push_attempts (action) WHERE result IS NULL;
-- Not declared idempotent: one attempt that may have been sent.
CREATE UNIQUE INDEX push_attempts_once ON push_attempts (action) WHERE NOT idempotent AND result IS DISTINCT FROM 'not_sent';

-- A push is made with its action.
-- +goose StatementBegin
CREATE FUNCTION pushes_created() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.next_at IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.id AND a.marketplace = NEW.marketplace AND a.version = 1
      AND NOT EXISTS (SELECT 1 FROM events e WHERE e.action = NEW.id AND e.version = 1)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER pushes_created BEFORE INSERT ON pushes FOR EACH ROW EXECUTE FUNCTION pushes_created();

-- What is sent never changes.
CREATE TRIGGER pushes_frozen BEFORE UPDATE OF id, marketplace, route, idempotent, created_at ON pushes FOR EACH ROW EXECUTE FUNCTION refuse();

-- A body may be sealed with another key, and that is all.
CREATE TRIGGER pushes_resealed BEFORE UPDATE OF body
ON pushes FOR EACH ROW
WHEN (length(NEW.body) <> length(OLD.body) OR substr(NEW.body, 1, 5) = substr(OLD.body, 1, 5))
EXECUTE FUNCTION refuse();

CREATE TRIGGER pushes_kept_delete BEFORE DELETE ON pushes FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER pushes_kept_truncate BEFORE TRUNCATE ON pushes FOR EACH STATEMENT EXECUTE FUNCTION refuse();

CREATE TRIGGER pushes_removed_key_insert BEFORE INSERT ON pushes FOR EACH ROW WHEN (key_removed(NEW.body)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER pushes_removed_key_update BEFORE UPDATE OF body ON pushes FOR EACH ROW WHEN (key_removed(NEW.body)) EXECUTE FUNCTION refuse_key();

-- An attempt belongs to a release of an active seller, and follows the one before it.
-- +goose StatementBegin
CREATE FUNCTION push_attempts_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM sellers s JOIN actions a ON a.marketplace = s.marketplace AND a.seller = s.id WHERE a.id = NEW.action FOR SHARE OF s;
  IF NEW.result IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM actions a JOIN sellers s ON s.marketplace = a.marketplace AND s.id = a.seller
    WHERE a.id = NEW.action AND a.state = 'releasing' AND NEW.begun_at >= a.claimed_at AND NOT s.locked AND s.lock_epoch = a.lock_epoch
      AND NEW.number = 1 + (SELECT count(*) FROM push_attempts t WHERE t.action = NEW.action)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER push_attempts_released BEFORE INSERT ON push_attempts FOR EACH ROW EXECUTE FUNCTION push_attempts_released();

-- An attempt ends once, and stays as it was.
CREATE TRIGGER push_attempts_frozen BEFORE UPDATE OF action, number, idempotent, begun_at ON push_attempts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER push_attempts_ended_once BEFORE UPDATE ON push_attempts FOR EACH ROW
WHEN (OLD.result IS NOT NULL)
EXECUTE FUNCTION refuse();
CREATE TRIGGER push_attempts_kept_delete BEFORE DELETE ON push_attempts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER push_attempts_kept_truncate BEFORE TRUNCATE ON push_attempts FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- What the gateway sends itself is claimed by an attempt and by nobody else.
-- +goose StatementBegin
CREATE FUNCTION events_pushed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM pushes p WHERE p.id = NEW.action)
    AND NOT EXISTS (SELECT 1 FROM push_attempts t WHERE t.action = NEW.action AND t.result IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_pushed BEFORE INSERT ON events FOR EACH ROW
WHEN (NEW.to_state = 'releasing' AND NEW.from_state IS DISTINCT FROM 'releasing')
EXECUTE FUNCTION events_pushed();

DROP TRIGGER actions_in_time ON actions;
-- Nothing happens before its time or after it. moved_at is the time of the move.
CREATE TRIGGER actions_in_time BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND CASE NEW.state
    WHEN 'notifying' THEN OLD.state = 'awaiting_step_up' AND NEW.moved_at > NEW.step_up_by
    WHEN 'awaiting_confirmation' THEN NEW.moved_at < NEW.not_before
    WHEN 'approved' THEN NEW.moved_at < NEW.not_before OR (OLD.state <> 'held' AND NEW.moved_at > NEW.confirm_by)
    WHEN 'releasing' THEN NEW.moved_at > NEW.claim_by
    WHEN 'expired' THEN NEW.moved_at < CASE OLD.state
      WHEN 'awaiting_step_up' THEN OLD.step_up_by WHEN 'awaiting_confirmation' THEN OLD.confirm_by
      WHEN 'approved' THEN OLD.claim_by ELSE OLD.hold_by END
    ELSE false END)
EXECUTE FUNCTION refuse();

-- A release is unresolved when its time is over, or when nobody knows what came of an attempt.
-- +goose StatementBegin
CREATE FUNCTION actions_unresolved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM push_attempts t WHERE t.action = NEW.id AND t.result = 'unknown') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_unresolved BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state = 'unresolved' AND NEW.moved_at < OLD.result_by)
EXECUTE FUNCTION actions_unresolved();

-- +goose Down
DROP TRIGGER actions_unresolved ON actions;
DROP FUNCTION actions_unresolved();
DROP TRIGGER actions_in_time ON actions;
CREATE TRIGGER actions_in_time BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND CASE NEW.state
    WHEN 'notifying' THEN OLD.state = 'awaiting_step_up' AND NEW.moved_at > NEW.step_up_by
    WHEN 'awaiting_confirmation' THEN NEW.moved_at < NEW.not_before
    WHEN 'approved' THEN NEW.moved_at < NEW.not_before OR (OLD.state <> 'held' AND NEW.moved_at > NEW.confirm_by)
    WHEN 'releasing' THEN NEW.moved_at > NEW.claim_by
    WHEN 'unresolved' THEN NEW.moved_at < OLD.result_by
    WHEN 'expired' THEN NEW.moved_at < CASE OLD.state
      WHEN 'awaiting_step_up' THEN OLD.step_up_by WHEN 'awaiting_confirmation' THEN OLD.confirm_by
      WHEN 'approved' THEN OLD.claim_by ELSE OLD.hold_by END
    ELSE false END)
EXECUTE FUNCTION refuse();
DROP TRIGGER events_pushed ON events;
DROP FUNCTION events_pushed();
DROP TABLE push_attempts, pushes;
DROP FUNCTION push_attempts_released();
DROP FUNCTION pushes_created();
