-- +goose Up

-- What people work on, and by when they are to answer.
ALTER TABLE cases ADD COLUMN fingerprint text NOT NULL DEFAULT ''; -- of the destination it is about; empty where it is about none
ALTER TABLE cases ADD COLUMN decide_by timestamptz;
ALTER TABLE cases ADD COLUMN answered_at timestamptz; -- the first decision that was carried out
ALTER TABLE cases ADD COLUMN joined bigint NOT NULL DEFAULT 0; -- how often fresh trouble joined it
ALTER TABLE cases ADD COLUMN owner uuid; -- who claimed it
ALTER TABLE cases ADD COLUMN owned_until timestamptz;
ALTER TABLE cases ADD COLUMN outcome text; -- the verb that closed it
UPDATE cases SET decide_by = opened_at + interval '24 hours', outcome = CASE WHEN closed_at IS NOT NULL THEN 'close' END;
ALTER TABLE cases
  ALTER COLUMN fingerprint DROP DEFAULT,
  ALTER COLUMN joined DROP DEFAULT,
  ALTER COLUMN decide_by SET NOT NULL,
  ADD CONSTRAINT cases_owner FOREIGN KEY (owner) REFERENCES people (id),
  ADD CONSTRAINT cases_owned CHECK ((owner IS NULL) = (owned_until IS NULL)),
  ADD CONSTRAINT cases_outcome CHECK ((closed_at IS NULL) = (outcome IS NULL)),
  ADD CONSTRAINT cases_joined CHECK (joined >= 0),
  ADD CONSTRAINT cases_times CHECK (decide_by > opened_at AND answered_at >= opened_at AND closed_at >= opened_at);
DROP INDEX cases_one_open;
-- One open case of a seller and reason; of rings, one of each destination.
CREATE UNIQUE INDEX cases_one_open ON cases (marketplace, seller, reason) WHERE closed_at IS NULL AND reason <> 'ring';
CREATE UNIQUE INDEX cases_one_ring ON cases (marketplace, seller, fingerprint) WHERE closed_at IS NULL AND reason = 'ring';
CREATE INDEX cases_queue ON cases (decide_by, number) WHERE closed_at IS NULL;
CREATE INDEX cases_closed ON cases (closed_at, number) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_of_seller ON cases (marketplace, seller, number);
CREATE INDEX cases_of_action ON cases (action) WHERE action IS NOT NULL;
CREATE INDEX actions_by_reference ON actions (reference);

-- What it is about never changes.
CREATE TRIGGER cases_frozen BEFORE UPDATE OF number, marketplace, seller, reason, action, fingerprint, opened_at ON cases FOR EACH ROW EXECUTE FUNCTION refuse();

