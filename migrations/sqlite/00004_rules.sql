-- +goose Up

-- What the database refuses, whoever asks. Each rule is a trigger of the same name
-- and, where the dialects allow it, the same text on both databases.

-- An action begins at the beginning.
-- +goose StatementBegin
CREATE TRIGGER actions_created BEFORE INSERT ON actions
WHEN NEW.state NOT IN ('awaiting_step_up', 'held', 'denied') OR NEW.held_from <> 'awaiting_step_up'
  OR NEW.version <> 1 OR NEW.generation <> 1 OR NEW.wait <> 0 OR NEW.moved_at <> NEW.created_at
  OR NEW.notify_by IS NOT NULL OR NEW.not_before IS NOT NULL OR NEW.confirm_by IS NOT NULL OR NEW.claim_by IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'actions_created'); END;
-- +goose StatementEnd

-- It carries its seller's lock epoch, and a locked seller's is held.
-- +goose StatementBegin
CREATE TRIGGER actions_created_seller BEFORE INSERT ON actions
BEGIN
  SELECT RAISE(ABORT, 'actions_created_seller') WHERE NOT EXISTS (
    SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller
      AND s.lock_epoch = NEW.lock_epoch AND NOT (s.locked AND NEW.state = 'awaiting_step_up'));
END;
-- +goose StatementEnd

-- What was asked for never changes.
-- +goose StatementBegin
CREATE TRIGGER actions_frozen BEFORE UPDATE OF id, marketplace, seller, kind, reference, details, digest, fingerprint, context, return_url, metadata, created_at
ON actions
BEGIN SELECT RAISE(ABORT, 'actions_frozen'); END;
-- +goose StatementEnd

-- Every update is one version, and time does not go back.
-- +goose StatementBegin
CREATE TRIGGER actions_version BEFORE UPDATE ON actions
WHEN NEW.version <> OLD.version + 1 OR NEW.moved_at < OLD.moved_at
BEGIN SELECT RAISE(ABORT, 'actions_version'); END;
-- +goose StatementEnd

-- An end is an end.
-- +goose StatementBegin
CREATE TRIGGER actions_final BEFORE UPDATE ON actions
WHEN OLD.state IN ('executed', 'cancelled', 'denied', 'expired', 'failed')
BEGIN SELECT RAISE(ABORT, 'actions_final'); END;
-- +goose StatementEnd

-- Every legal move; the same table as approvals.Next.
-- +goose StatementBegin
CREATE TRIGGER actions_next BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NOT CASE OLD.state
    WHEN 'awaiting_step_up' THEN NEW.state IN ('notifying', 'held', 'cancelled', 'denied', 'expired', 'failed')
    WHEN 'notifying' THEN NEW.state IN ('cooling_off', 'held', 'cancelled', 'denied')
    WHEN 'cooling_off' THEN NEW.state IN ('awaiting_confirmation', 'held', 'cancelled', 'denied')
    WHEN 'awaiting_confirmation' THEN NEW.state IN ('approved', 'held', 'cancelled', 'denied', 'expired', 'failed')
    WHEN 'approved' THEN NEW.state IN ('releasing', 'held', 'cancelled', 'denied', 'expired')
    WHEN 'releasing' THEN NEW.state IN ('executed', 'execution_failed', 'unresolved')
    WHEN 'execution_failed' THEN NEW.state IN ('releasing')
    WHEN 'unresolved' THEN NEW.state IN ('executed', 'execution_failed')
    WHEN 'held' THEN NEW.state IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'cancelled', 'denied', 'expired')
    ELSE false END
BEGIN SELECT RAISE(ABORT, 'actions_next'); END;
-- +goose StatementEnd

-- A held action keeps where it came from. It goes on from there, or starts again, or ends.
-- +goose StatementBegin
CREATE TRIGGER actions_held_from BEFORE UPDATE ON actions
WHEN (NEW.state = 'held' AND NEW.held_from <> CASE OLD.state WHEN 'held' THEN OLD.held_from ELSE OLD.state END)
  OR (OLD.state = 'held' AND NEW.state IN ('notifying', 'cooling_off', 'awaiting_confirmation', 'approved')
    AND NEW.state <> OLD.held_from AND NOT (NEW.state = 'cooling_off' AND OLD.held_from = 'notifying'))
