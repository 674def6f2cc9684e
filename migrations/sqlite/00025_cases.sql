-- +goose Up

-- What people work on, and by when they are to answer.
DROP INDEX cases_one_open;
ALTER TABLE cases RENAME TO cases_before;
CREATE TABLE cases (
  number      INTEGER NOT NULL CONSTRAINT cases_pkey PRIMARY KEY AUTOINCREMENT,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  action      TEXT,
  opened_at   INTEGER NOT NULL,
  closed_at   INTEGER,
  fingerprint TEXT    NOT NULL, -- of the destination it is about; empty where it is about none
  decide_by   INTEGER NOT NULL,
  answered_at INTEGER, -- the first decision that was carried out
  joined      INTEGER NOT NULL, -- how often fresh trouble joined it
  owner       TEXT, -- who claimed it
  owned_until INTEGER,
  outcome     TEXT, -- the verb that closed it
  CONSTRAINT cases_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT cases_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT cases_owner FOREIGN KEY (owner) REFERENCES people (id),
  CONSTRAINT cases_owned CHECK ((owner IS NULL) = (owned_until IS NULL)),
  CONSTRAINT cases_outcome CHECK ((closed_at IS NULL) = (outcome IS NULL)),
  CONSTRAINT cases_joined CHECK (joined >= 0),
  CONSTRAINT cases_times CHECK (decide_by > opened_at AND answered_at >= opened_at AND closed_at >= opened_at)
) STRICT;
INSERT INTO cases (number, marketplace, seller, reason, action, opened_at, closed_at, fingerprint, decide_by, joined, outcome)
SELECT number, marketplace, seller, reason, action, opened_at, closed_at, '', opened_at + 86400000000, 0, CASE WHEN closed_at IS NOT NULL THEN 'close' END
FROM cases_before;
DELETE FROM sqlite_sequence WHERE name = 'cases';
INSERT INTO sqlite_sequence (name, seq) SELECT 'cases', seq FROM sqlite_sequence WHERE name = 'cases_before';
DROP TABLE cases_before;
-- One open case of a seller and reason; of rings, one of each destination.
CREATE UNIQUE INDEX cases_one_open ON cases (marketplace, seller, reason) WHERE closed_at IS NULL AND reason <> 'ring';
CREATE UNIQUE INDEX cases_one_ring ON cases (marketplace, seller, fingerprint) WHERE closed_at IS NULL AND reason = 'ring';
CREATE INDEX cases_queue ON cases (decide_by, number) WHERE closed_at IS NULL;
CREATE INDEX cases_closed ON cases (closed_at, number) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_of_seller ON cases (marketplace, seller, number);
CREATE INDEX cases_of_action ON cases (action) WHERE action IS NOT NULL;
CREATE INDEX actions_by_reference ON actions (reference);

-- What it is about never changes.
-- +goose StatementBegin
CREATE TRIGGER cases_frozen BEFORE UPDATE OF number, marketplace, seller, reason, action, fingerprint, opened_at
ON cases
BEGIN SELECT RAISE(ABORT, 'cases_frozen'); END;
-- +goose StatementEnd

