-- +goose Up

-- What the database refuses, whoever asks. Each rule is a trigger of the same name
-- and, where the dialects allow it, the same text on both databases.

-- refuse stops the statement in the name of the trigger.
-- +goose StatementBegin
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
-- +goose StatementEnd

-- An action begins at the beginning.
CREATE TRIGGER actions_created BEFORE INSERT ON actions FOR EACH ROW
WHEN (NEW.state NOT IN ('awaiting_step_up', 'held', 'denied') OR NEW.held_from <> 'awaiting_step_up'
  OR NEW.version <> 1 OR NEW.generation <> 1 OR NEW.wait <> 0 OR NEW.moved_at <> NEW.created_at
  OR NEW.notify_by IS NOT NULL OR NEW.not_before IS NOT NULL OR NEW.confirm_by IS NOT NULL OR NEW.claim_by IS NOT NULL)
EXECUTE FUNCTION refuse();

-- It carries its seller's lock epoch, and a locked seller's is held.
-- +goose StatementBegin
CREATE FUNCTION actions_created_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller
      AND s.lock_epoch = NEW.lock_epoch AND NOT (s.locked AND NEW.state = 'awaiting_step_up')) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_created_seller BEFORE INSERT ON actions FOR EACH ROW EXECUTE FUNCTION actions_created_seller();

-- What was asked for never changes.
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at
ON actions FOR EACH ROW EXECUTE FUNCTION refuse();

-- Every update is one version, and time does not go back.
CREATE TRIGGER actions_version BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at)
EXECUTE FUNCTION refuse();

-- An end is an end.
CREATE TRIGGER actions_final BEFORE UPDATE ON actions FOR EACH ROW
WHEN (OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed'))
EXECUTE FUNCTION refuse();

-- Every legal move; the same table as approvals.Next.
CREATE TRIGGER actions_next BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NOT CASE OLD.state
    WHEN 'awaiting_step_up' THEN NEW.state IN ('notifying', 'held', 'cancelled', 'denied', 'expired', 'failed')
    WHEN 'notifying' THEN NEW.state IN ('cooling_off', 'held', 'cancelled', 'denied')
    WHEN 'cooling_off' THEN NEW.state IN ('awaiting_confirmation', 'held', 'cancelled', 'denied')
    WHEN 'awaiting_confirmation' THEN NEW.state IN ('approved', 'held', 'cancelled', 'denied', 'expired', 'failed')
    WHEN 'approved' THEN NEW.state IN ('releasing', 'held', 'cancelled', 'denied', 'expired')
    WHEN 'releasing' THEN NEW.state IN ('executed', 'execution_failed', 'unresolved')
    WHEN 'execution_failed' THEN NEW.state IN ('releasing')
    WHEN 'unresolved' THEN NEW.state IN ('executed', 'execution_failed')
    WHEN 'held' THEN NEW.state IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'cancelled', 'denied', 'expired')
    ELSE false END)
EXECUTE FUNCTION refuse();

-- A held action keeps where it came from. It goes on from there, or starts again, or ends.
CREATE TRIGGER actions_held_from BEFORE UPDATE ON actions FOR EACH ROW
WHEN ((NEW.state = 'held' AND NEW.held_from <> CASE OLD.state WHEN 'held' THEN OLD.held_from ELSE OLD.state END)
  OR (OLD.state = 'held' AND NEW.state IN ('notifying', 'cooling_off', 'awaiting_confirmation', 'approved')
    AND NEW.state <> OLD.held_from AND NOT (NEW.state = 'cooling_off' AND OLD.held_from = 'notifying')))
EXECUTE FUNCTION refuse();

-- Starting again is a new generation that inherits nothing, and nothing else is.
CREATE TRIGGER actions_generation BEFORE UPDATE ON actions FOR EACH ROW
WHEN (CASE WHEN OLD.state = 'held' AND NEW.state = 'awaiting_step_up'
    THEN NEW.generation <> OLD.generation + 1 OR NEW.wait <> 0 OR NEW.notify_by IS NOT NULL OR NEW.not_before IS NOT NULL
      OR NEW.confirm_by IS NOT NULL OR NEW.renew_at IS NOT NULL OR NEW.claim_by IS NOT NULL OR NEW.confirm_serial <> 0
    ELSE NEW.generation <> OLD.generation OR NEW.lock_epoch <> OLD.lock_epoch END)
EXECUTE FUNCTION refuse();

-- Within a generation deadlines are set once, by the move they belong to, and never come earlier.
CREATE TRIGGER actions_deadlines_kept BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.generation = OLD.generation AND (
    (OLD.not_before IS NULL AND NEW.not_before IS NOT NULL AND NEW.state <> 'cooling_off')
    OR (OLD.confirm_by IS NULL AND NEW.confirm_by IS NOT NULL AND NEW.state <> 'awaiting_confirmation')
    OR (OLD.claim_by IS NULL AND NEW.claim_by IS NOT NULL AND NEW.state <> 'approved')
    OR (OLD.not_before IS NOT NULL AND (NEW.not_before IS NULL OR NEW.not_before < OLD.not_before))
    OR (OLD.confirm_by IS NOT NULL AND (NEW.confirm_by IS NULL OR NEW.confirm_by < OLD.confirm_by))
    OR (OLD.claim_by IS NOT NULL AND (NEW.claim_by IS NULL OR NEW.claim_by < OLD.claim_by))
    OR NEW.step_up_by < OLD.step_up_by
    OR (OLD.state <> 'awaiting_step_up' AND NEW.wait < OLD.wait)))