BEGIN SELECT RAISE(ABORT, 'actions_held_from'); END;
-- +goose StatementEnd

-- Starting again is a new generation that inherits nothing, and nothing else is.
-- +goose StatementBegin
CREATE TRIGGER actions_generation BEFORE UPDATE ON actions
WHEN CASE WHEN OLD.state = 'held' AND NEW.state = 'awaiting_step_up'
    THEN NEW.generation <> OLD.generation + 1 OR NEW.wait <> 0 OR NEW.notify_by IS NOT NULL OR NEW.not_before IS NOT NULL
      OR NEW.confirm_by IS NOT NULL OR NEW.renew_at IS NOT NULL OR NEW.claim_by IS NOT NULL OR NEW.confirm_serial <> 0
    ELSE NEW.generation <> OLD.generation OR NEW.lock_epoch <> OLD.lock_epoch END
BEGIN SELECT RAISE(ABORT, 'actions_generation'); END;
-- +goose StatementEnd

-- Within a generation deadlines are set once, by the move they belong to, and never come earlier.
-- +goose StatementBegin
CREATE TRIGGER actions_deadlines_kept BEFORE UPDATE ON actions
WHEN NEW.generation = OLD.generation AND (
    (OLD.not_before IS NULL AND NEW.not_before IS NOT NULL AND NEW.state <> 'cooling_off')
    OR (OLD.confirm_by IS NULL AND NEW.confirm_by IS NOT NULL AND NEW.state <> 'awaiting_confirmation')
    OR (OLD.claim_by IS NULL AND NEW.claim_by IS NOT NULL AND NEW.state <> 'approved')
    OR (OLD.not_before IS NOT NULL AND (NEW.not_before IS NULL OR NEW.not_before < OLD.not_before))
    OR (OLD.confirm_by IS NOT NULL AND (NEW.confirm_by IS NULL OR NEW.confirm_by < OLD.confirm_by))
    OR (OLD.claim_by IS NOT NULL AND (NEW.claim_by IS NULL OR NEW.claim_by < OLD.claim_by))
    OR NEW.step_up_by < OLD.step_up_by
    OR (OLD.state <> 'awaiting_step_up' AND NEW.wait < OLD.wait))
BEGIN SELECT RAISE(ABORT, 'actions_deadlines_kept'); END;
-- +goose StatementEnd

-- Nothing happens before its time or after it. moved_at is the time of the move.
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

-- A release is one more claim, made now; nothing else is a claim.
-- +goose StatementBegin
CREATE TRIGGER actions_claim_counted BEFORE UPDATE ON actions
WHEN CASE WHEN NEW.state = 'releasing' AND OLD.state <> 'releasing'
    THEN NEW.claim <> COALESCE(OLD.claim, 0) + 1 OR NEW.claimed_at <> NEW.moved_at
    ELSE NEW.claim IS DISTINCT FROM OLD.claim OR NEW.claimed_at IS DISTINCT FROM OLD.claimed_at END
BEGIN SELECT RAISE(ABORT, 'actions_claim_counted'); END;
-- +goose StatementEnd

-- No way forward while the seller is locked, or for what was begun before a lock.
-- +goose StatementBegin
CREATE TRIGGER actions_seller_active BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing')
BEGIN
  SELECT RAISE(ABORT, 'actions_seller_active') WHERE NOT EXISTS (
    SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller
      AND NOT s.locked AND s.lock_epoch = NEW.lock_epoch);
END;
-- +goose StatementEnd

-- No way forward without the proofs of this generation: two of them from the approval on.
-- +goose StatementBegin
CREATE TRIGGER actions_proved BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing')
BEGIN
  SELECT RAISE(ABORT, 'actions_proved') WHERE NOT EXISTS (
    SELECT count(*) FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.digest = NEW.digest
      AND (p.stage = 'step_up' OR (p.proved_at >= NEW.not_before AND p.proved_at <= NEW.confirm_by))
      HAVING count(*) >= CASE WHEN NEW.state IN ('approved', 'releasing') THEN 2 ELSE 1 END);
