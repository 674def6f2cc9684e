-- +goose Up

-- The browsers that sellers have proved themselves in, each by a key that never leaves it.
CREATE TABLE devices (
  id            uuid        NOT NULL,
  marketplace   text        NOT NULL,
  seller        text        NOT NULL,
  public_key    bytea       NOT NULL, -- a point of P-256, not compressed
  lock_epoch    bigint      NOT NULL, -- the seller's when it was first seen: after a lock it counts no more
  user_agent    text        NOT NULL, -- a label
  first_seen_at timestamptz NOT NULL,
  known_from    timestamptz NOT NULL, -- from then on it is one that is known
  last_seen_at  timestamptz NOT NULL,
  revoked_at    timestamptz,
  CONSTRAINT devices_pkey PRIMARY KEY (id),
  CONSTRAINT devices_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT devices_key CHECK (length(public_key) = 65),
  CONSTRAINT devices_times CHECK (last_seen_at >= first_seen_at AND revoked_at >= first_seen_at)
);
CREATE UNIQUE INDEX devices_once ON devices (marketplace, seller, public_key) WHERE revoked_at IS NULL;

-- A device is as old as it is.
CREATE TRIGGER devices_frozen BEFORE UPDATE OF id, marketplace, seller, public_key, lock_epoch, first_seen_at, known_from ON devices
FOR EACH ROW EXECUTE FUNCTION refuse();

-- What was revoked does not come back.
CREATE TRIGGER devices_final BEFORE UPDATE ON devices FOR EACH ROW
WHEN (OLD.revoked_at IS NOT NULL OR NEW.last_seen_at < OLD.last_seen_at)
EXECUTE FUNCTION refuse();

-- The device a proof was made on, and what made a confirmation more than a code and a mailbox.
ALTER TABLE proofs ADD COLUMN device uuid;
ALTER TABLE proofs ADD COLUMN device_known_from timestamptz CONSTRAINT proofs_device_known CHECK ((device IS NULL) = (device_known_from IS NULL));
ALTER TABLE proofs ADD COLUMN independent text CONSTRAINT proofs_independent CHECK (independent IS NULL OR (stage = 'confirmation' AND CASE independent
  WHEN 'passkey' THEN method = 'passkey' WHEN 'device' THEN device IS NOT NULL WHEN 'approver' THEN true WHEN 'agents' THEN true ELSE false END));

-- It was made on a device of this seller, and one that had been known before the action was asked for where that is what counts.
-- +goose StatementBegin
CREATE FUNCTION proofs_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a JOIN devices d ON d.marketplace = a.marketplace AND d.seller = a.seller
      WHERE a.id = NEW.action AND d.id = NEW.device AND d.lock_epoch = a.lock_epoch AND d.known_from = NEW.device_known_from
        AND (NEW.independent IS DISTINCT FROM 'device' OR d.known_from <= a.created_at)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER proofs_device BEFORE INSERT ON proofs FOR EACH ROW
WHEN (NEW.device IS NOT NULL)
EXECUTE FUNCTION proofs_device();

-- Where independent proof is asked for, nothing is approved or released without it.
-- +goose StatementBegin
CREATE FUNCTION actions_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.stage = 'confirmation' AND p.independent IS NOT NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_independent BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state IN ('approved', 'releasing') AND NEW.decision LIKE '%"independent_proof"%')
EXECUTE FUNCTION actions_independent();

-- +goose Down
DROP TRIGGER actions_independent ON actions;
DROP TRIGGER proofs_device ON proofs;
DROP FUNCTION actions_independent, proofs_device;
ALTER TABLE proofs DROP COLUMN independent;
ALTER TABLE proofs DROP COLUMN device_known_from;
ALTER TABLE proofs DROP COLUMN device;
DROP TABLE devices;
