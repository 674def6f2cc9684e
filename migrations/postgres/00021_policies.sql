-- +goose Up

-- The versions of the policy, in the order in which they came; number 0 is the one compiled in and has no row. One that
-- may be milder than the one it was compared with takes two admins and a day (DESIGN rule 12).
CREATE TABLE policies (
  number bigint NOT NULL,
  name text NOT NULL, -- as decisions say it
  hash bytea NOT NULL, -- SHA-256 of the source
  source text NOT NULL,
  base bigint NOT NULL, -- the version that was in force when this one came
  milder text NOT NULL, -- JSON array: how it may be milder than that one; [] where it only tightens
  state text NOT NULL,
  proposer uuid, -- null: whoever has a shell on the gateway's host
  proposed_at timestamptz NOT NULL,
  lapses_at timestamptz, -- of a proposal: nobody has answered
  approver uuid,
  approved_at timestamptz,
  effective_at timestamptz, -- not in force before
  since timestamptz, -- in force since
  rejecter uuid,
  ended_at timestamptz,
  CONSTRAINT policies_pkey PRIMARY KEY (number),
  CONSTRAINT policies_proposer FOREIGN KEY (proposer) REFERENCES people (id),
  CONSTRAINT policies_approver FOREIGN KEY (approver) REFERENCES people (id),
  CONSTRAINT policies_rejecter FOREIGN KEY (rejecter) REFERENCES people (id),
  CONSTRAINT policies_number CHECK (number > 0 AND base >= 0 AND base < number),
  CONSTRAINT policies_sizes CHECK (length(hash) = 32 AND name <> '' AND source <> '' AND milder <> ''),
  CONSTRAINT policies_state CHECK (state IN ('proposed', 'scheduled', 'effective', 'superseded', 'rejected', 'lapsed')),
  CONSTRAINT policies_two CHECK (approver IS NULL OR (proposer IS NOT NULL AND approver <> proposer AND approved_at IS NOT NULL)),
  CONSTRAINT policies_milder CHECK (milder = '[]' OR (proposer IS NOT NULL AND (effective_at IS NULL OR approver IS NOT NULL))),
  CONSTRAINT policies_since CHECK (since IS NULL OR (effective_at IS NOT NULL AND since >= effective_at)),
  CONSTRAINT policies_times CHECK ((CASE state
    WHEN 'proposed' THEN lapses_at > proposed_at AND effective_at IS NULL AND approver IS NULL AND ended_at IS NULL
    WHEN 'scheduled' THEN effective_at IS NOT NULL AND since IS NULL AND ended_at IS NULL
    WHEN 'effective' THEN since IS NOT NULL AND ended_at IS NULL
    ELSE ended_at IS NOT NULL END) IS TRUE)
);
-- One of each: in force, on its way, waiting for an answer.
CREATE UNIQUE INDEX policies_one ON policies (state) WHERE state IN ('proposed', 'scheduled', 'effective');

-- What was signed never changes.
CREATE TRIGGER policies_frozen BEFORE UPDATE OF number, name, hash, source, base, milder, proposer, proposed_at, lapses_at
ON policies FOR EACH ROW EXECUTE FUNCTION refuse();

-- What may be milder begins as a proposal; only what tightens is in force at once.
CREATE TRIGGER policies_begun BEFORE INSERT ON policies FOR EACH ROW
WHEN (NEW.approver IS NOT NULL OR NEW.rejecter IS NOT NULL OR NOT (NEW.state = 'proposed' OR (NEW.state = 'effective' AND NEW.milder = '[]')))
EXECUTE FUNCTION refuse();

-- Every way from one state to the next, and what was written once stays.
CREATE TRIGGER policies_moved BEFORE UPDATE ON policies FOR EACH ROW
WHEN (NOT ((OLD.state = 'proposed' AND NEW.state IN ('scheduled', 'rejected', 'lapsed', 'superseded'))
    OR (OLD.state = 'scheduled' AND NEW.state IN ('effective', 'rejected', 'superseded'))
    OR (OLD.state = 'effective' AND NEW.state = 'superseded'))
  OR (OLD.approver IS NOT NULL AND NEW.approver IS DISTINCT FROM OLD.approver)
  OR (OLD.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at)
  OR (OLD.effective_at IS NOT NULL AND NEW.effective_at IS DISTINCT FROM OLD.effective_at)
  OR (OLD.since IS NOT NULL AND NEW.since IS DISTINCT FROM OLD.since))
EXECUTE FUNCTION refuse();

-- A day lies between the second signature and the first decision by it.
-- +goose StatementBegin
CREATE FUNCTION policies_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.approved_at IS NOT NULL AND NEW.effective_at < NEW.approved_at + interval '24 hours' THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER policies_day BEFORE UPDATE OF approved_at, effective_at ON policies FOR EACH ROW EXECUTE FUNCTION policies_day();

-- Only admins who are there sign.
-- +goose StatementBegin
CREATE FUNCTION policies_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  signer uuid := NEW.proposer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    signer := CASE WHEN NEW.approver IS DISTINCT FROM OLD.approver THEN NEW.approver
      WHEN NEW.rejecter IS DISTINCT FROM OLD.rejecter THEN NEW.rejecter END;
  END IF;
  IF signer IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = signer AND p.role = 'admin' AND p.joined_at IS NOT NULL AND p.removed_at IS NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER policies_proposed BEFORE INSERT ON policies FOR EACH ROW EXECUTE FUNCTION policies_signed();
CREATE TRIGGER policies_decided BEFORE UPDATE OF approver, rejecter ON policies FOR EACH ROW EXECUTE FUNCTION policies_signed();
-- Who joined less than a day ago is not the second.
-- +goose StatementBegin
CREATE FUNCTION policies_fresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM people p WHERE p.id = NEW.approver AND p.joined_at + interval '24 hours' > NEW.approved_at) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER policies_fresh BEFORE UPDATE OF approver, approved_at ON policies FOR EACH ROW EXECUTE FUNCTION policies_fresh();
CREATE TRIGGER policies_kept BEFORE DELETE ON policies FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER policies_truncate BEFORE TRUNCATE ON policies FOR EACH STATEMENT EXECUTE FUNCTION refuse();

-- +goose Down
DROP TABLE policies;
DROP FUNCTION policies_day, policies_signed, policies_fresh;
