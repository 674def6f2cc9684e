-- +goose Up

-- Another person on a seller's account, who agrees or stops and does nothing else. The row comes with the action that
-- invites them, and has its id.
CREATE TABLE approvers (
  id uuid NOT NULL,
  marketplace text NOT NULL,
  seller text NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  invited_at timestamptz NOT NULL,
  invited_until timestamptz NOT NULL,
  joined_at timestamptz, -- the invitation is spent
  usable_from timestamptz, -- their word counts for nothing before
  removed_at timestamptz,
  CONSTRAINT approvers_pkey PRIMARY KEY (id),
  CONSTRAINT approvers_action FOREIGN KEY (id) REFERENCES actions (id),
  CONSTRAINT approvers_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT approvers_not_empty CHECK (name <> '' AND email <> ''),
  CONSTRAINT approvers_times CHECK (invited_until > invited_at AND joined_at < invited_until AND usable_from >= joined_at
    AND (joined_at IS NULL) = (usable_from IS NULL) AND removed_at >= invited_at)
);
CREATE INDEX approvers_of_seller ON approvers (marketplace, seller, id);

-- They come by an executed approver.add of their seller, three at most, and are no contact of the seller.
-- +goose StatementBegin
CREATE FUNCTION approvers_invited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.joined_at IS NOT NULL OR NEW.removed_at IS NOT NULL OR NOT EXISTS (
      SELECT 1 FROM actions a WHERE a.id = NEW.id AND a.marketplace = NEW.marketplace AND a.seller = NEW.seller
        AND a.kind = 'approver.add' AND a.state = 'executed')
    OR EXISTS (SELECT 1 FROM contacts c WHERE c.marketplace = NEW.marketplace AND c.seller = NEW.seller AND lower(c.email) = lower(NEW.email))
    OR EXISTS (SELECT count(*) FROM approvers p WHERE p.marketplace = NEW.marketplace AND p.seller = NEW.seller AND p.removed_at IS NULL
      AND (p.joined_at IS NOT NULL OR p.invited_until > NEW.invited_at) HAVING count(*) >= 3) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER approvers_invited BEFORE INSERT ON approvers FOR EACH ROW EXECUTE FUNCTION approvers_invited();
CREATE TRIGGER approvers_frozen BEFORE UPDATE OF id, marketplace, seller, name, email, invited_at, invited_until ON approvers FOR EACH ROW EXECUTE FUNCTION refuse();
-- They join once, and who was removed does not come back.
CREATE TRIGGER approvers_once BEFORE UPDATE ON approvers FOR EACH ROW
WHEN (OLD.removed_at IS NOT NULL OR (OLD.joined_at IS NOT NULL
  AND (NEW.joined_at IS DISTINCT FROM OLD.joined_at OR NEW.usable_from IS DISTINCT FROM OLD.usable_from))) EXECUTE FUNCTION refuse();
-- They go by an executed approver.remove.
-- +goose StatementBegin
CREATE FUNCTION approvers_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM actions a WHERE a.marketplace = NEW.marketplace AND a.seller = NEW.seller
      AND a.kind = 'approver.remove' AND a.state = 'executed' AND a.moved_at = NEW.removed_at) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER approvers_removed BEFORE UPDATE ON approvers FOR EACH ROW
WHEN (NEW.removed_at IS NOT NULL) EXECUTE FUNCTION approvers_removed();
CREATE TRIGGER approvers_kept BEFORE DELETE ON approvers FOR EACH ROW EXECUTE FUNCTION refuse();

-- The one passkey of an approver, with the approver's id.
CREATE TABLE approver_passkeys (
  id uuid NOT NULL,
  provider text NOT NULL,
  sealed bytea NOT NULL, -- the public key, and all that decides
  credential_id bytea NOT NULL,
  transports text NOT NULL, -- separated by blanks
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  sign_count bigint NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CONSTRAINT approver_passkeys_pkey PRIMARY KEY (id),
  CONSTRAINT approver_passkeys_approver FOREIGN KEY (id) REFERENCES approvers (id),
  CONSTRAINT approver_passkeys_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT approver_passkeys_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT approver_passkeys_count CHECK (sign_count BETWEEN 0 AND 4294967295)
);
CREATE UNIQUE INDEX approver_passkeys_credential ON approver_passkeys (credential_id);

