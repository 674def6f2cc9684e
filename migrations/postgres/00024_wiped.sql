-- +goose Up

-- What was switched off for good keeps no secret: neither the seed of an app nor the key of a passkey. Its evidence has the
-- public key that proofs verify with.
UPDATE authenticators SET sealed = '' WHERE disabled_at IS NOT NULL;
CREATE TRIGGER authenticators_wiped BEFORE UPDATE OF sealed, disabled_at ON authenticators FOR EACH ROW
WHEN ((NEW.disabled_at IS NULL) <> (length(NEW.sealed) > 0))
EXECUTE FUNCTION refuse_auth();

-- Read and counted where a seller has nothing that a try could be counted against, so that the answer costs the same: a row
-- is as long as an app's, and as much is looked at when it is written.
CREATE TABLE decoys (
  id           uuid        NOT NULL,
  marketplace  text        NOT NULL,
  seller       text        NOT NULL,
  name         text        NOT NULL,
  provider     text        NOT NULL,
  filler       bytea       NOT NULL,
  last_step    bigint      NOT NULL,
  failures     bigint      NOT NULL,
  created_at   timestamptz NOT NULL,
  usable_from  timestamptz NOT NULL,
  last_used_at timestamptz,
  disabled_at  timestamptz,
  CONSTRAINT decoys_pkey PRIMARY KEY (id),
  CONSTRAINT decoys_numbers CHECK (failures BETWEEN 0 AND 100 AND last_step > 0)
);
INSERT INTO decoys (id, marketplace, seller, name, provider, filler, last_step, failures, created_at, usable_from)
SELECT CAST('00000000-0000-0000-0000-0000000000' || lpad(CAST(i AS text), 2, '0') AS uuid), 'marketplace', 'seller', 'app', '', decode(repeat('00', 60), 'hex'),
  1, 0, 'epoch', 'epoch' FROM generate_series(0, 63) AS i;

-- An address is one of a seller's from the first action on, or comes by an executed contact.change that had it verified. It is
-- not that of somebody who agrees, or is invited to.
-- +goose StatementBegin
CREATE FUNCTION contacts_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.retired_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM approvers p WHERE p.marketplace = NEW.marketplace AND p.seller = NEW.seller AND lower(p.email) = lower(NEW.email)
      AND p.removed_at IS NULL AND (p.joined_at IS NOT NULL OR p.invited_until > NEW.since))
    OR NOT (
    (EXISTS (SELECT 1 FROM sellers s WHERE s.marketplace = NEW.marketplace AND s.id = NEW.seller AND s.created_at = NEW.since)
      AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller))
    OR EXISTS (SELECT 1 FROM actions a JOIN notices n ON n.action = a.id
      WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller AND a.kind = 'contact.change' AND a.state = 'executed' AND a.moved_at = NEW.since
        AND n.email = NEW.email AND n.role = 'new' AND n.verified_at IS NOT NULL)) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER contacts_added BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION contacts_added();

-- +goose Down
DROP TRIGGER contacts_added ON contacts;
DROP FUNCTION contacts_added;
DROP TABLE decoys;
DROP TRIGGER authenticators_wiped ON authenticators;
