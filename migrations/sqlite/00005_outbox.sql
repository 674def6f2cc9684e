-- +goose Up

-- What leaves the building. A row is the truth, a job only wakes a worker for it.
CREATE TABLE mails (
  id           TEXT    NOT NULL,
  marketplace  TEXT    NOT NULL,
  seller       TEXT    NOT NULL,
  action       TEXT, -- null for a mail about the seller alone
  kind         TEXT    NOT NULL,
  recipient    TEXT    NOT NULL,
  generation   INTEGER NOT NULL,
  serial       INTEGER NOT NULL,
  case_number  TEXT    NOT NULL, -- empty for none
  created_at   INTEGER NOT NULL,
  state        TEXT    NOT NULL,
  attempts     INTEGER NOT NULL,
  next_at      INTEGER, -- of the next attempt
  wake_at      INTEGER, -- when the sweeper wakes a worker for it
  leased_until INTEGER,
  settled_at   INTEGER,
  answer       TEXT    NOT NULL,
  CONSTRAINT mails_pkey PRIMARY KEY (id),
  CONSTRAINT mails_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT mails_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT mails_recipient CHECK (recipient <> ''),
  CONSTRAINT mails_state CHECK (state IN ('pending', 'accepted', 'refused', 'dropped')),
  CONSTRAINT mails_pending CHECK (
    (state = 'pending') = (next_at IS NOT NULL) AND (state = 'pending') = (wake_at IS NOT NULL)
    AND (state = 'pending') = (settled_at IS NULL) AND (state = 'pending' OR leased_until IS NULL))
) STRICT;
CREATE INDEX mails_next ON mails (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX mails_wake ON mails (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX mails_leased ON mails (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX mails_of_action ON mails (action) WHERE action IS NOT NULL;

CREATE TABLE deliveries (
  id           TEXT    NOT NULL,
  endpoint     TEXT    NOT NULL,
  type         TEXT    NOT NULL,
  seller       TEXT    NOT NULL,
  action       TEXT, -- null for what is about the seller alone
  action_state TEXT    NOT NULL,
  digest       TEXT    NOT NULL,
  sequence     INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  state        TEXT    NOT NULL,
  attempts     INTEGER NOT NULL,
  next_at      INTEGER,
  wake_at      INTEGER,
  leased_until INTEGER,
  settled_at   INTEGER,
  status       INTEGER NOT NULL, -- of the last answer, 0 for none
  answer       TEXT    NOT NULL,
  CONSTRAINT deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT deliveries_endpoint FOREIGN KEY (endpoint) REFERENCES endpoints (id),
  CONSTRAINT deliveries_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'dead')),
  CONSTRAINT deliveries_pending CHECK (
    (state = 'pending') = (next_at IS NOT NULL) AND (state = 'pending') = (wake_at IS NOT NULL)
    AND (state = 'pending') = (settled_at IS NULL) AND (state = 'pending' OR leased_until IS NULL))
) STRICT;
CREATE INDEX deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_wake ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (leased_until) WHERE leased_until IS NOT NULL;

-- One open case of a seller and reason; later trouble joins it.
CREATE TABLE cases (
  number      INTEGER NOT NULL CONSTRAINT cases_pkey PRIMARY KEY AUTOINCREMENT,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  reason      TEXT    NOT NULL,
  action      TEXT,
  opened_at   INTEGER NOT NULL,
  closed_at   INTEGER,
  CONSTRAINT cases_seller FOREIGN KEY (marketplace, seller) REFERENCES sellers (marketplace, id),
  CONSTRAINT cases_action FOREIGN KEY (action) REFERENCES actions (id)
) STRICT;
INSERT INTO sqlite_sequence (name, seq) VALUES ('cases', 10000);
CREATE UNIQUE INDEX cases_one_open ON cases (marketplace, seller, reason) WHERE closed_at IS NULL;

-- The answers given under Idempotency-Keys.
CREATE TABLE answers (
  marketplace  TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  request_hash TEXT    NOT NULL,
  action       TEXT,
  status       INTEGER NOT NULL,
  body         BLOB    NOT NULL, -- sealed
  answered_at  INTEGER NOT NULL,
  CONSTRAINT answers_pkey PRIMARY KEY (marketplace, key),
  CONSTRAINT answers_marketplace FOREIGN KEY (marketplace) REFERENCES marketplaces (id)
) STRICT;

-- Every destination ever asked for, whatever became of it.
CREATE TABLE sightings (
  id          TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  marketplace TEXT    NOT NULL,
  seller      TEXT    NOT NULL,
  action      TEXT, -- null where the request was refused
  seen_at     INTEGER NOT NULL,
  CONSTRAINT sightings_pkey PRIMARY KEY (id),
  CONSTRAINT sightings_fingerprint CHECK (fingerprint <> '')
) STRICT;
CREATE INDEX sightings_by_fingerprint ON sightings (fingerprint, seen_at);

-- What concerns the whole gateway: one row.
CREATE TABLE gateway (
  id           INTEGER NOT NULL,
  halted       INTEGER NOT NULL,
  halted_at    INTEGER,
  halted_by    TEXT,
  halt_reason  TEXT,
  clock_mark   INTEGER, -- the latest time any node has seen
  clock_offset INTEGER NOT NULL, -- microseconds, of a test gateway's clock
  CONSTRAINT gateway_pkey PRIMARY KEY (id),
  CONSTRAINT gateway_one_row CHECK (id = 1),
  CONSTRAINT gateway_halted_why CHECK (NOT halted OR (halted_at IS NOT NULL AND halted_by IS NOT NULL AND halt_reason IS NOT NULL)),
  CONSTRAINT gateway_halted_bool CHECK (halted IN (0, 1))
) STRICT;
INSERT INTO gateway (id, halted, clock_offset) VALUES (1, 0, 0);

-- A mail settled is settled; a delivery may be sent again.
-- +goose StatementBegin
CREATE TRIGGER mails_settled BEFORE UPDATE ON mails
WHEN OLD.state <> 'pending'
BEGIN SELECT RAISE(ABORT, 'mails_settled'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER mails_frozen BEFORE UPDATE OF id, marketplace, seller, action, kind, recipient, generation, serial, case_number, created_at
ON mails
BEGIN SELECT RAISE(ABORT, 'mails_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF id, endpoint, type, seller, action, action_state, digest, sequence, created_at
ON deliveries
BEGIN SELECT RAISE(ABORT, 'deliveries_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answers_frozen BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers_frozen'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sightings_kept_update BEFORE UPDATE ON sightings
BEGIN SELECT RAISE(ABORT, 'sightings_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sightings_kept_delete BEFORE DELETE ON sightings
BEGIN SELECT RAISE(ABORT, 'sightings_kept_delete'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER gateway_kept_delete BEFORE DELETE ON gateway
BEGIN SELECT RAISE(ABORT, 'gateway_kept_delete'); END;
-- +goose StatementEnd
-- The mark goes back only by the operator's word, in the step that lifts a halt.
-- +goose StatementBegin
CREATE TRIGGER gateway_clock BEFORE UPDATE ON gateway
WHEN OLD.clock_mark IS NOT NULL AND (NEW.clock_mark IS NULL OR (NEW.clock_mark < OLD.clock_mark AND NOT (OLD.halted AND NOT NEW.halted)))
BEGIN SELECT RAISE(ABORT, 'gateway_clock'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE mails;
DROP TABLE deliveries;
DROP TABLE cases;
DROP TABLE answers;
DROP TABLE sightings;
DROP TABLE gateway;
