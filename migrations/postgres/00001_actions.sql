-- +goose Up

CREATE TABLE marketplaces (
  id          text        NOT NULL,
  name        text        NOT NULL,
  return_urls text        NOT NULL, -- JSON array
  created_at  timestamptz NOT NULL,
  CONSTRAINT marketplaces_pkey PRIMARY KEY (id),
  CONSTRAINT marketplaces_id CHECK (id <> '')
);

CREATE TABLE api_keys (
  hash        bytea       NOT NULL, -- SHA-256 of the key
  marketplace text        NOT NULL,
  hint        text        NOT NULL,
  created_at  timestamptz NOT NULL,
  revoked_at  timestamptz,
  CONSTRAINT api_keys_pkey PRIMARY KEY (hash),
  CONSTRAINT api_keys_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT api_keys_hash CHECK (length(hash) = 32)
);

CREATE TABLE endpoints (
  id          uuid        NOT NULL,
  marketplace text        NOT NULL,
  url         text        NOT NULL,
  secrets     bytea       NOT NULL, -- sealed
  events      text        NOT NULL, -- JSON array, empty for all
  created_at  timestamptz NOT NULL,
  disabled_at timestamptz,
  CONSTRAINT endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT endpoints_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id)
);
CREATE INDEX endpoints_enabled ON endpoints (marketplace) WHERE disabled_at IS NULL;

CREATE TABLE sellers (
  marketplace text        NOT NULL,
  id          text        NOT NULL,
  name        text        NOT NULL,
  locale      text        NOT NULL,
  time_zone   text        NOT NULL,
  country     text        NOT NULL,
  locked      boolean     NOT NULL,
  lock_epoch  bigint      NOT NULL,
  locked_at   timestamptz,
  locked_by   text,
  created_at  timestamptz NOT NULL,
  CONSTRAINT sellers_pkey PRIMARY KEY (marketplace, id),
  CONSTRAINT sellers_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id),
  CONSTRAINT sellers_id CHECK (id <> ''),
  CONSTRAINT sellers_lock_epoch CHECK (lock_epoch >= 0),
  CONSTRAINT sellers_locked CHECK (NOT locked OR (locked_at IS NOT NULL AND locked_by IS NOT NULL AND lock_epoch > 0))
);

CREATE TABLE contacts (
  marketplace text        NOT NULL,
  seller      text        NOT NULL,
  email       text        NOT NULL,
  position    bigint      NOT NULL,
  since       timestamptz NOT NULL,
  CONSTRAINT contacts_pkey PRIMARY KEY (marketplace, seller, email),
  CONSTRAINT contacts_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT contacts_email CHECK (email <> '')
);

