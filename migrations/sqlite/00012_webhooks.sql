-- +goose Up

-- What marketplaces are told: the thin events of webhooks and of GET /v1/events.
CREATE TABLE announcements (
  id           TEXT    NOT NULL, -- the webhook-id
  marketplace  TEXT    NOT NULL,
  type         TEXT    NOT NULL,
  seller       TEXT    NOT NULL, -- empty for what is about an endpoint
  action       TEXT, -- null for what is about the seller alone
  endpoint     TEXT, -- that it is about
  action_state TEXT    NOT NULL,
  digest       TEXT    NOT NULL,
  sequence     INTEGER NOT NULL,
  occurred_at  INTEGER NOT NULL,
  tx           INTEGER NOT NULL DEFAULT 0, -- writers take turns here: the row's number orders them
  CONSTRAINT announcements_pkey PRIMARY KEY (id),
  CONSTRAINT announcements_action FOREIGN KEY (action) REFERENCES actions (id)
) STRICT;
CREATE INDEX announcements_feed ON announcements (marketplace, tx);
-- +goose StatementBegin
CREATE TRIGGER announcements_kept_update BEFORE UPDATE ON announcements
BEGIN SELECT RAISE(ABORT, 'announcements_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER announcements_kept_delete BEFORE DELETE ON announcements
BEGIN SELECT RAISE(ABORT, 'announcements_kept_delete'); END;
-- +goose StatementEnd

-- Health of an endpoint, and why it gets no webhooks.
ALTER TABLE endpoints ADD COLUMN disabled_why TEXT;
ALTER TABLE endpoints ADD COLUMN failures INTEGER NOT NULL DEFAULT 0; -- in a row
ALTER TABLE endpoints ADD COLUMN opens_at INTEGER; -- it asked to be left alone until then
ALTER TABLE endpoints ADD COLUMN turn_at INTEGER; -- the next turn of those that wait for it
UPDATE endpoints SET disabled_why = 'gone' WHERE disabled_at IS NOT NULL;
CREATE INDEX endpoints_of_marketplace ON endpoints (marketplace, id);
-- An endpoint that moves is another endpoint.
-- +goose StatementBegin
CREATE TRIGGER endpoints_frozen BEFORE UPDATE OF id, marketplace, url, events, created_at
ON endpoints
BEGIN SELECT RAISE(ABORT, 'endpoints_frozen'); END;
-- +goose StatementEnd

-- A delivery is one event on its way to one endpoint, in rounds of ten attempts.
ALTER TABLE deliveries RENAME TO deliveries_before;
CREATE TABLE deliveries (
  id           TEXT    NOT NULL,
  endpoint     TEXT    NOT NULL,
  event        TEXT    NOT NULL, -- the webhook-id
  about        TEXT, -- the endpoint that the event is about
  type         TEXT    NOT NULL,
  seller       TEXT    NOT NULL,
  action       TEXT, -- null for what is about the seller alone
  action_state TEXT    NOT NULL,
  digest       TEXT    NOT NULL,
  sequence     INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  state        TEXT    NOT NULL,
  attempts     INTEGER NOT NULL,
  base         INTEGER NOT NULL DEFAULT 0, -- attempts of earlier rounds
  begun_at     INTEGER NOT NULL, -- of this round
  paced        INTEGER NOT NULL DEFAULT 0, -- it has a turn
  next_at      INTEGER,
  wake_at      INTEGER,
  leased_until INTEGER,
  settled_at   INTEGER,
  status       INTEGER NOT NULL, -- of the last answer, 0 for none
  answer       TEXT    NOT NULL,
  CONSTRAINT deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT deliveries_endpoint FOREIGN KEY (endpoint) REFERENCES endpoints (id),
  CONSTRAINT deliveries_action FOREIGN KEY (action) REFERENCES actions (id),
  CONSTRAINT deliveries_paced_bool CHECK (paced IN (0, 1)),
  CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'dead')),
  CONSTRAINT deliveries_pending CHECK (
    (state = 'pending') = (next_at IS NOT NULL) AND (state = 'pending') = (wake_at IS NOT NULL)
    AND (state = 'pending') = (settled_at IS NULL) AND (state = 'pending' OR leased_until IS NULL))
) STRICT;
INSERT INTO deliveries (id, endpoint, event, type, seller, action, action_state, digest, sequence, created_at, state, attempts, begun_at,
    next_at, wake_at, leased_until, settled_at, status, answer)
  SELECT id, endpoint, id, type, seller, action, action_state, digest, sequence, created_at, state, attempts, created_at,
    next_at, wake_at, leased_until, settled_at, status, answer FROM deliveries_before ORDER BY id;
DROP TABLE deliveries_before;
CREATE INDEX deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_wake ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (leased_until) WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_of_endpoint ON deliveries (endpoint, id);
CREATE INDEX deliveries_undelivered ON deliveries (endpoint, id) WHERE state <> 'delivered';
CREATE INDEX deliveries_paced ON deliveries (endpoint, next_at) WHERE paced;
-- +goose StatementBegin
CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF id, endpoint, event, about, type, seller, action, action_state, digest, sequence, created_at
ON deliveries
BEGIN SELECT RAISE(ABORT, 'deliveries_frozen'); END;
-- +goose StatementEnd

CREATE TABLE delivery_attempts (
  delivery     TEXT    NOT NULL,
  number       INTEGER NOT NULL,
  attempted_at INTEGER NOT NULL,
  status       INTEGER NOT NULL, -- 0 when there was no answer
  latency      INTEGER NOT NULL, -- microseconds
  answer       TEXT    NOT NULL, -- its first kilobyte
  CONSTRAINT delivery_attempts_pkey PRIMARY KEY (delivery, number),
  CONSTRAINT delivery_attempts_delivery FOREIGN KEY (delivery) REFERENCES deliveries (id),
  CONSTRAINT delivery_attempts_number CHECK (number > 0)
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER delivery_attempts_kept_update BEFORE UPDATE ON delivery_attempts
BEGIN SELECT RAISE(ABORT, 'delivery_attempts_kept_update'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER delivery_attempts_kept_delete BEFORE DELETE ON delivery_attempts
BEGIN SELECT RAISE(ABORT, 'delivery_attempts_kept_delete'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE delivery_attempts;
DROP TRIGGER deliveries_frozen;
DROP INDEX deliveries_paced;
DROP INDEX deliveries_undelivered;
DROP INDEX deliveries_of_endpoint;
ALTER TABLE deliveries RENAME TO deliveries_after;
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
INSERT INTO deliveries SELECT id, endpoint, type, seller, action, action_state, digest, sequence, created_at, state, attempts,
  next_at, wake_at, leased_until, settled_at, status, answer FROM deliveries_after;
DROP TABLE deliveries_after;
CREATE INDEX deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_wake ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (leased_until) WHERE leased_until IS NOT NULL;
-- +goose StatementBegin
CREATE TRIGGER deliveries_frozen BEFORE UPDATE OF id, endpoint, type, seller, action, action_state, digest, sequence, created_at
ON deliveries
BEGIN SELECT RAISE(ABORT, 'deliveries_frozen'); END;
-- +goose StatementEnd
DROP TRIGGER endpoints_frozen;
DROP INDEX endpoints_of_marketplace;
ALTER TABLE endpoints DROP COLUMN disabled_why;
ALTER TABLE endpoints DROP COLUMN failures;
ALTER TABLE endpoints DROP COLUMN opens_at;
ALTER TABLE endpoints DROP COLUMN turn_at;
DROP TABLE announcements;