-- A case that is over is over; fresh trouble opens another.
-- +goose StatementBegin
CREATE TRIGGER cases_final BEFORE UPDATE ON cases
WHEN OLD.closed_at IS NOT NULL OR NEW.joined < OLD.joined OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS DISTINCT FROM OLD.answered_at)
BEGIN SELECT RAISE(ABORT, 'cases_final'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cases_kept BEFORE DELETE ON cases
BEGIN SELECT RAISE(ABORT, 'cases_kept'); END;
-- +goose StatementEnd

-- What people decided in a case. What takes friction away, or is a verdict, takes two of them; the verbs that one decides
-- are those listed in decisions_lapse.
CREATE TABLE decisions (
  id             TEXT    NOT NULL,
  case_number    INTEGER NOT NULL,
  verb           TEXT    NOT NULL,
  marketplace    TEXT    NOT NULL,
  seller         TEXT    NOT NULL,
  lock_epoch     INTEGER NOT NULL, -- the seller's when it was proposed
  action         TEXT, -- where the verb is about one
  generation     INTEGER, -- the action's when it was proposed
  scope          TEXT, -- of the destination, where the verb is about one
  fingerprint    TEXT,
  sellers        TEXT    NOT NULL, -- JSON array, of the verbs that name sellers
  reason         TEXT    NOT NULL,
  note           TEXT    NOT NULL,
  facts          TEXT    NOT NULL, -- JSON: what it rests on
  proposer       TEXT    NOT NULL,
  proposed_at    INTEGER NOT NULL,
  lapses_at      INTEGER, -- null where one decides
  decider        TEXT,
  decided_at     INTEGER,
  decider_reason TEXT,
  decider_note   TEXT,
  state          TEXT    NOT NULL,
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
) STRICT;
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
-- +goose StatementBegin
CREATE TRIGGER decisions_frozen BEFORE UPDATE OF id, case_number, verb, marketplace, seller, lock_epoch, action, generation, scope, fingerprint, sellers, reason, note, facts, proposer, proposed_at, lapses_at
ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions_frozen'); END;
-- +goose StatementEnd

-- What takes two begins as a proposal.
-- +goose StatementBegin
CREATE TRIGGER decisions_begun BEFORE INSERT ON decisions
WHEN NEW.lapses_at IS NOT NULL AND NEW.state <> 'proposed'
BEGIN SELECT RAISE(ABORT, 'decisions_begun'); END;
-- +goose StatementEnd

-- A proposal is answered once.
-- +goose StatementBegin
CREATE TRIGGER decisions_final BEFORE UPDATE ON decisions
WHEN OLD.state <> 'proposed'
BEGIN SELECT RAISE(ABORT, 'decisions_final'); END;
-- +goose StatementEnd

-- Only agents and leads who are there sign, in an open case of this very seller.
-- +goose StatementBegin
CREATE TRIGGER decisions_proposed BEFORE INSERT ON decisions
BEGIN
  SELECT RAISE(ABORT, 'decisions_proposed') WHERE NOT EXISTS (
    SELECT 1 FROM people p JOIN cases c ON c.number = NEW.case_number
    WHERE p.id = NEW.proposer AND p.role IN ('agent', 'lead') AND p.joined_at IS NOT NULL AND p.removed_at IS NULL
      AND c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND c.closed_at IS NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_decided BEFORE UPDATE OF decider ON decisions
WHEN NEW.decider IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'decisions_decided') WHERE NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.decider AND p.role IN ('agent', 'lead') AND p.joined_at IS NOT NULL AND p.removed_at IS NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER decisions_kept BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'decisions_kept'); END;
-- +goose StatementEnd

-- No case ends with a proposal in it.
-- +goose StatementBegin
CREATE TRIGGER cases_answered BEFORE UPDATE OF closed_at ON cases
WHEN NEW.closed_at IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'cases_answered') WHERE EXISTS (SELECT 1 FROM decisions d WHERE d.case_number = NEW.number AND d.state = 'proposed');
END;
-- +goose StatementEnd

-- A lock is lifted by two, who decided on this very lock.
-- +goose StatementBegin
CREATE TRIGGER sellers_unlocked BEFORE UPDATE OF locked ON sellers
WHEN OLD.locked AND NOT NEW.locked
BEGIN
  SELECT RAISE(ABORT, 'sellers_unlocked') WHERE NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.marketplace = OLD.marketplace AND d.seller = OLD.id AND d.lock_epoch = OLD.lock_epoch
      AND d.verb = 'unlock' AND d.state = 'carried_out');
END;
-- +goose StatementEnd

-- What is held starts again by the word of two, once for each generation.
-- +goose StatementBegin
CREATE TRIGGER actions_resumed BEFORE UPDATE ON actions
WHEN OLD.state = 'held' AND NEW.state = 'awaiting_step_up'
BEGIN
  SELECT RAISE(ABORT, 'actions_resumed') WHERE NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.action = OLD.id AND d.generation = OLD.generation AND d.verb = 'resume' AND d.state = 'carried_out');
END;
-- +goose StatementEnd

-- An agent stops or delays. Anything else that one does to an action is a verdict that two signed.
-- +goose StatementBegin
CREATE TRIGGER events_by_two BEFORE INSERT ON events
WHEN NEW.actor_type = 'agent' AND NEW.version IS NOT NULL AND NEW.to_state IS DISTINCT FROM NEW.from_state AND NEW.to_state NOT IN ('held', 'cancelled')
BEGIN
  SELECT RAISE(ABORT, 'events_by_two') WHERE NOT EXISTS (
    SELECT 1 FROM decisions d WHERE d.action = NEW.action AND d.state = 'carried_out' AND d.decided_at <= NEW.occurred_at AND d.verb = CASE NEW.to_state
      WHEN 'awaiting_step_up' THEN 'resume' WHEN 'denied' THEN 'deny' WHEN 'executed' THEN 'settle_executed' WHEN 'execution_failed' THEN 'settle_failed' END);