-- It is nobody's passkey yet.
-- +goose StatementBegin
CREATE FUNCTION approver_passkeys_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM authenticators a WHERE a.credential_id = NEW.credential_id) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER approver_passkeys_own BEFORE INSERT ON approver_passkeys FOR EACH ROW EXECUTE FUNCTION approver_passkeys_own();
-- And does not become a seller's later.
-- +goose StatementBegin
CREATE FUNCTION authenticators_own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM approver_passkeys p WHERE p.credential_id = NEW.credential_id) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER authenticators_own BEFORE INSERT ON authenticators FOR EACH ROW
WHEN (NEW.credential_id IS NOT NULL)
EXECUTE FUNCTION authenticators_own();
CREATE TRIGGER approver_passkeys_frozen BEFORE UPDATE OF id, credential_id, backup_eligible, created_at ON approver_passkeys FOR EACH ROW EXECUTE FUNCTION refuse_auth();
CREATE TRIGGER approver_passkeys_rising BEFORE UPDATE ON approver_passkeys FOR EACH ROW
WHEN (NEW.sign_count < OLD.sign_count) EXECUTE FUNCTION refuse_auth();
CREATE TRIGGER approver_passkeys_removed_key_insert BEFORE INSERT ON approver_passkeys FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();
CREATE TRIGGER approver_passkeys_removed_key_update BEFORE UPDATE OF sealed ON approver_passkeys FOR EACH ROW WHEN (key_removed(NEW.sealed)) EXECUTE FUNCTION refuse_key();

-- A ceremony of an approver that waits for its answer, five at most. A row is deleted by the statement that reads it.
CREATE TABLE approver_challenges (
  hash bytea NOT NULL, -- SHA-256 of the challenge
  approver uuid NOT NULL,
  purpose text NOT NULL,
  subject bytea NOT NULL, -- SHA-256 of what it is about
  ceremony bytea NOT NULL, -- JSON
  slot bigint NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT approver_challenges_pkey PRIMARY KEY (hash),
  CONSTRAINT approver_challenges_approver FOREIGN KEY (approver) REFERENCES approvers (id),
  CONSTRAINT approver_challenges_purpose CHECK (purpose IN ('join', 'approve')),
  CONSTRAINT approver_challenges_sizes CHECK (length(hash) = 32 AND length(subject) = 32),
  CONSTRAINT approver_challenges_slot CHECK (slot BETWEEN 0 AND 4),
  CONSTRAINT approver_challenges_times CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX approver_challenges_of_slot ON approver_challenges (approver, slot);
CREATE INDEX approver_challenges_expiring ON approver_challenges (expires_at);

-- What was mailed to an approver: an invitation, or a link to one action.
CREATE TABLE approver_links (
  hash bytea NOT NULL, -- SHA-256 of the token
  action uuid NOT NULL,
  approver uuid NOT NULL,
  purpose text NOT NULL,
  serial bigint NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT approver_links_pkey PRIMARY KEY (hash),
  CONSTRAINT approver_links_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT approver_links_approver FOREIGN KEY (approver) REFERENCES approvers (id),
  CONSTRAINT approver_links_purpose CHECK (purpose IN ('join', 'approve') AND (purpose = 'join') = (action = approver)),
  CONSTRAINT approver_links_hash CHECK (length(hash) = 32)
);
CREATE TRIGGER approver_links_frozen BEFORE UPDATE ON approver_links FOR EACH ROW EXECUTE FUNCTION refuse();

-- The proof of an approver: one of a generation, bound to the digest, and nobody else's.
CREATE TABLE approver_proofs (
  id uuid NOT NULL,
  action uuid NOT NULL,
  generation bigint NOT NULL,
  approver uuid NOT NULL,
  digest bytea NOT NULL,
  spent text NOT NULL,
  evidence bytea NOT NULL, -- JSON
  proved_at timestamptz NOT NULL,
  CONSTRAINT approver_proofs_pkey PRIMARY KEY (id),
  CONSTRAINT approver_proofs_digest FOREIGN KEY (action, digest) REFERENCES actions (id, digest),
  CONSTRAINT approver_proofs_approver FOREIGN KEY (approver) REFERENCES approvers (id),
  CONSTRAINT approver_proofs_not_empty CHECK (spent <> '')
);
CREATE UNIQUE INDEX approver_proofs_once ON approver_proofs (action, generation);
CREATE UNIQUE INDEX approver_proofs_spent ON approver_proofs (spent);

-- It is made while its action waits for it, by somebody of the same seller whose word counts then.
-- +goose StatementBegin
CREATE FUNCTION approver_proofs_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
      SELECT 1 FROM actions a JOIN approvers p ON p.marketplace = a.marketplace AND p.seller = a.seller
      WHERE a.id = NEW.action AND a.generation = NEW.generation AND a.state = 'awaiting_confirmation'
        AND NEW.proved_at >= a.not_before AND NEW.proved_at <= a.confirm_by
        AND p.id = NEW.approver AND p.usable_from <= NEW.proved_at AND p.removed_at IS NULL)
    OR EXISTS (SELECT 1 FROM proofs o WHERE o.spent = NEW.spent) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER approver_proofs_in_time BEFORE INSERT ON approver_proofs FOR EACH ROW EXECUTE FUNCTION approver_proofs_in_time();