-- A case that is over is over; fresh trouble opens another.
CREATE TRIGGER cases_final BEFORE UPDATE ON cases FOR EACH ROW
WHEN (OLD.closed_at IS NOT NULL OR NEW.joined < OLD.joined OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at))
EXECUTE FUNCTION refuse();
CREATE TRIGGER cases_kept BEFORE DELETE ON cases FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER cases_kept_truncate BEFORE TRUNCATE ON cases FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- What people decided in a case. What takes friction away, or is a verdict, takes two of them; the verbs that one decides
-- are those listed in decisions_lapse.
CREATE TABLE decisions (
  id             uuid         NOT NULL,
  case_number    bigint       NOT NULL,
  verb           text         NOT NULL,
  marketplace    text         NOT NULL,
  seller         text         NOT NULL,
  lock_epoch     bigint       NOT NULL, -- the seller's when it was proposed
  action         uuid, -- where the verb is about one
  generation     bigint, -- the action's when it was proposed
  scope          text, -- of the destination, where the verb is about one
  fingerprint    text,
  sellers        text         NOT NULL, -- JSON array, of the verbs that name sellers
  reason         text         NOT NULL,
  note           text         NOT NULL,
  facts          text         NOT NULL, -- JSON: what it rests on
  proposer       uuid         NOT NULL,
  proposed_at    timestamptz  NOT NULL,
  lapses_at      timestamptz, -- null where one decides
  decider        uuid,
  decided_at     timestamptz,
  decider_reason text,
  decider_note   text,
  state          text         NOT NULL,
  CONSTRAINT decisions_pkey PRIMARY KEY (id),
  CONSTRAINT decisions_case FOREIGN KEY (case_number) REFERENCES cases (number),
  CONSTRAINT decisions_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT decisions_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT decisions_proposer FOREIGN KEY (proposer) REFERENCES people (id),
  CONSTRAINT decisions_decider FOREIGN KEY (decider) REFERENCES people (id),
  CONSTRAINT decisions_verb CHECK (verb IN (
    'hold', 'extend_hold', 'lock', 'keep_locked', 'cancel', 'stop_recovery', 'freeze_ring', 'deny_destination', 'close', 'unlock', 'resume', 'deny',
    'reset_authenticators', 'declare_shared', 'split', 'end_ring', 'allow_destination', 'settle_executed', 'settle_failed')),
  CONSTRAINT decisions_of_action CHECK ((action IS NULL) = (generation IS NULL)
    AND (action IS NOT NULL) = (verb IN ('hold', 'extend_hold', 'cancel', 'resume', 'deny', 'settle_executed', 'settle_failed'))),
  CONSTRAINT decisions_of_place CHECK ((scope IS NULL) = (fingerprint IS NULL)
    AND (fingerprint IS NOT NULL) = (verb IN ('freeze_ring', 'deny_destination', 'declare_shared', 'split', 'end_ring', 'allow_destination'))),
  CONSTRAINT decisions_lapse CHECK ((lapses_at IS NULL) = (verb IN (
    'hold', 'extend_hold', 'lock', 'keep_locked', 'cancel', 'stop_recovery', 'freeze_ring', 'deny_destination', 'close'))
    AND (lapses_at IS NULL OR lapses_at > proposed_at)),
  CONSTRAINT decisions_two CHECK (decider IS NULL OR (decider <> proposer AND lapses_at IS NOT NULL)),
  CONSTRAINT decisions_said CHECK ((decider IS NULL) = (decider_reason IS NULL) AND (decider IS NULL) = (decider_note IS NULL)),
  CONSTRAINT decisions_state CHECK ((CASE state
    WHEN 'proposed' THEN lapses_at IS NOT NULL AND decider IS NULL AND decided_at IS NULL
    WHEN 'carried_out' THEN (decided_at = proposed_at AND lapses_at IS NULL)
      OR (decider IS NOT NULL AND decided_at >= proposed_at AND decided_at < lapses_at)
    WHEN 'rejected' THEN decider IS NOT NULL AND decided_at >= proposed_at AND decided_at < lapses_at
    WHEN 'lapsed' THEN decider IS NULL AND decided_at >= lapses_at
    WHEN 'void' THEN decider IS NULL AND decided_at >= proposed_at AND lapses_at IS NOT NULL
    ELSE false END) IS TRUE)
);
-- One open proposal of a case, and of a seller's lock.
CREATE UNIQUE INDEX decisions_one_open ON decisions (case_number) WHERE state = 'proposed';
CREATE UNIQUE INDEX decisions_one_unlock ON decisions (marketplace, seller, lock_epoch) WHERE verb = 'unlock' AND state IN ('proposed', 'carried_out');
CREATE UNIQUE INDEX decisions_one_resume ON decisions (action, generation) WHERE verb = 'resume' AND state IN ('proposed', 'carried_out');
CREATE INDEX decisions_of_case ON decisions (case_number, id);
CREATE INDEX decisions_of_an_action ON decisions (action, verb) WHERE state = 'carried_out' AND action IS NOT NULL;
CREATE INDEX decisions_lapsing ON decisions (lapses_at) WHERE state = 'proposed';
CREATE INDEX decisions_pair ON decisions (proposer, decider, decided_at) WHERE state = 'carried_out' AND decider IS NOT NULL;
CREATE INDEX decisions_resets ON decisions (proposer, proposed_at) WHERE verb = 'reset_authenticators';
CREATE INDEX decisions_reset_by ON decisions (decider, decided_at) WHERE verb = 'reset_authenticators' AND decider IS NOT NULL;

