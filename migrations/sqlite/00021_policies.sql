-- +goose Up

-- The versions of the policy, in the order in which they came; number 0 is the one compiled in and has no row. One that
-- may be milder than the one it was compared with takes two admins and a day (DESIGN rule 12).
CREATE TABLE policies (
  number       INTEGER NOT NULL,
  name         TEXT    NOT NULL, -- as decisions say it
  hash         BLOB    NOT NULL, -- SHA-256 of the source
  source       TEXT    NOT NULL,
  base         INTEGER NOT NULL, -- the version that was in force when this one came
  milder       TEXT    NOT NULL, -- JSON array: how it may be milder than that one; [] where it only tightens
  state        TEXT    NOT NULL,
  proposer     TEXT, -- null: whoever has a shell on the gateway's host
  proposed_at  INTEGER NOT NULL,
  lapses_at    INTEGER, -- of a proposal: nobody has answered
  approver     TEXT,
  approved_at  INTEGER,
  effective_at INTEGER, -- not in force before
  since        INTEGER, -- in force since
  rejecter     TEXT,
  ended_at     INTEGER,
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
) STRICT;
-- One of each: in force, on its way, waiting for an answer.
CREATE UNIQUE INDEX policies_one ON policies (state) WHERE state IN ('proposed', 'scheduled', 'effective');

-- What was signed never changes.
-- +goose StatementBegin
CREATE TRIGGER policies_frozen BEFORE UPDATE OF number, name, hash, source, base, milder, proposer, proposed_at, lapses_at
ON policies
BEGIN SELECT RAISE(ABORT, 'policies_frozen'); END;
-- +goose StatementEnd

-- What may be milder begins as a proposal; only what tightens is in force at once.
-- +goose StatementBegin
CREATE TRIGGER policies_begun BEFORE INSERT ON policies
WHEN NEW.approver IS NOT NULL OR NEW.rejecter IS NOT NULL OR NOT (NEW.state = 'proposed' OR (NEW.state = 'effective' AND NEW.milder = '[]'))
BEGIN SELECT RAISE(ABORT, 'policies_begun'); END;
-- +goose StatementEnd

-- Every way from one state to the next, and what was written once stays.
-- +goose StatementBegin
CREATE TRIGGER policies_moved BEFORE UPDATE ON policies
WHEN NOT ((OLD.state = 'proposed' AND NEW.state IN ('scheduled', 'rejected', 'lapsed', 'superseded'))
    OR (OLD.state = 'scheduled' AND NEW.state IN ('effective', 'rejected', 'superseded'))
    OR (OLD.state = 'effective' AND NEW.state = 'superseded'))
  OR (OLD.approver IS NOT NULL AND NEW.approver IS DISTINCT FROM OLD.approver)
  OR (OLD.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at)
  OR (OLD.effective_at IS NOT NULL AND NEW.effective_at IS DISTINCT FROM OLD.effective_at)
  OR (OLD.since IS NOT NULL AND NEW.since IS DISTINCT FROM OLD.since)
BEGIN SELECT RAISE(ABORT, 'policies_moved'); END;
-- +goose StatementEnd

-- A day lies between the second signature and the first decision by it.
-- +goose StatementBegin
CREATE TRIGGER policies_day BEFORE UPDATE OF approved_at, effective_at ON policies
BEGIN
  SELECT RAISE(ABORT, 'policies_day') WHERE NEW.approved_at IS NOT NULL AND NEW.effective_at < NEW.approved_at + 86400000000;
END;
-- +goose StatementEnd

-- Only admins who are there sign.
-- +goose StatementBegin
CREATE TRIGGER policies_proposed BEFORE INSERT ON policies
BEGIN
  SELECT RAISE(ABORT, 'policies_proposed') WHERE NEW.proposer IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.proposer AND p.role = 'admin' AND p.joined_at IS NOT NULL AND p.removed_at IS NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policies_decided BEFORE UPDATE OF approver, rejecter ON policies
BEGIN
  SELECT RAISE(ABORT, 'policies_decided') WHERE EXISTS (
    SELECT 1 WHERE NEW.approver IS DISTINCT FROM OLD.approver AND NOT EXISTS (
      SELECT 1 FROM people p WHERE p.id = NEW.approver AND p.role = 'admin' AND p.joined_at IS NOT NULL AND p.removed_at IS NULL)
    UNION ALL
    SELECT 1 WHERE NEW.rejecter IS DISTINCT FROM OLD.rejecter AND NOT EXISTS (
      SELECT 1 FROM people p WHERE p.id = NEW.rejecter AND p.role = 'admin' AND p.joined_at IS NOT NULL AND p.removed_at IS NULL));
END;
-- +goose StatementEnd
-- Who joined less than a day ago is not the second.
-- +goose StatementBegin
CREATE TRIGGER policies_fresh BEFORE UPDATE OF approver, approved_at ON policies
BEGIN
  SELECT RAISE(ABORT, 'policies_fresh') WHERE EXISTS (
    SELECT 1 FROM people p WHERE p.id = NEW.approver AND p.joined_at + 86400000000 > NEW.approved_at);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policies_kept BEFORE DELETE ON policies
BEGIN SELECT RAISE(ABORT, 'policies_kept'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE policies;
