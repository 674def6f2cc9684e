-- +goose Up

-- The way back that two agents agreed on for a seller who lost what they sign in with.
CREATE TABLE recoveries (
  id            uuid        NOT NULL,
  marketplace   text        NOT NULL,
  seller        text        NOT NULL,
  decision      uuid        NOT NULL,
  state         text        NOT NULL,
  agreed_at     timestamptz NOT NULL,
  opens_at      timestamptz NOT NULL,
  lapses_at     timestamptz NOT NULL,
  serial        bigint      NOT NULL, -- of the newest link
  link_hash     bytea, -- SHA-256 of its token; stays when all is over
  link_until    timestamptz,
  due_at        timestamptz, -- the next move; null once it is over
  ended_at      timestamptz,
  authenticator uuid, -- that was set up
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
);
-- A seller has one at a time, and a decision is carried out once.
CREATE UNIQUE INDEX recoveries_one_running ON recoveries (marketplace, seller) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX recoveries_by_decision ON recoveries (decision);
CREATE UNIQUE INDEX recoveries_by_link ON recoveries (link_hash) WHERE link_hash IS NOT NULL;
CREATE INDEX recoveries_of_seller ON recoveries (marketplace, seller, id);
CREATE INDEX recoveries_due ON recoveries (due_at) WHERE due_at IS NOT NULL;

-- It begins with the carried-out decision of two people about this seller, who has something to replace, and waits 72 hours.
-- +goose StatementBegin
CREATE FUNCTION recoveries_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'waiting' OR NEW.opens_at < NEW.agreed_at + interval '72 hours'
    OR NOT EXISTS (SELECT 1 FROM decisions d WHERE d.id = NEW.decision AND d.marketplace = NEW.marketplace AND d.seller = NEW.seller
      AND d.verb = 'reset_authenticators' AND d.state = 'carried_out' AND d.decider <> d.proposer)
    OR NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.usable_from IS NOT NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER recoveries_agreed BEFORE INSERT ON recoveries FOR EACH ROW EXECUTE FUNCTION recoveries_agreed();
CREATE TRIGGER recoveries_frozen BEFORE UPDATE OF id, marketplace, seller, decision, agreed_at, opens_at, lapses_at ON recoveries
FOR EACH ROW EXECUTE FUNCTION refuse();
-- What is over stays over, nothing goes back to waiting, and links follow each other.
CREATE TRIGGER recoveries_moves BEFORE UPDATE ON recoveries FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL OR NEW.state = 'waiting' OR (NEW.state = 'done' AND OLD.state <> 'open') OR NEW.serial < OLD.serial)
EXECUTE FUNCTION refuse();
-- It is done in its time, for a seller who is not locked, by one new sign-in method that waits 168 hours and is all there is.
-- +goose StatementBegin
CREATE FUNCTION recoveries_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ended_at < NEW.opens_at OR NEW.ended_at >= NEW.lapses_at
    OR NOT EXISTS (SELECT 1 FROM authenticators a WHERE a.id = NEW.authenticator AND a.marketplace = NEW.marketplace AND a.seller = NEW.seller
      AND a.added = 'first' AND a.created_at = NEW.ended_at AND a.usable_from >= a.created_at + interval '168 hours' AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.id <> NEW.authenticator
      AND a.usable_from IS NOT NULL AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM recovery_codes c WHERE c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND c.spent_at IS NULL)
    OR EXISTS (SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller AND s.locked) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER recoveries_done BEFORE UPDATE ON recoveries FOR EACH ROW
WHEN (NEW.state = 'done')
EXECUTE FUNCTION recoveries_done();
CREATE TRIGGER recoveries_kept BEFORE DELETE ON recoveries FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER recoveries_kept_truncate BEFORE TRUNCATE ON recoveries FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- Enrolment without a proof happens once, and once more by each recovery, in the place of all that was there.
DROP INDEX authenticators_first;
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first' AND disabled_at IS NULL;
-- +goose StatementBegin
CREATE FUNCTION authenticators_recovered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
      SELECT 1 FROM authenticators a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.usable_from IS NOT NULL AND a.disabled_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.marketplace = NEW.marketplace AND r.seller = NEW.seller AND r.state = 'open'
      AND NEW.created_at >= r.opens_at AND NEW.created_at < r.lapses_at AND NEW.usable_from >= NEW.created_at + interval '168 hours') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER authenticators_recovered BEFORE INSERT ON authenticators FOR EACH ROW
WHEN (NEW.added = 'first')
EXECUTE FUNCTION authenticators_recovered();

-- +goose Down
DROP TRIGGER authenticators_recovered ON authenticators;
DROP FUNCTION authenticators_recovered();
DROP TABLE recoveries;
DROP FUNCTION recoveries_done();
DROP FUNCTION recoveries_agreed();
-- Of those who came one after the other the newest stays.
DELETE FROM authenticators WHERE added = 'first' AND disabled_at IS NOT NULL AND EXISTS (SELECT 1 FROM authenticators o
  WHERE o.marketplace = authenticators.marketplace AND o.seller = authenticators.seller AND o.added = 'first' AND o.id > authenticators.id);
DROP INDEX authenticators_first;
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
