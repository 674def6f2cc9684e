-- +goose Up

-- More than one authenticator: one that is added with a proof counts for nothing until its action is executed.
ALTER TABLE authenticators ALTER COLUMN usable_from DROP NOT NULL; -- null while it is pending
ALTER TABLE authenticators ADD COLUMN added_by uuid; -- the action that decides about a pending one
ALTER TABLE authenticators DROP CONSTRAINT authenticators_added;
ALTER TABLE authenticators
  ADD CONSTRAINT authenticators_added CHECK (added IN ('first', 'proof')),
  ADD CONSTRAINT authenticators_pending CHECK (CASE added WHEN 'first' THEN usable_from IS NOT NULL AND added_by IS NULL ELSE usable_from IS NULL OR added_by IS NOT NULL END),
  ADD CONSTRAINT authenticators_inert CHECK (usable_from IS NOT NULL OR (last_used_at IS NULL AND failures = 0)),
  ADD CONSTRAINT authenticators_added_by FOREIGN KEY (added_by) REFERENCES actions (id);
CREATE INDEX authenticators_pending_since ON authenticators (created_at) WHERE usable_from IS NULL AND disabled_at IS NULL;

-- Steps and counters only rise, and a wait is never shortened or taken back.
DROP TRIGGER authenticators_rising ON authenticators;
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from
  OR (OLD.usable_from IS NOT NULL AND NEW.usable_from IS NULL))
EXECUTE FUNCTION refuse_auth();

-- What was switched off stays off, proves nothing and comes to count no more.
DROP TRIGGER authenticators_final ON authenticators;
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at
  OR NEW.usable_from IS DISTINCT FROM OLD.usable_from))
EXECUTE FUNCTION refuse_auth();

-- One action decides about it.
CREATE TRIGGER authenticators_decided BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (OLD.added_by IS NOT NULL AND NEW.added_by IS DISTINCT FROM OLD.added_by)
EXECUTE FUNCTION refuse_auth();

-- It counts once that action was executed, and not otherwise.
-- +goose StatementBegin
CREATE FUNCTION authenticators_executed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.id = NEW.added_by AND a.marketplace = NEW.marketplace AND a.seller = NEW.seller
      AND a.kind = 'authenticator.add' AND a.state = 'executed') THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER authenticators_executed BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (OLD.usable_from IS NULL AND NEW.usable_from IS NOT NULL)
EXECUTE FUNCTION authenticators_executed();

-- The recovery codes of a seller: one set, its tries, and a row a code.
CREATE TABLE recovery_sets (
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  failures    bigint      NOT NULL, -- in a row
  made_at     timestamptz NOT NULL,
  CONSTRAINT recovery_sets_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT recovery_sets_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT recovery_sets_numbers CHECK (failures BETWEEN 0 AND 100)
);

CREATE TABLE recovery_codes (
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  hash        bytea       NOT NULL, -- SHA-256 of the seller and the code
  slot        bigint      NOT NULL, -- so that ten are good at once
  made_at     timestamptz NOT NULL,
  spent_at    timestamptz,
  CONSTRAINT recovery_codes_pkey PRIMARY KEY (marketplace, seller, hash),
  CONSTRAINT recovery_codes_set FOREIGN KEY (marketplace, seller) REFERENCES recovery_sets (marketplace, seller),
  CONSTRAINT recovery_codes_hash CHECK (length(hash) = 32),
  CONSTRAINT recovery_codes_slot CHECK (slot BETWEEN 0 AND 9),
  CONSTRAINT recovery_codes_times CHECK (spent_at >= made_at)
);
CREATE UNIQUE INDEX recovery_codes_good ON recovery_codes (marketplace, seller, slot) WHERE spent_at IS NULL;

-- A code is spent once and never changed.
CREATE TRIGGER recovery_codes_frozen BEFORE UPDATE OF marketplace, seller, hash, slot, made_at ON recovery_codes FOR EACH ROW
EXECUTE FUNCTION refuse_auth();
CREATE TRIGGER recovery_codes_once BEFORE UPDATE ON recovery_codes FOR EACH ROW
WHEN (OLD.spent_at IS NOT NULL)
EXECUTE FUNCTION refuse_auth();

-- After a wrong try the next one has to wait.
ALTER TABLE proving ADD COLUMN paused_until timestamptz;

-- +goose Down
ALTER TABLE proving DROP COLUMN paused_until;
DROP TABLE recovery_codes, recovery_sets;
-- What was added with a proof has no place in the table of before.
DELETE FROM authenticators WHERE added <> 'first';
DROP TRIGGER authenticators_executed ON authenticators;
DROP FUNCTION authenticators_executed;
DROP TRIGGER authenticators_decided ON authenticators;
DROP TRIGGER authenticators_final ON authenticators;
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at))
EXECUTE FUNCTION refuse_auth();
DROP TRIGGER authenticators_rising ON authenticators;
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from)
EXECUTE FUNCTION refuse_auth();
DROP INDEX authenticators_pending_since;
ALTER TABLE authenticators DROP CONSTRAINT authenticators_added_by, DROP CONSTRAINT authenticators_inert, DROP CONSTRAINT authenticators_pending,
  DROP CONSTRAINT authenticators_added;
ALTER TABLE authenticators ADD CONSTRAINT authenticators_added CHECK (added IN ('first'));
ALTER TABLE authenticators DROP COLUMN added_by;
ALTER TABLE authenticators ALTER COLUMN usable_from SET NOT NULL;