END;
-- +goose StatementEnd

-- No notice, no clock: every contact of the snapshot was told, and the wait runs from the last one.
-- +goose StatementBegin
CREATE TRIGGER actions_told BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('cooling_off', 'awaiting_confirmation', 'approved', 'releasing')
BEGIN
  SELECT RAISE(ABORT, 'actions_told') WHERE NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id
      HAVING count(*) > 0 AND count(*) = count(n.accepted_at) AND NEW.not_before >= max(n.accepted_at) + NEW.wait);
END;
-- +goose StatementEnd

-- A new generation has told nobody yet.
-- +goose StatementBegin
CREATE TRIGGER actions_untold BEFORE UPDATE ON actions
WHEN NEW.generation <> OLD.generation
BEGIN
  SELECT RAISE(ABORT, 'actions_untold') WHERE NOT EXISTS (
    SELECT count(*) FROM notices n WHERE n.action = NEW.id HAVING count(n.accepted_at) = 0);
END;
-- +goose StatementEnd

-- A move's event follows the move and the event before it.
-- +goose StatementBegin
CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.version IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'events_follow') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.version = NEW.version AND a.marketplace = NEW.marketplace
      AND a.seller = NEW.seller AND a.generation = NEW.generation AND a.state = NEW.to_state AND a.moved_at = NEW.occurred_at
      AND NEW.from_state IS NOT DISTINCT FROM
        (SELECT e.to_state FROM events e WHERE e.action = NEW.action AND e.version = NEW.version - 1));
END;
-- +goose StatementEnd

-- The log is append-only.
-- +goose StatementBegin
CREATE TRIGGER events_kept_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER events_kept_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events_kept_delete'); END;
-- +goose StatementEnd

-- A proof is made for the stage and generation that wait for it, in their time. Clocks may differ by two seconds.
-- +goose StatementBegin
CREATE TRIGGER proofs_in_time BEFORE INSERT ON proofs
BEGIN
  SELECT RAISE(ABORT, 'proofs_in_time') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.generation = NEW.generation AND CASE NEW.stage
        WHEN 'step_up' THEN a.state = 'awaiting_step_up' AND NEW.proved_at >= a.created_at - 2000000 AND NEW.proved_at <= a.step_up_by
        ELSE a.state = 'awaiting_confirmation' AND NEW.proved_at >= a.not_before AND NEW.proved_at <= a.confirm_by END);
END;
-- +goose StatementEnd

-- Proofs stay as they were made.
-- +goose StatementBegin
CREATE TRIGGER proofs_kept_update BEFORE UPDATE ON proofs
BEGIN SELECT RAISE(ABORT, 'proofs_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER proofs_kept_delete BEFORE DELETE ON proofs
BEGIN SELECT RAISE(ABORT, 'proofs_kept_delete'); END;
-- +goose StatementEnd

-- The snapshot of contacts is made with the action.
-- +goose StatementBegin
CREATE TRIGGER notices_snapshot BEFORE INSERT ON notices
BEGIN
  SELECT RAISE(ABORT, 'notices_snapshot') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.version = 1
      AND NOT EXISTS (SELECT 1 FROM events e WHERE e.action = NEW.action AND e.version = 1));
END;
-- +goose StatementEnd

-- Nobody is left out or put in later.
-- +goose StatementBegin
CREATE TRIGGER notices_frozen BEFORE UPDATE OF action, email, position ON notices
BEGIN SELECT RAISE(ABORT, 'notices_frozen'); END;
-- +goose StatementEnd

-- A notice is accepted while it is waited for, once.
-- +goose StatementBegin
CREATE TRIGGER notices_accepted BEFORE UPDATE OF accepted_at ON notices
WHEN NEW.accepted_at IS NOT NULL AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at
BEGIN
  SELECT RAISE(ABORT, 'notices_accepted') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND OLD.accepted_at IS NULL AND a.state IN ('notifying', 'held'));
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER notices_kept BEFORE DELETE ON notices
BEGIN SELECT RAISE(ABORT, 'notices_kept'); END;
-- +goose StatementEnd