CREATE TABLE actions (
  id             uuid        NOT NULL,
  marketplace    text        NOT NULL,
  seller         text        NOT NULL,
  kind           text        NOT NULL,
  reference      text        NOT NULL,
  details        bytea       NOT NULL, -- sealed
  digest         bytea       NOT NULL,
  fingerprint    text        NOT NULL,
  context        text        NOT NULL,
  return_url     text        NOT NULL,
  metadata       text,
  created_at     timestamptz NOT NULL,
  state          text        NOT NULL,
  held_from      text,
  hold           text,
  cancel         text,
  generation     bigint      NOT NULL,
  lock_epoch     bigint      NOT NULL,
  decision       text        NOT NULL,
  wait           bigint      NOT NULL, -- microseconds
  step_up_by     timestamptz NOT NULL,
  notify_by      timestamptz,
  not_before     timestamptz,
  confirm_by     timestamptz,
  renew_at       timestamptz,
  claim_by       timestamptz,
  result_by      timestamptz,
  hold_by        timestamptz,
  claim          bigint, -- number of the newest claim
  claimed_at     timestamptz,
  confirm_serial bigint      NOT NULL,
  resends        bigint      NOT NULL,
  resent_at      timestamptz,
  version        bigint      NOT NULL,
  moved_at       timestamptz NOT NULL,
  ended_at       timestamptz,
  due_at         timestamptz,
  CONSTRAINT actions_pkey PRIMARY KEY (id),
  CONSTRAINT actions_digest UNIQUE (id, digest),
  CONSTRAINT actions_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT actions_digest_size CHECK (length(digest) = 32),
  CONSTRAINT actions_fingerprint CHECK (fingerprint <> ''),
  CONSTRAINT actions_numbers CHECK (
    version > 0 AND generation > 0 AND lock_epoch >= 0 AND wait >= 0 AND confirm_serial >= 0 AND resends >= 0 AND claim > 0),
  CONSTRAINT actions_moved_at CHECK (moved_at >= created_at),
  CONSTRAINT actions_state CHECK (state IN (
    'awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved', 'releasing', 'executed',
    'execution_failed', 'unresolved', 'held', 'cancelled', 'denied', 'expired', 'failed')),
  CONSTRAINT actions_held CHECK (
    (state = 'held') = (held_from IS NOT NULL) AND (state = 'held') = (hold IS NOT NULL)
    AND (state <> 'held' OR hold_by IS NOT NULL)),
  CONSTRAINT actions_held_from CHECK (
    held_from IN ('awaiting_step_up', 'notifying', 'cooling_off', 'awaiting_confirmation', 'approved')),
  CONSTRAINT actions_cancelled CHECK ((state = 'cancelled') = (cancel IS NOT NULL)),
  CONSTRAINT actions_ended CHECK (
    (state IN ('executed', 'cancelled', 'denied', 'expired', 'failed')) = (ended_at IS NOT NULL)),
  CONSTRAINT actions_claimed CHECK (
    (state IN ('releasing', 'executed', 'execution_failed', 'unresolved')) = (claim IS NOT NULL)
    AND (claim IS NOT NULL) = (claimed_at IS NOT NULL) AND (claim IS NOT NULL) = (result_by IS NOT NULL)),
  CONSTRAINT actions_deadlines CHECK ((CASE state
    WHEN 'notifying' THEN notify_by IS NOT NULL
    WHEN 'cooling_off' THEN not_before IS NOT NULL
    WHEN 'awaiting_confirmation' THEN not_before IS NOT NULL AND confirm_by > not_before
    WHEN 'approved' THEN not_before IS NOT NULL AND confirm_by > not_before AND claim_by > not_before
    WHEN 'releasing' THEN not_before IS NOT NULL AND confirm_by > not_before AND claim_by > not_before
    WHEN 'executed' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    WHEN 'execution_failed' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    WHEN 'unresolved' THEN not_before IS NOT NULL AND claim_by IS NOT NULL
    ELSE true END) IS TRUE),
  CONSTRAINT actions_due_at CHECK (due_at IS NOT DISTINCT FROM CASE state
    WHEN 'awaiting_step_up' THEN step_up_by
    WHEN 'notifying' THEN notify_by
    WHEN 'cooling_off' THEN not_before
    WHEN 'awaiting_confirmation' THEN CASE WHEN renew_at < confirm_by THEN renew_at ELSE confirm_by END
    WHEN 'approved' THEN claim_by
    WHEN 'releasing' THEN result_by
    WHEN 'held' THEN hold_by END)
);
-- One open action of a seller and kind.
CREATE UNIQUE INDEX actions_one_open ON actions (marketplace, seller, kind)
  WHERE state NOT IN ('executed', 'execution_failed', 'cancelled', 'denied', 'expired', 'failed');
CREATE INDEX actions_due ON actions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX actions_by_marketplace ON actions (marketplace, id);
CREATE INDEX actions_by_seller ON actions (marketplace, seller, id);
CREATE INDEX actions_by_state ON actions (marketplace, state, id);