-- What was signed never changes.
CREATE TRIGGER decisions_frozen BEFORE UPDATE OF id, case_number, verb, marketplace, seller, lock_epoch, action, generation, scope, fingerprint, sellers, reason, note, facts, proposer, proposed_at, lapses_at ON decisions FOR EACH ROW EXECUTE FUNCTION refuse();

-- What takes two begins as a proposal.
CREATE TRIGGER decisions_begun BEFORE INSERT ON decisions FOR EACH ROW
WHEN (NEW.lapses_at IS NOT NULL AND NEW.state <> 'proposed')
EXECUTE FUNCTION refuse();

-- A proposal is answered once.
CREATE TRIGGER decisions_final BEFORE UPDATE ON decisions FOR EACH ROW
WHEN (OLD.state <> 'proposed')
EXECUTE FUNCTION refuse();

-- Only agents and leads who are there sign, in an open case of this very seller.
-- +goose StatementBegin
CREATE FUNCTION decisions_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM people p JOIN cases c ON c.number = NEW.case_number
    WHERE p.id = NEW.proposer AND p.role IN ('agent', 'lead') AND p.joined_at IS NOT NULL AND p.removed_at IS NULL
      AND c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND c.closed_at IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER decisions_proposed BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION decisions_proposed();
-- +goose StatementBegin
CREATE FUNCTION decisions_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.decider AND p.role IN ('agent', 'lead') AND p.joined_at IS NOT NULL AND p.removed_at IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER decisions_decided BEFORE UPDATE OF decider ON decisions FOR EACH ROW
WHEN (NEW.decider IS NOT NULL)
EXECUTE FUNCTION decisions_decided();
CREATE TRIGGER decisions_kept BEFORE DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER decisions_kept_truncate BEFORE TRUNCATE ON decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- No case ends with a proposal in it.
-- +goose StatementBegin
CREATE FUNCTION cases_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM decisions d WHERE d.case_number = NEW.number AND d.state = 'proposed') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER cases_answered BEFORE UPDATE OF closed_at ON cases FOR EACH ROW
WHEN (NEW.closed_at IS NOT NULL)
EXECUTE FUNCTION cases_answered();

-- A lock is lifted by two, who decided on this very lock.
-- +goose StatementBegin
CREATE FUNCTION sellers_unlocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.marketplace = OLD.marketplace AND d.seller = OLD.id AND d.lock_epoch = OLD.lock_epoch
      AND d.verb = 'unlock' AND d.state = 'carried_out') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER sellers_unlocked BEFORE UPDATE OF locked ON sellers FOR EACH ROW
WHEN (OLD.locked AND NOT NEW.locked)
EXECUTE FUNCTION sellers_unlocked();

-- What is held starts again by the word of two, once for each generation.
-- +goose StatementBegin
CREATE FUNCTION actions_resumed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.action = OLD.id AND d.generation = OLD.generation AND d.verb = 'resume' AND d.state = 'carried_out') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_resumed BEFORE UPDATE ON actions FOR EACH ROW
WHEN (OLD.state = 'held' AND NEW.state = 'awaiting_step_up')
EXECUTE FUNCTION actions_resumed();

-- An agent stops or delays. Anything else that one does to an action is a verdict that two signed.
-- +goose StatementBegin
CREATE FUNCTION events_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.action = NEW.action AND d.state = 'carried_out' AND d.decided_at <= NEW.occurred_at AND d.verb = CASE NEW.to_state
      WHEN 'awaiting_step_up' THEN 'resume' WHEN 'denied' THEN 'deny' WHEN 'executed' THEN 'settle_executed' WHEN 'execution_failed' THEN 'settle_failed' END) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_by_two BEFORE INSERT ON events FOR EACH ROW