CREATE TRIGGER approver_proofs_kept_update BEFORE UPDATE ON approver_proofs FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER approver_proofs_kept_delete BEFORE DELETE ON approver_proofs FOR EACH ROW EXECUTE FUNCTION refuse();

-- Generations of actions that need another person's proof. That is never taken back.
CREATE TABLE approvals_asked (
  action uuid NOT NULL,
  generation bigint NOT NULL,
  CONSTRAINT approvals_asked_pkey PRIMARY KEY (action, generation),
  CONSTRAINT approvals_asked_action FOREIGN KEY (action) REFERENCES actions (id)
);
CREATE TRIGGER approvals_asked_kept_update BEFORE UPDATE ON approvals_asked FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER approvals_asked_kept_delete BEFORE DELETE ON approvals_asked FOR EACH ROW EXECUTE FUNCTION refuse();
-- No approval and no release without that person's proof.
-- +goose StatementBegin
CREATE FUNCTION actions_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM approvals_asked n WHERE n.action = NEW.id AND n.generation = NEW.generation)
    AND NOT EXISTS (
    SELECT 1 FROM approver_proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.digest = NEW.digest
      AND p.proved_at >= NEW.not_before AND p.proved_at <= NEW.confirm_by) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER actions_agreed BEFORE UPDATE ON actions FOR EACH ROW
WHEN (NEW.state <> OLD.state AND NEW.state IN ('approved', 'releasing')) EXECUTE FUNCTION actions_agreed();

-- What a confirmation says it rests on is there: another person's proof of the same, or agents who freed it since.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION actions_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.stage = 'confirmation'
      AND CASE p.independent WHEN 'passkey' THEN true WHEN 'device' THEN true WHEN 'agents' THEN NEW.generation > 1
        WHEN 'approver' THEN EXISTS (SELECT 1 FROM approver_proofs o WHERE o.action = NEW.id AND o.generation = NEW.generation AND o.digest = NEW.digest)
        ELSE false END) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION actions_independent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM proofs p WHERE p.action = NEW.id AND p.generation = NEW.generation AND p.stage = 'confirmation' AND p.independent IS NOT NULL) THEN
    RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
-- +goose StatementEnd
DROP TRIGGER authenticators_own ON authenticators;
DROP TRIGGER actions_agreed ON actions;
DROP TABLE approvals_asked;
DROP TABLE approver_proofs;
DROP TABLE approver_links;
DROP TABLE approver_challenges;
DROP TABLE approver_passkeys;
DROP TABLE approvers;
DROP FUNCTION approvers_invited, approvers_removed, approver_passkeys_own, authenticators_own, approver_proofs_in_time, actions_agreed;