EXECUTE FUNCTION refuse();

-- Nothing happens before its time or after it. moved_at is the time of the move.
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

-- A release is one more claim, made now; nothing else is a claim.
CREATE TRIGGER actions_claim_counted BEFORE UPDATE ON actions FOR EACH ROW
WHEN (CASE WHEN NEW.state = 'releasing' AND OLD.state <> 'releasing'
    THEN NEW.claim <> COALESCE(OLD.claim, 0) + 1 OR NEW.claimed_at <> NEW.moved_at
    ELSE NEW.claim IS DISTINCT FROM OLD.claim OR NEW.claimed_at IS DISTINCT FROM OLD.claimed_at END)
EXECUTE FUNCTION refuse();

-- No way forward while the seller is locked, or for what was begun before a lock.
-- +goose StatementBegin
CREATE FUNCTION actions_seller_active() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'releasing' THEN -- no lock slips in before the commit
    PERFORM 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller FOR SHARE;
  END IF;
  IF NOT EXISTS (
    SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller
      AND NOT s.locked AND s.lock_epoch = NEW.lock_epoch) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_seller_active BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing'))
EXECUTE FUNCTION actions_seller_active();

-- No way forward without the proofs of this generation: two of them from the approval on.
-- +goose StatementBegin
CREATE FUNCTION actions_proved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT count(*) FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.digest = NEW.digest
      AND (p.stage = 'step_up' OR (p.proved_at >= NEW.not_before AND p.proved_at <= NEW.confirm_by))
      HAVING count(*) >= CASE WHEN NEW.state IN ('approved', 'releasing') THEN 2 ELSE 1 END) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_proved BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state IN ('notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing'))
EXECUTE FUNCTION actions_proved();

-- No notice, no clock: every contact of the snapshot was told, and the wait runs from the last one.
-- +goose StatementBegin
CREATE FUNCTION actions_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id
      HAVING count(*) > 0 AND count(*) = count(n.accepted_at) AND NEW.not_before >= max(n.accepted_at) + NEW.wait * interval '1 microsecond') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_told BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state IN ('cooling_off', 'awaiting_confirmation', 'approved', 'releasing'))
EXECUTE FUNCTION actions_told();

-- A new generation has told nobody yet.
-- +goose StatementBegin
CREATE FUNCTION actions_untold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id HAVING count(n.accepted_at) = 0) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_untold BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.generation <> OLD.generation)
EXECUTE FUNCTION actions_untold();

-- A move's event follows the move and the event before it.
-- +goose StatementBegin
CREATE FUNCTION events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.version = NEW.version AND a.marketplace = NEW.marketplace
      AND a.seller = NEW.seller AND a.generation = NEW.generation AND a.state = NEW.to_state AND a.moved_at = NEW.occurred_at
      AND NEW.from_state IS NOT DISTINCT FROM
        (SELECT e.to_state FROM events e WHERE e.action = NEW.action AND e.version = NEW.version - 1)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_follow BEFORE INSERT ON events FOR EACH ROW
WHEN (NEW.version IS NOT NULL)
EXECUTE FUNCTION events_follow();

-- The log is append-only.
CREATE TRIGGER events_kept_update BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER events_kept_delete BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse();

-- A proof is made for the stage and generation that wait for it, in their time. Clocks may differ by two seconds.
-- +goose StatementBegin
CREATE FUNCTION proofs_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.generation = NEW.generation AND CASE NEW.stage
        WHEN 'step_up' THEN a.state = 'awaiting_step_up' AND NEW.proved_at >= a.created_at - interval '2 seconds' AND NEW.proved_at <= a.step_up_by
        ELSE a.state = 'awaiting_confirmation' AND NEW.proved_at >= a.not_before AND NEW.proved_at <= a.confirm_by END) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proofs_in_time BEFORE INSERT ON proofs FOR EACH ROW EXECUTE FUNCTION proofs_in_time();

-- Proofs stay as they were made.
CREATE TRIGGER proofs_kept_update BEFORE UPDATE ON proofs FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER proofs_kept_delete BEFORE DELETE ON proofs FOR EACH ROW EXECUTE FUNCTION refuse();

-- The snapshot of contacts is made with the action.
-- +goose StatementBegin
CREATE FUNCTION notices_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.version = 1
      AND NOT EXISTS (SELECT 1 FROM events e WHERE e.action = NEW.action AND e.version = 1)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER notices_snapshot BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION notices_snapshot();

-- Nobody is left out or put in later.
CREATE TRIGGER notices_frozen BEFORE UPDATE OF action, email, position ON notices FOR EACH ROW EXECUTE FUNCTION refuse();

