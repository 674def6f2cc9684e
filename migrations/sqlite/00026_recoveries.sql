-- +goose Up

-- The way back that two agents agreed on for a seller who lost what they sign in with.
CREATE TABLE recoveries (
  id            TEXT    NOT NULL,
  marketplace   TEXT    NOT NULL,
  seller        TEXT    NOT NULL,
  decision      TEXT    NOT NULL,
  state         TEXT    NOT NULL,
  agreed_at     INTEGER NOT NULL,
  opens_at      INTEGER NOT NULL,
  lapses_at     INTEGER NOT NULL,
  serial        INTEGER NOT NULL, -- of the newest link
  link_hash     BLOB, -- SHA-256 of its token; stays when all is over
  link_until    INTEGER,
  due_at        INTEGER, -- the next move; null once it is over
  ended_at      INTEGER,
  authenticator TEXT, -- that was set up
  CONSTRAINT recoveries_pkey PRIMARY KEY (id),
  CONSTRAINT recoveries_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT recoveries_decision FOREIGN KEY (decision) REFERENCES decisions (id),
  CONSTRAINT recoveries_authenticator FOREIGN KEY (authenticator) REFERENCES authenticators (id),
  CONSTRAINT recoveries_state CHECK (state IN ('waiting', 'open', 'done', 'stopped', 'lapsed')),
  CONSTRAINT recoveries_running CHECK ((state IN ('waiting', 'open')) = (ended_at IS NULL) AND (ended_at IS NULL) = (due_at IS NOT NULL)),
  CONSTRAINT recoveries_link CHECK ((state = 'open') = (link_until IS NOT NULL) AND (link_hash IS NOT NULL) = (serial > 0)
    AND (state NOT IN ('open', 'done') OR serial > 0) AND (state <> 'waiting' OR serial = 0)),
  CONSTRAINT recoveries_authenticated CHECK ((state = 'done') = (authenticator IS NOT NULL)),
  CONSTRAINT recoveries_times CHECK (lapses_at > opens_at AND ended_at >= agreed_at AND link_until <= lapses_at AND link_until >= opens_at AND due_at >= opens_at),
  CONSTRAINT recoveries_hash CHECK (length(link_hash) = 32)
) STRICT;
-- A seller has one at a time, and a decision is carried out once.
CREATE UNIQUE INDEX recoveries_one_running ON recoveries (marketplace, seller) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX recoveries_by_decision ON recoveries (decision);
CREATE UNIQUE INDEX recoveries_by_link ON recoveries (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX recoveries_of_seller ON recoveries (marketplace, seller, id);
CREATE INDEX recoveries_due ON recoveries (due_at) WHERE due_at IS NOT NULL;

-- It begins with the carried-out decision of two people about this seller, who has something to replace, and waits 72 hours.
-- +goose StatementBegin
CREATE TRIGGER recoveries_agreed BEFORE INSERT ON recoveries
BEGIN
  SELECT RAISE(ABORT, 'recoveries_agreed') WHERE NEW.state <> 'waiting' OR NEW.opens_at < NEW.agreed_at + 259200000000
    OR NOT EXISTS (SELECT 1 FROM decisions d WHERE d.id = NEW.decision AND d.marketplace = NEW.marketplace AND d.seller = NEW.seller
      AND d.verb = 'reset_authenticators' AND d.state = 'carried_out' AND d.decider <> d.proposer)
    OR NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.usable_from IS NOT NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recoveries_frozen BEFORE UPDATE OF id, marketplace, seller, decision, agreed_at, opens_at, lapses_at ON recoveries
BEGIN SELECT RAISE(ABORT, 'recoveries_frozen'); END;
-- +goose StatementEnd
-- What is over stays over, nothing goes back to waiting, and links follow each other.
-- +goose StatementBegin
CREATE TRIGGER recoveries_moves BEFORE UPDATE ON recoveries
WHEN OLD.ended_at IS NOT NULL OR NEW.state = 'waiting' OR (NEW.state = 'done' AND OLD.state <> 'open') OR NEW.serial < OLD.serial
BEGIN SELECT RAISE(ABORT, 'recoveries_moves'); END;
-- +goose StatementEnd
-- It is done in its time, for a seller who is not locked, by one new sign-in method that waits 168 hours and is all there is.
-- +goose StatementBegin
CREATE TRIGGER recoveries_done BEFORE UPDATE ON recoveries
WHEN NEW.state = 'done'
BEGIN
  SELECT RAISE(ABORT, 'recoveries_done') WHERE NEW.ended_at < NEW.opens_at OR NEW.ended_at >= NEW.lapses_at
    OR NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.id = NEW.authenticator AND a.marketplace = NEW.marketplace AND a.seller = NEW.seller
      AND a.added = 'first' AND a.created_at = NEW.ended_at AND a.usable_from >= a.created_at + 604800000000 AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.id <> NEW.authenticator
      AND a.usable_from IS NOT NULL AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM recovery_codes c WHERE c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND c.spent_at IS NULL)
    OR EXISTS (SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller AND s.locked);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER recoveries_kept BEFORE DELETE ON recoveries
BEGIN SELECT RAISE(ABORT, 'recoveries_kept'); END;
-- +goose StatementEnd

-- Enrolment without a proof happens once, and once more by each recovery, in the place of all that was there.
DROP INDEX authenticators_first;
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first' AND disabled_at IS NULL;
-- +goose StatementBegin
CREATE TRIGGER authenticators_recovered BEFORE INSERT ON authenticators
WHEN NEW.added = 'first'
BEGIN
  SELECT RAISE(ABORT, 'authenticators_recovered') WHERE EXISTS (
      SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.usable_from IS NOT NULL AND a.disabled_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.marketplace = NEW.marketplace AND r.seller = NEW.seller AND r.state = 'open'
      AND NEW.created_at >= r.opens_at AND NEW.created_at < r.lapses_at AND NEW.usable_from >= NEW.created_at + 604800000000);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER authenticators_recovered;
DROP TABLE recoveries;
-- Of those who came one after the other the newest stays.
DELETE FROM authenticators WHERE added = 'first' AND disabled_at IS NOT NULL AND EXISTS (SELECT 1 FROM authenticators o
  WHERE o.marketplace = authenticators.marketplace AND o.seller = authenticators.seller AND o.added = 'first' AND o.id > authenticators.id);
DROP INDEX authenticators_first;
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