-- A claim belongs to a release.
-- +goose StatementBegin
CREATE TRIGGER claims_released BEFORE INSERT ON claims
BEGIN
  SELECT RAISE(ABORT, 'claims_released') WHERE NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.action AND a.state = 'releasing' AND a.claim = NEW.number AND a.claimed_at = NEW.claimed_at);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER claims_kept_update BEFORE UPDATE ON claims
BEGIN SELECT RAISE(ABORT, 'claims_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER claims_kept_delete BEFORE DELETE ON claims
BEGIN SELECT RAISE(ABORT, 'claims_kept_delete'); END;
-- +goose StatementEnd

-- A link keeps what it opens and for how long.
-- +goose StatementBegin
CREATE TRIGGER links_frozen BEFORE UPDATE OF hash, action, purpose, serial, expires_at ON links
BEGIN SELECT RAISE(ABORT, 'links_frozen'); END;
-- +goose StatementEnd

-- A link is spent once, and a replaced one stays replaced.
-- +goose StatementBegin
CREATE TRIGGER links_once BEFORE UPDATE ON links
WHEN (OLD.spent_at IS NOT NULL AND NEW.spent_at IS DISTINCT FROM OLD.spent_at) OR (OLD.replaced AND NOT NEW.replaced)
BEGIN SELECT RAISE(ABORT, 'links_once'); END;
-- +goose StatementEnd

-- A lock raises the epoch by one, and nothing else moves it.
-- +goose StatementBegin
CREATE TRIGGER sellers_lock_counted BEFORE UPDATE ON sellers
WHEN NEW.lock_epoch <> OLD.lock_epoch + CASE WHEN NEW.locked AND NOT OLD.locked THEN 1 ELSE 0 END
BEGIN SELECT RAISE(ABORT, 'sellers_lock_counted'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER sellers_frozen BEFORE UPDATE OF marketplace, id, created_at ON sellers
BEGIN SELECT RAISE(ABORT, 'sellers_frozen'); END;
-- +goose StatementEnd

-- An address is added, never silently replaced.
-- +goose StatementBegin
CREATE TRIGGER contacts_kept_update BEFORE UPDATE ON contacts
BEGIN SELECT RAISE(ABORT, 'contacts_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contacts_kept_delete BEFORE DELETE ON contacts
BEGIN SELECT RAISE(ABORT, 'contacts_kept_delete'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER actions_created;
DROP TRIGGER actions_created_seller;
DROP TRIGGER actions_frozen;
DROP TRIGGER actions_version;
DROP TRIGGER actions_final;
DROP TRIGGER actions_next;
DROP TRIGGER actions_held_from;
DROP TRIGGER actions_generation;
DROP TRIGGER actions_deadlines_kept;
DROP TRIGGER actions_in_time;
DROP TRIGGER actions_claim_counted;
DROP TRIGGER actions_seller_active;
DROP TRIGGER actions_proved;
DROP TRIGGER actions_told;
DROP TRIGGER actions_untold;
DROP TRIGGER events_follow;
DROP TRIGGER events_kept_update;
DROP TRIGGER events_kept_delete;
DROP TRIGGER proofs_in_time;
DROP TRIGGER proofs_kept_update;
DROP TRIGGER proofs_kept_delete;
DROP TRIGGER notices_snapshot;
DROP TRIGGER notices_frozen;
DROP TRIGGER notices_accepted;
DROP TRIGGER notices_kept;
DROP TRIGGER claims_released;
DROP TRIGGER claims_kept_update;
DROP TRIGGER claims_kept_delete;
DROP TRIGGER links_frozen;
DROP TRIGGER links_once;
DROP TRIGGER sellers_lock_counted;
DROP TRIGGER sellers_frozen;
DROP TRIGGER contacts_kept_update;
DROP TRIGGER contacts_kept_delete;