WHEN (NEW.actor_type = 'agent' AND NEW.version IS NOT NULL AND NEW.to_state IS DISTINCT FROM NEW.from_state AND NEW.to_state NOT IN ('held', 'cancelled'))
EXECUTE FUNCTION events_by_two();

-- What agents wrote for each other.
CREATE TABLE case_notes (
  id             uuid         NOT NULL,
  case_number    bigint       NOT NULL,
  person         uuid         NOT NULL,
  note           text         NOT NULL,
  written_at     timestamptz  NOT NULL,
  CONSTRAINT case_notes_pkey PRIMARY KEY (id),
  CONSTRAINT case_notes_case FOREIGN KEY (case_number) REFERENCES cases (number),
  CONSTRAINT case_notes_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT case_notes_note CHECK (length(note) BETWEEN 1 AND 4000)
);
CREATE INDEX case_notes_of_case ON case_notes (case_number, id);
CREATE TRIGGER case_notes_kept_update BEFORE UPDATE ON case_notes FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER case_notes_kept_delete BEFORE DELETE ON case_notes FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER case_notes_kept_truncate BEFORE TRUNCATE ON case_notes FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- Who was shown what, and why. The value itself is not here.
CREATE TABLE reveals (
  id             uuid         NOT NULL,
  case_number    bigint       NOT NULL,
  field          text         NOT NULL,
  action         uuid,
  reason         text         NOT NULL,
  person         uuid         NOT NULL,
  revealed_at    timestamptz  NOT NULL,
  CONSTRAINT reveals_pkey PRIMARY KEY (id),
  CONSTRAINT reveals_case FOREIGN KEY (case_number) REFERENCES cases (number),
  CONSTRAINT reveals_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT reveals_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT reveals_field CHECK (field IN ('name', 'contact', 'account', 'account_before', 'ip')
    AND (action IS NOT NULL) = (field IN ('account', 'account_before', 'ip')) AND reason <> '')
);
CREATE INDEX reveals_of_person ON reveals (person, revealed_at);
CREATE INDEX reveals_of_case ON reveals (case_number, revealed_at);
CREATE TRIGGER reveals_kept_update BEFORE UPDATE ON reveals FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER reveals_kept_delete BEFORE DELETE ON reveals FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER reveals_kept_truncate BEFORE TRUNCATE ON reveals FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- +goose Down
DROP INDEX actions_by_reference;
DROP TRIGGER sellers_unlocked ON sellers;
DROP TRIGGER actions_resumed ON actions;
DROP TRIGGER events_by_two ON events;
DROP TRIGGER cases_answered ON cases;
DROP TABLE reveals, case_notes, decisions;
DROP FUNCTION decisions_proposed, decisions_decided, cases_answered, sellers_unlocked, actions_resumed, events_by_two;
DROP TRIGGER cases_frozen ON cases;
DROP TRIGGER cases_final ON cases;
DROP TRIGGER cases_kept ON cases;
DROP TRIGGER cases_kept_truncate ON cases;
DROP INDEX cases_one_open, cases_one_ring, cases_queue, cases_closed, cases_of_seller, cases_of_action;
UPDATE cases c SET closed_at = opened_at, outcome = 'close' WHERE closed_at IS NULL AND EXISTS (SELECT 1 FROM cases n
  WHERE n.marketplace = c.marketplace AND n.seller = c.seller AND n.reason = c.reason AND n.closed_at IS NULL AND n.number > c.number);
CREATE UNIQUE INDEX cases_one_open ON cases (marketplace, seller, reason) WHERE closed_at IS NULL;
ALTER TABLE cases DROP COLUMN fingerprint, DROP COLUMN decide_by, DROP COLUMN answered_at, DROP COLUMN joined, DROP COLUMN owner, DROP COLUMN owned_until, DROP COLUMN outcome;