END;
-- +goose StatementEnd

-- What agents wrote for each other.
CREATE TABLE case_notes (
  id          TEXT    NOT NULL,
  case_number INTEGER NOT NULL,
  person      TEXT    NOT NULL,
  note        TEXT    NOT NULL,
  written_at  INTEGER NOT NULL,
  CONSTRAINT case_notes_pkey PRIMARY KEY (id),
  CONSTRAINT case_notes_case FOREIGN KEY (case_number) REFERENCES cases (number),
  CONSTRAINT case_notes_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT case_notes_note CHECK (length(note) BETWEEN 1 AND 4000)
) STRICT;
CREATE INDEX case_notes_of_case ON case_notes (case_number, id);
-- +goose StatementBegin
CREATE TRIGGER case_notes_kept_update BEFORE UPDATE ON case_notes
BEGIN SELECT RAISE(ABORT, 'case_notes_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_notes_kept_delete BEFORE DELETE ON case_notes
BEGIN SELECT RAISE(ABORT, 'case_notes_kept_delete'); END;
-- +goose StatementEnd

-- Who was shown what, and why. The value itself is not here.
CREATE TABLE reveals (
  id          TEXT    NOT NULL,
  case_number INTEGER NOT NULL,
  field       TEXT    NOT NULL,
  action      TEXT,
  reason      TEXT    NOT NULL,
  person      TEXT    NOT NULL,
  revealed_at INTEGER NOT NULL,
  CONSTRAINT reveals_pkey PRIMARY KEY (id),
  CONSTRAINT reveals_case FOREIGN KEY (case_number) REFERENCES cases (number),
  CONSTRAINT reveals_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT reveals_person FOREIGN KEY (person) REFERENCES people (id),
  CONSTRAINT reveals_field CHECK (field IN ('name', 'contact', 'account', 'account_before', 'ip')
    AND (action IS NOT NULL) = (field IN ('account', 'account_before', 'ip')) AND reason <> '')
) STRICT;
CREATE INDEX reveals_of_person ON reveals (person, revealed_at);
CREATE INDEX reveals_of_case ON reveals (case_number, revealed_at);
-- +goose StatementBegin
CREATE TRIGGER reveals_kept_update BEFORE UPDATE ON reveals
BEGIN SELECT RAISE(ABORT, 'reveals_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER reveals_kept_delete BEFORE DELETE ON reveals
BEGIN SELECT RAISE(ABORT, 'reveals_kept_delete'); END;
-- +goose StatementEnd

-- +goose Down
DROP INDEX actions_by_reference;
DROP TRIGGER sellers_unlocked;
DROP TRIGGER actions_resumed;
DROP TRIGGER events_by_two;
DROP TRIGGER cases_answered;
DROP TABLE reveals;
DROP TABLE case_notes;
DROP TABLE decisions;
DROP TRIGGER cases_frozen;
DROP TRIGGER cases_final;
DROP TRIGGER cases_kept;
DROP INDEX cases_one_open;
DROP INDEX cases_one_ring;
DROP INDEX cases_queue;
DROP INDEX cases_closed;
DROP INDEX cases_of_seller;
DROP INDEX cases_of_action;
ALTER TABLE cases RENAME TO cases_after;
CREATE TABLE cases (
  number      INTEGER NOT NULL CONSTRAINT cases_pkey PRIMARY KEY AUTOINCREMENT,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  action      TEXT,
  opened_at   INTEGER NOT NULL,
  closed_at   INTEGER,
  CONSTRAINT cases_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT cases_action FOREIGN KEY (action) REFERENCES actions (id)
) STRICT;
INSERT INTO cases (number, marketplace, seller, reason, action, opened_at, closed_at)
SELECT number, marketplace, seller, reason, action, opened_at, CASE
  WHEN closed_at IS NULL AND EXISTS (SELECT 1 FROM cases_after n WHERE n.marketplace = c.marketplace AND n.seller = c.seller
    AND n.reason = c.reason AND n.closed_at IS NULL AND n.number > c.number) THEN opened_at
  ELSE closed_at END
FROM cases_after c;
DELETE FROM sqlite_sequence WHERE name = 'cases';
INSERT INTO sqlite_sequence (name, seq) SELECT 'cases', seq FROM sqlite_sequence WHERE name = 'cases_after';
DROP TABLE cases_after;
CREATE UNIQUE INDEX cases_one_open ON cases (marketplace, seller, reason) WHERE closed_at IS NULL;
