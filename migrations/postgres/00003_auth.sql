-- +goose Up

-- refuse_auth stops the statement in the name of the trigger.
-- +goose StatementBegin
CREATE FUNCTION refuse_auth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'refused by %', TG_NAME USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
-- +goose StatementEnd

-- The WebAuthn user.id of a seller: random, and nothing a person is known by.
CREATE TABLE user_handles (
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  handle      bytea       NOT NULL,
  CONSTRAINT user_handles_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT user_handles_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT user_handles_size CHECK (length(handle) = 64)
);
CREATE UNIQUE INDEX user_handles_once ON user_handles (handle);

CREATE TABLE authenticators (
  id              uuid        NOT NULL,
  marketplace     text        NOT NULL,
  seller          text        NOT NULL,
  method          text        NOT NULL,
  added           text        NOT NULL, -- how it was enrolled
  name            text        NOT NULL,
  provider        text        NOT NULL,
  sealed          bytea       NOT NULL, -- the seed, or the passkey's key
  credential_id   bytea,
  transports      text        NOT NULL, -- separated by blanks
  backup_eligible boolean     NOT NULL,
  backed_up       boolean     NOT NULL,
  sign_count      bigint, -- of a passkey
  last_step       bigint, -- of an app: the step last spent
  failures        bigint      NOT NULL, -- in a row
  created_at      timestamptz NOT NULL,
  usable_from     timestamptz NOT NULL,
  last_used_at    timestamptz,
  disabled_at     timestamptz,
  CONSTRAINT authenticators_pkey PRIMARY KEY (id),
  CONSTRAINT authenticators_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT authenticators_method CHECK (method IN ('passkey', 'totp')),
  CONSTRAINT authenticators_passkey CHECK (
    (method = 'passkey') = (credential_id IS NOT NULL) AND (method = 'passkey') = (sign_count IS NOT NULL)),
  CONSTRAINT authenticators_totp CHECK ((method = 'totp') = (last_step IS NOT NULL)),
  CONSTRAINT authenticators_credential_size CHECK (length(credential_id) BETWEEN 1 AND 1023),
  CONSTRAINT authenticators_added CHECK (added IN ('first')),
  CONSTRAINT authenticators_backup CHECK (backup_eligible OR NOT backed_up),
  CONSTRAINT authenticators_numbers CHECK (failures BETWEEN 0 AND 100 AND sign_count BETWEEN 0 AND 4294967295 AND last_step > 0),
  CONSTRAINT authenticators_times CHECK (usable_from >= created_at)
);
-- A credential belongs to one seller of one marketplace.
CREATE UNIQUE INDEX authenticators_credential ON authenticators (credential_id);
-- Enrolment without a proof happens once.
CREATE UNIQUE INDEX authenticators_first ON authenticators (marketplace, seller) WHERE added = 'first';
CREATE INDEX authenticators_of_seller ON authenticators (marketplace, seller, id);

CREATE TRIGGER authenticators_frozen BEFORE UPDATE OF id, marketplace, seller, method, added, credential_id, backup_eligible, created_at
ON authenticators FOR EACH ROW EXECUTE FUNCTION refuse_auth();

-- Steps and counters only rise, and a wait is never shortened.
CREATE TRIGGER authenticators_rising BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (NEW.last_step < OLD.last_step OR NEW.sign_count < OLD.sign_count OR NEW.usable_from < OLD.usable_from)
EXECUTE FUNCTION refuse_auth();

-- What was switched off stays off and proves nothing.
CREATE TRIGGER authenticators_final BEFORE UPDATE ON authenticators FOR EACH ROW
WHEN (OLD.disabled_at IS NOT NULL AND (NEW.disabled_at IS DISTINCT FROM OLD.disabled_at OR NEW.last_used_at IS DISTINCT FROM OLD.last_used_at))
EXECUTE FUNCTION refuse_auth();

