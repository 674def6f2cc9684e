-- +goose Up

-- The browsers that sellers have proved themselves in, each by a key that never leaves it.
CREATE TABLE devices (
  id            TEXT    NOT NULL,
  marketplace   TEXT    NOT NULL,
  seller        TEXT    NOT NULL,
  public_key    BLOB    NOT NULL, -- a point of P-256, not compressed
  lock_epoch    INTEGER NOT NULL, -- the seller's when it was first seen: after a lock it counts no more
  user_agent    TEXT    NOT NULL, -- a label
  first_seen_at INTEGER NOT NULL,
  known_from    INTEGER NOT NULL, -- from then on it is one that is known
  last_seen_at  INTEGER NOT NULL,
  revoked_at    INTEGER,
  CONSTRAINT devices_pkey PRIMARY KEY (id),
  CONSTRAINT devices_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT devices_key CHECK (length(public_key) = 65),
  CONSTRAINT devices_times CHECK (last_seen_at >= first_seen_at AND revoked_at >= first_seen_at)
) STRICT;
CREATE UNIQUE INDEX devices_once ON devices (marketplace, seller, public_key) WHERE revoked_at IS NULL;

-- A device is as old as it is.
-- +goose StatementBegin
CREATE TRIGGER devices_frozen BEFORE UPDATE OF id, marketplace, seller, public_key, lock_epoch, first_seen_at, known_from ON devices
BEGIN SELECT RAISE(ABORT, 'devices_frozen'); END;
-- +goose StatementEnd

-- What was revoked does not come back.
-- +goose StatementBegin
CREATE TRIGGER devices_final BEFORE UPDATE ON devices
WHEN OLD.revoked_at IS NOT NULL OR NEW.last_seen_at < OLD.last_seen_at
BEGIN SELECT RAISE(ABORT, 'devices_final'); END;
-- +goose StatementEnd

-- The device a proof was made on, and what made a confirmation more than a code and a mailbox.
ALTER TABLE proofs ADD COLUMN device TEXT;
ALTER TABLE proofs ADD COLUMN device_known_from INTEGER CONSTRAINT proofs_device_known CHECK ((device IS NULL) = (device_known_from IS NULL));
ALTER TABLE proofs ADD COLUMN independent TEXT CONSTRAINT proofs_independent CHECK (independent IS NULL OR (stage = 'confirmation' AND CASE independent
  WHEN 'passkey' THEN method = 'passkey' WHEN 'device' THEN device IS NOT NULL WHEN 'approver' THEN true WHEN 'agents' THEN true ELSE false END));

-- It was made on a device of this seller, and one that had been known before the action was asked for where that is what counts.
-- +goose StatementBegin
CREATE TRIGGER proofs_device BEFORE INSERT ON proofs
WHEN NEW.device IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'proofs_device') WHERE NOT EXISTS (
    SELECT 1 FROM actions a JOIN devices d ON d.marketplace = a.marketplace AND d.seller = a.seller
      WHERE a.id = NEW.action AND d.id = NEW.device AND d.lock_epoch = a.lock_epoch AND d.known_from = NEW.device_known_from
        AND (NEW.independent IS DISTINCT FROM 'device' OR d.known_from <= a.created_at));
END;
-- +goose StatementEnd

-- Where independent proof is asked for, nothing is approved or released without it.
-- +goose StatementBegin
CREATE TRIGGER actions_independent BEFORE UPDATE ON actions
WHEN NEW.state <> OLD.state AND NEW.state IN ('approved', 'releasing')
  AND NEW.decision LIKE '%"independent_proof"%'
BEGIN
  SELECT RAISE(ABORT, 'actions_independent') WHERE NOT EXISTS (
    SELECT 1 FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.stage = 'confirmation' AND p.independent IS NOT NULL);
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER actions_independent;
DROP TRIGGER proofs_device;
ALTER TABLE proofs DROP COLUMN independent;
ALTER TABLE proofs DROP COLUMN device_known_from;
ALTER TABLE proofs DROP COLUMN device;
DROP TABLE devices;