-- A notice is accepted while it is waited for, once.
-- +goose StatementBegin
CREATE FUNCTION notices_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND OLD.accepted_at IS NULL AND a.state IN ('notifying', 'held')) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER notices_accepted BEFORE UPDATE OF accepted_at ON notices FOR EACH ROW
WHEN (NEW.accepted_at IS NOT NULL AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at)
EXECUTE FUNCTION notices_accepted();

CREATE TRIGGER notices_kept BEFORE DELETE ON notices FOR EACH ROW EXECUTE FUNCTION refuse();

-- A claim belongs to a release.
-- +goose StatementBegin
CREATE FUNCTION claims_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.state = 'releasing' AND a.claim = NEW.number AND a.claimed_at = NEW.claimed_at) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER claims_released BEFORE INSERT ON claims FOR EACH ROW EXECUTE FUNCTION claims_released();

CREATE TRIGGER claims_kept_update BEFORE UPDATE ON claims FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER claims_kept_delete BEFORE DELETE ON claims FOR EACH ROW EXECUTE FUNCTION refuse();

-- A link keeps what it opens and for how long.
CREATE TRIGGER links_frozen BEFORE UPDATE OF hash, action, purpose, serial, expires_at ON links FOR EACH ROW EXECUTE FUNCTION refuse();

-- A link is spent once, and a replaced one stays replaced.
CREATE TRIGGER links_once BEFORE UPDATE ON links FOR EACH ROW
WHEN ((OLD.spent_at IS NOT NULL AND NEW.spent_at IS DISTINCT FROM OLD.spent_at) OR (OLD.replaced AND NOT NEW.replaced))
EXECUTE FUNCTION refuse();

-- A lock raises the epoch by one, and nothing else moves it.
CREATE TRIGGER sellers_lock_counted BEFORE UPDATE ON sellers FOR EACH ROW
WHEN (NEW.lock_epoch <> OLD.lock_epoch + CASE WHEN NEW.locked AND NOT OLD.locked THEN 1 ELSE 0 END)
EXECUTE FUNCTION refuse();

CREATE TRIGGER sellers_frozen BEFORE UPDATE OF marketplace, id, created_at ON sellers FOR EACH ROW EXECUTE FUNCTION refuse();

-- An address is added, never silently replaced.
CREATE TRIGGER contacts_kept_update BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER contacts_kept_delete BEFORE DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION refuse();

-- What is kept is kept from TRUNCATE too.
CREATE TRIGGER events_kept_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER proofs_kept_truncate BEFORE TRUNCATE ON proofs FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER notices_kept_truncate BEFORE TRUNCATE ON notices FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER claims_kept_truncate BEFORE TRUNCATE ON claims FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER contacts_kept_truncate BEFORE TRUNCATE ON contacts FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- +goose Down
DROP TRIGGER actions_created ON actions;
DROP TRIGGER actions_created_seller ON actions;
DROP TRIGGER actions_frozen ON actions;
DROP TRIGGER actions_version ON actions;
DROP TRIGGER actions_final ON actions;
DROP TRIGGER actions_next ON actions;
DROP TRIGGER actions_held_from ON actions;
DROP TRIGGER actions_generation ON actions;
DROP TRIGGER actions_deadlines_kept ON actions;
DROP TRIGGER actions_in_time ON actions;
DROP TRIGGER actions_claim_counted ON actions;
DROP TRIGGER actions_seller_active ON actions;
DROP TRIGGER actions_proved ON actions;
DROP TRIGGER actions_told ON actions;
DROP TRIGGER actions_untold ON actions;
DROP TRIGGER events_follow ON events;
DROP TRIGGER events_kept_update ON events;
DROP TRIGGER events_kept_delete ON events;
DROP TRIGGER proofs_in_time ON proofs;
DROP TRIGGER proofs_kept_update ON proofs;
DROP TRIGGER proofs_kept_delete ON proofs;
DROP TRIGGER notices_snapshot ON notices;
DROP TRIGGER notices_frozen ON notices;
DROP TRIGGER notices_accepted ON notices;
DROP TRIGGER notices_kept ON notices;
DROP TRIGGER claims_released ON claims;
DROP TRIGGER claims_kept_update ON claims;
DROP TRIGGER claims_kept_delete ON claims;
DROP TRIGGER links_frozen ON links;
DROP TRIGGER links_once ON links;
DROP TRIGGER sellers_lock_counted ON sellers;
DROP TRIGGER sellers_frozen ON sellers;
DROP TRIGGER contacts_kept_update ON contacts;
DROP TRIGGER contacts_kept_delete ON contacts;
DROP TRIGGER events_kept_truncate ON events;
DROP TRIGGER proofs_kept_truncate ON proofs;
DROP TRIGGER notices_kept_truncate ON notices;
DROP TRIGGER claims_kept_truncate ON claims;
DROP TRIGGER contacts_kept_truncate ON contacts;
DROP FUNCTION actions_created_seller, actions_seller_active, actions_proved, actions_told, actions_untold, events_follow, proofs_in_time, notices_snapshot, notices_accepted, claims_released, refuse;
