-- +goose Up

-- What was switched off for good keeps no secret: neither the seed of an app nor the key of a passkey. Its evidence has the
-- public key that proofs verify with.
UPDATE authenticators SET sealed = x'' WHERE disabled_at IS NOT NULL;
-- +goose StatementBegin
CREATE TRIGGER authenticators_wiped BEFORE UPDATE OF sealed, disabled_at ON authenticators
WHEN (NEW.disabled_at IS NULL) <> (length(NEW.sealed) > 0)
BEGIN SELECT RAISE(ABORT, 'authenticators_wiped'); END;
-- +goose StatementEnd

-- Read and counted where a seller has nothing that a try could be counted against, so that the answer costs the same: a row
-- is as long as an app's, and as much is looked at when it is written.
CREATE TABLE decoys (
  id           TEXT    NOT NULL,
  marketplace  TEXT    NOT NULL,
  seller       TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  provider     TEXT    NOT NULL,
  filler       BLOB    NOT NULL,
  last_step    INTEGER NOT NULL,
  failures     INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  usable_from  INTEGER NOT NULL,
  last_used_at INTEGER,
  disabled_at  INTEGER,
  CONSTRAINT decoys_pkey PRIMARY KEY (id),
  CONSTRAINT decoys_numbers CHECK (failures BETWEEN 0 AND 100 AND last_step > 0)
) STRICT;
INSERT INTO decoys (id, marketplace, seller, name, provider, filler, last_step, failures, created_at, usable_from)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 63)
SELECT '00000000-0000-0000-0000-0000000000' || substr('0' || i, -2), 'marketplace', 'seller', 'app', '', zeroblob(60), 1, 0, 1, 1 FROM n;

-- An address is one of a seller's from the first action on, or comes by an executed contact.change that had it verified. It is
-- not that of somebody who agrees, or is invited to.
-- +goose StatementBegin
CREATE TRIGGER contacts_added BEFORE INSERT ON contacts
BEGIN
  SELECT RAISE(ABORT, 'contacts_added') WHERE NEW.retired_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM approvers p WHERE p.marketplace = NEW.marketplace AND p.seller = NEW.seller AND lower(p.email) = lower(NEW.email)
      AND p.removed_at IS NULL AND (p.joined_at IS NOT NULL OR p.invited_until > NEW.since))
    OR NOT (
    (EXISTS (SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller AND s.created_at = NEW.since)
      AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller))
    OR EXISTS (SELECT 1 FROM actions a JOIN notices n ON n.action = a.id
      WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.kind = 'contact.change' AND a.state = 'executed' AND a.moved_at = NEW.since
        AND n.email = NEW.email AND n.role = 'new' AND n.verified_at IS NOT NULL));
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER contacts_added;
DROP TABLE decoys;
DROP TRIGGER authenticators_wiped;