-- A ceremony that waits for its answer. A row is deleted by the statement that reads it.
CREATE TABLE challenges (
  hash        bytea       NOT NULL, -- SHA-256 of the challenge
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  action      uuid, -- null for an enrolment
  generation  bigint      NOT NULL,
  stage       text        NOT NULL, -- empty for an enrolment
  digest      bytea       NOT NULL,
  ceremony    bytea       NOT NULL, -- JSON
  slot        bigint      NOT NULL, -- so that few live at once
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  CONSTRAINT challenges_pkey PRIMARY KEY (hash),
  CONSTRAINT challenges_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT challenges_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT challenges_sizes CHECK (length(hash) = 32 AND length(digest) = 32),
  CONSTRAINT challenges_stage CHECK (stage IN ('', 'step_up', 'confirmation') AND (stage = '') = (action IS NULL)),
  CONSTRAINT challenges_slot CHECK (slot BETWEEN 0 AND 4),
  CONSTRAINT challenges_times CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX challenges_of_action ON challenges (action, stage, slot) WHERE action IS NOT NULL;
CREATE UNIQUE INDEX challenges_of_enrolment ON challenges (marketplace, seller, slot) WHERE action IS NULL;
CREATE INDEX challenges_expiring ON challenges (expires_at);

-- Seeds no code has confirmed yet.
CREATE TABLE enrolments (
  id          uuid        NOT NULL,
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  account     text        NOT NULL,
  sealed      bytea       NOT NULL,
  slot        bigint      NOT NULL,
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  CONSTRAINT enrolments_pkey PRIMARY KEY (id),
  CONSTRAINT enrolments_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT enrolments_slot CHECK (slot BETWEEN 0 AND 4),
  CONSTRAINT enrolments_times CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX enrolments_of_seller ON enrolments (marketplace, seller, slot);
CREATE INDEX enrolments_expiring ON enrolments (expires_at);

-- How a seller's tries stand, over all methods, actions and nodes.
CREATE TABLE proving (
  marketplace   text        NOT NULL,
  seller        text        NOT NULL,
  failures      bigint      NOT NULL, -- in a row
  blocks        bigint      NOT NULL, -- in a row: each is longer than the one before
  blocked_until timestamptz,
  tried_at      timestamptz NOT NULL,
  CONSTRAINT proving_pkey PRIMARY KEY (marketplace, seller),
  CONSTRAINT proving_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT proving_numbers CHECK (failures BETWEEN 0 AND 4 AND blocks >= 0),
  CONSTRAINT proving_blocked CHECK ((blocks > 0) = (blocked_until IS NOT NULL))
);

CREATE TABLE sessions (
  hash        bytea       NOT NULL, -- SHA-256 of the id in the cookie
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  content     bytea       NOT NULL, -- JSON
  proved      boolean     NOT NULL,
  created_at  timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL,
  ended_at    timestamptz, -- the row stays for a while, so that a late save does not revive it
  CONSTRAINT sessions_pkey PRIMARY KEY (hash),
  CONSTRAINT sessions_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT sessions_hash CHECK (length(hash) = 32)
);
CREATE INDEX sessions_idle ON sessions (seen_at);
CREATE INDEX sessions_old ON sessions (created_at);

CREATE TRIGGER sessions_frozen BEFORE UPDATE OF hash, marketplace, seller, created_at ON sessions FOR EACH ROW EXECUTE FUNCTION refuse_auth();

-- An ended session does not come back, and a proof is not forgotten.
CREATE TRIGGER sessions_final BEFORE UPDATE ON sessions FOR EACH ROW
WHEN (OLD.ended_at IS NOT NULL OR (OLD.proved AND NOT NEW.proved))
EXECUTE FUNCTION refuse_auth();

CREATE TRIGGER user_handles_frozen BEFORE UPDATE ON user_handles FOR EACH ROW EXECUTE FUNCTION refuse_auth();

-- +goose Down
DROP TABLE sessions, proving, enrolments, challenges, authenticators, user_handles;
DROP FUNCTION refuse_auth;