CREATE TABLE events (
  id          uuid        NOT NULL,
  marketplace text,
  seller      text,
  action      uuid,
  version     bigint, -- of the action that this move made; null for what moved nothing
  generation  bigint      NOT NULL,
  verb        text        NOT NULL,
  from_state  text,
  to_state    text,
  actor_type  text        NOT NULL,
  actor_id    text,
  occurred_at timestamptz NOT NULL,
  data        text, -- JSON object
  CONSTRAINT events_pkey PRIMARY KEY (id),
  CONSTRAINT events_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT events_version CHECK (version IS NULL OR (version > 0 AND action IS NOT NULL AND to_state IS NOT NULL))
);
CREATE UNIQUE INDEX events_of_action ON events (action, version);
-- A move cannot commit without its event.
ALTER TABLE actions ADD CONSTRAINT actions_event
  FOREIGN KEY (id, version) REFERENCES events (action, version) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE notices (
  action      uuid   NOT NULL,
  email       text   NOT NULL,
  position    bigint NOT NULL,
  accepted_at timestamptz,
  refused_at  timestamptz,
  CONSTRAINT notices_pkey PRIMARY KEY (action, email),
  CONSTRAINT notices_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT notices_outcome CHECK (accepted_at IS NULL OR refused_at IS NULL)
);

CREATE TABLE proofs (
  id            uuid        NOT NULL,
  action        uuid        NOT NULL,
  generation    bigint      NOT NULL,
  stage         text        NOT NULL,
  method        text        NOT NULL,
  authenticator text        NOT NULL,
  digest        bytea       NOT NULL,
  uv            boolean     NOT NULL,
  spent         text        NOT NULL,
  evidence      bytea       NOT NULL,
  proved_at     timestamptz NOT NULL,
  CONSTRAINT proofs_pkey PRIMARY KEY (id),
  CONSTRAINT proofs_digest FOREIGN KEY (action, digest) REFERENCES actions (id, digest),
  CONSTRAINT proofs_stage CHECK (stage IN ('step_up', 'confirmation')),
  CONSTRAINT proofs_uv CHECK (method <> 'passkey' OR uv),
  CONSTRAINT proofs_not_empty CHECK (spent <> '' AND authenticator <> '' AND method <> '')
);
CREATE UNIQUE INDEX proofs_once ON proofs (action, generation, stage);
CREATE UNIQUE INDEX proofs_spent ON proofs (spent);

CREATE TABLE links (
  hash       bytea   NOT NULL, -- SHA-256 of the token
  action     uuid    NOT NULL,
  purpose    text    NOT NULL,
  serial     bigint  NOT NULL,
  expires_at timestamptz,
  replaced   boolean NOT NULL,
  spent_at   timestamptz,
  CONSTRAINT links_pkey PRIMARY KEY (action, purpose, serial),
  CONSTRAINT links_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT links_hash CHECK (length(hash) = 32),
  CONSTRAINT links_purpose CHECK (purpose IN ('handoff', 'confirm', 'stop')),
  CONSTRAINT links_stop CHECK ((purpose = 'stop') = (expires_at IS NULL) AND (purpose <> 'stop' OR (spent_at IS NULL AND NOT replaced)))
);
CREATE UNIQUE INDEX links_by_hash ON links (hash);

CREATE TABLE claims (
  action     uuid        NOT NULL,
  number     bigint      NOT NULL,
  digest     bytea       NOT NULL,
  claimed_at timestamptz NOT NULL,
  CONSTRAINT claims_pkey PRIMARY KEY (action, number),
  CONSTRAINT claims_digest FOREIGN KEY (action, digest) REFERENCES actions (id, digest)
);
-- A release cannot commit without its claim.
ALTER TABLE actions ADD CONSTRAINT actions_claim
  FOREIGN KEY (id, claim) REFERENCES claims (action, number) DEFERRABLE INITIALLY DEFERRED;

-- +goose Down
DROP TABLE links, notices, claims, proofs, events, actions, contacts, sellers, endpoints, api_keys, marketplaces;
